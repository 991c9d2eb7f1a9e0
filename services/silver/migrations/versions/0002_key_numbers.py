"""Identities are looked up by numbers instead of the keys themselves: an index a third as large."""

from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FORMER = {"ix_products_gtin14": "gtin14", "ix_products_brand_mpn": "brand_mpn_key"}
NUMBERS = {"gtin_number": "gtin14", "brand_mpn_number": "brand_mpn_key"}
BATCH = 5000


def upgrade() -> None:
    for column in NUMBERS:
        op.add_column("products", sa.Column(column, sa.BigInteger))
    _fill()
    for name in FORMER:
        op.drop_index(name, "products")
    for column in NUMBERS:
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_products_{column}", "products", [column], sqlite_where=condition, postgresql_where=condition
        )


def downgrade() -> None:
    for column in NUMBERS:
        op.drop_index(f"ix_products_{column}", "products")
    for name, column in FORMER.items():
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "products", ["catalog_id", column], sqlite_where=condition, postgresql_where=condition)
    with op.batch_alter_table("products") as table:
        for column in NUMBERS:
            table.drop_column(column)


def _fill() -> None:
    """Gives the products that are there their numbers, a batch at a time."""
    names = ("catalog_id", "product_id", *NUMBERS.values(), *NUMBERS)
    products = sa.table("products", *(sa.column(name) for name in names))
    key = (products.c.catalog_id, products.c.product_id)
    update = (
        sa.update(products)
        .where(products.c.catalog_id == sa.bindparam("of_catalog"), products.c.product_id == sa.bindparam("of_product"))
        .values({column: sa.bindparam(f"new_{column}") for column in NUMBERS})
    )
    connection = op.get_bind()
    last = ("", "")
    read = sa.select(products.c.catalog_id, products.c.product_id, *(products.c[name] for name in NUMBERS.values()))
    while rows := connection.execute(read.where(sa.tuple_(*key) > sa.tuple_(*last)).order_by(*key).limit(BATCH)).all():
        numbers = [
            {"of_catalog": row[0], "of_product": row[1]}
            | {f"new_{column}": _number(row[0], value) for column, value in zip(NUMBERS, row[2:], strict=True)}
            for row in rows
        ]
        connection.execute(update, numbers)
        last = (rows[-1][0], rows[-1][1])


def _number(catalog_id: str, key: str | None) -> int | None:
    return None if key is None else (crc32(catalog_id.encode()) & 0x7FFF_FFFF) << 32 | crc32(key.encode())
