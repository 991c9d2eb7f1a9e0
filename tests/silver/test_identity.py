import sqlalchemy as sa
from alembic import command

from services.runtime.database import Database
from services.runtime.migrations import alembic_config, migrate
from services.silver import links as links_module
from services.silver.app import MIGRATIONS
from services.silver.identity import key_numbers, number_range
from services.silver.links import Links, Mark
from services.silver.tables import PRODUCTS

OLD_COLUMNS = (
    *("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "brand", "gtin14"),
    *("brand_mpn_key", "document", "attributes", "changes", "issues", "updated_at"),
)


def old_row(catalog_id, product_id, gtin14, brand_mpn_key=None):
    return (catalog_id, product_id, "ws_a", 1, "s", "f", None, gtin14, brand_mpn_key, "{}", "", "[]", "[]", 0)


def stored(database, rows):
    """A database of the first revision with these products, brought to the newest one."""
    with database.write() as connection:
        config = alembic_config(MIGRATIONS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        names, places = ", ".join(OLD_COLUMNS), ", ".join("?" * len(OLD_COLUMNS))
        connection.exec_driver_sql(f"INSERT INTO products ({names}) VALUES ({places})", rows)
    migrate(database, MIGRATIONS)


def test_numbers_are_in_the_range_of_their_catalog_and_fit_64_bits():
    low, high = number_range("cat_1")
    numbers = key_numbers("cat_1", ["04012345678901", None, "", "acme\x1fx1"])
    assert numbers[1] is None
    assert all(low <= number <= high < 2**63 for number in numbers if number is not None)
    assert number_range("cat_2") != (low, high)


def test_products_of_the_first_revision_get_their_numbers(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'silver.sqlite3'}")
    stored(database, [old_row("cat_1", f"p{place}", f"{place:014d}", "acme\x1fx") for place in range(6000)])
    columns = (PRODUCTS.c.gtin14, PRODUCTS.c.gtin_number, PRODUCTS.c.brand_mpn_number)
    with database.read() as connection:
        rows = connection.execute(sa.select(*columns)).all()
    database.dispose()
    assert len(rows) == 6000
    assert all([number] == key_numbers("cat_1", [gtin]) for gtin, number, _ in rows)
    assert {number for _, _, number in rows} == set(key_numbers("cat_1", ["acme\x1fx"]))


def test_two_keys_with_one_number_are_two_identities(tmp_path, monkeypatch):
    database = Database(f"sqlite:///{tmp_path / 'silver.sqlite3'}")
    stored(database, [old_row("cat_1", "a", "00000000000017"), old_row("cat_1", "b", "00000000000024")])
    with database.write() as connection:
        connection.execute(sa.update(PRODUCTS).values(gtin_number=7))
    monkeypatch.setattr(links_module, "key_numbers", lambda _, keys: [7 for _ in keys])
    candidates, _, present, *_ = Links(database, "ws_a", "cat_1").related(["a"], (), lambda _: ())
    database.dispose()
    assert candidates.height == 0
    assert present == {"a": Mark()}


def test_keys_are_found_through_the_index_of_their_numbers(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'silver.sqlite3'}")
    migrate(database, MIGRATIONS)
    values = {
        "of_workspace": "ws_a",
        "of_catalog": "cat_1",
        "values": [1, 2],
        "low": 0,
        "high": 9,
        "crowd": 5,
        "most": 9,
    }
    with database.read() as connection:
        for statement in (*links_module._OF_NUMBERS, *links_module._SHARING):
            needed = {name: value for name, value in values.items() if name in statement.compile().params}
            whole = statement.params(needed).compile(connection.engine, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {whole}").all()
            assert any("_number (" in row.detail for row in plan), plan
            assert not any("autoindex" in row.detail for row in plan), plan
    database.dispose()
