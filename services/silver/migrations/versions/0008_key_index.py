"""Identities and brands in an index beside the products instead of four over them; likely duplicates sought anew."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBERS = {"gtin_number": "gtin14", "brand_mpn_number": "brand_mpn_key", "brand_sku_number": "brand_sku_key"}
KEYED = (*NUMBERS.values(), "brand")
AT_ONCE = 5000


def upgrade() -> None:
    op.create_table(
        "key_indexes",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("bits", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("built", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "key_shards",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("shard", sa.BigInteger, primary_key=True),
        sa.Column("postings", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "key_parts",
        sa.Column("catalog_id", sa.String(64), primary_key=True),
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("partition", sa.BigInteger, primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("postings", sa.LargeBinary, nullable=False),
    )
    fill()
    # Words and codes are read otherwise since: the next run that looks for likely duplicates makes the index anew.
    for name in ("likely_pairs", "likely_postings", "likely_indexes"):
        op.execute(sa.text(f"DELETE FROM {name}"))
    op.drop_index("ix_products_brand", "products")
    for column in NUMBERS:
        op.drop_index(f"ix_products_{column}", "products")
    with op.batch_alter_table("products") as table:
        for column in NUMBERS:
            table.drop_column(column)


def fill() -> None:
    """What products say, as parts of run 0, which no run has: the next one over a whole catalog drops them."""
    connection = op.get_bind()
    products = sa.table("products", *map(sa.column, ("catalog_id", "product_id", "workspace_id", "sequence", *KEYED)))
    parts = sa.table(
        "key_parts", *map(sa.column, ("catalog_id", "run", "partition", "workspace_id", "size", "postings"))
    )
    read = sa.select(products).order_by(products.c.catalog_id, products.c.product_id).limit(AT_ONCE)
    place, rows = 0, connection.execute(read).all()
    while rows:
        owners = {(row.catalog_id, row.workspace_id) for row in rows}
        for catalog_id, workspace_id in sorted(owners):
            postings = postings_of([row for row in rows if row.catalog_id == catalog_id])
            values = (catalog_id, 0, place, workspace_id, len(postings), postings.astype("<u8").tobytes())
            connection.execute(sa.insert(parts).values(dict(zip(parts.c.keys(), values, strict=True))))
            place += 1
        last = (rows[-1].catalog_id, rows[-1].product_id)
        rows = connection.execute(read.where(sa.tuple_(products.c.catalog_id, products.c.product_id) > last)).all()


def postings_of(rows: Sequence[Any]) -> np.ndarray:
    """As `services.silver.identity` had it when this revision was made."""
    return np.unique(
        np.array(
            [
                (kind << 32 | crc32(key.encode())) << 30 | row.sequence
                for row in rows
                for kind, column in enumerate(KEYED)
                if (key := row._mapping[column]) is not None
            ],
            dtype=np.uint64,
        )
    )


def downgrade() -> None:
    """The numbers stay empty until products are normalised again."""
    for column in NUMBERS:
        op.add_column("products", sa.Column(column, sa.BigInteger))
        index(f"ix_products_{column}", column, [column])
    index("ix_products_brand", "brand", ["catalog_id", "brand", "product_id"])
    for name in ("key_parts", "key_shards", "key_indexes"):
        op.drop_table(name)


def index(name: str, column: str, columns: list[str]) -> None:
    condition = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, "products", columns, sqlite_where=condition, postgresql_where=condition)
