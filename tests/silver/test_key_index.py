"""Identities and brands in the database: by migrations, by runs over all products and over some."""

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runtime.migrations import alembic_config, migrate
from services.silver import components, key_index, shards
from services.silver import identity as identity_module
from services.silver.app import MIGRATIONS
from services.silver.components import batches, edges_of
from services.silver.identity import identities, postings_of, term, terms
from services.silver.key_index import KeyIndex
from services.silver.links import Links, Mark
from services.silver.matching.postings import product_of, term_of
from services.silver.tables import KEY_INDEXES, KEY_PARTS, KEY_SHARDS
from tests.support.databases import opened

OLD_COLUMNS = (
    *("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "brand", "gtin14"),
    *("brand_mpn_key", "document", "attributes", "changes", "issues", "updated_at"),
)


@pytest.fixture
def database(new_database):
    return new_database(MIGRATIONS)


@pytest.fixture
def unmigrated(databases):
    """A database without tables."""
    database = opened(databases.url(), MIGRATIONS)
    yield database
    database.dispose()


@pytest.fixture
def index():
    return KeyIndex("ws_a", "cat_1")


def old_row(catalog_id, product_id, sequence, gtin14, brand_mpn_key=None):
    return (catalog_id, product_id, "ws_a", sequence, "s", "f", None, gtin14, brand_mpn_key, "{}", "", "[]", "[]", 0)


def stored(database, rows):
    """A database of the first revision with these products, brought to the newest one."""
    database.create_schema()
    with database.write() as connection:
        config = alembic_config(MIGRATIONS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        names, places = ", ".join(OLD_COLUMNS), ", ".join(f":{name}" for name in OLD_COLUMNS)
        values = [dict(zip(OLD_COLUMNS, row, strict=True)) for row in rows]
        connection.execute(sa.text(f"INSERT INTO products ({names}) VALUES ({places})"), values)
    migrate(database, MIGRATIONS)


def having(gtins, sequences=None):
    """Postings of products with these barcodes and nothing else."""
    sequences = range(1, len(gtins) + 1) if sequences is None else sequences
    return postings_of([gtins, *([None] * len(gtins) for _ in range(3))], list(sequences))


def holders(database, index, gtin, catalog=None):
    with database.read() as connection:
        return product_of(index.holders(connection, terms("gtin14", [gtin]))).tolist()


def test_products_of_the_first_revision_are_found_by_their_keys(unmigrated):
    stored(
        unmigrated,
        [old_row("cat_1", f"p{place}", place, f"{place:014d}", "acme\x1fx") for place in range(1, 6001)]
        + [old_row("cat_2", "p", 1, f"{17:014d}")],
    )
    assert holders(unmigrated, KeyIndex("ws_a", "cat_1"), f"{17:014d}") == [17]
    assert holders(unmigrated, KeyIndex("ws_a", "cat_2"), f"{17:014d}") == [1]
    with unmigrated.read() as connection:
        found = KeyIndex("ws_a", "cat_1").holders(connection, terms("brand_mpn_key", ["acme\x1fx"]))
    assert product_of(found).tolist() == list(range(1, 6001))


def test_another_workspace_finds_nothing(database, index):
    with database.write() as connection:
        index.put_part(connection, 1, 0, having(["a"]))
        index.change(connection, having([]), having(["a"], [2]))
    assert holders(database, index, "a") == [1, 2]
    assert holders(database, KeyIndex("ws_b", "cat_1"), "a") == []


def test_two_keys_with_one_term_are_two_identities(unmigrated, monkeypatch):
    monkeypatch.setattr(identity_module, "crc32", lambda key: 7)
    stored(unmigrated, [old_row("cat_1", "a", 1, "00000000000017"), old_row("cat_1", "b", 2, "00000000000024")])
    with unmigrated.write() as connection:
        KeyIndex("ws_a", "cat_1").change(connection, having([]), having(["00000000000017", "00000000000024"]))
    assert holders(unmigrated, KeyIndex("ws_a", "cat_1"), "x") == [1, 2]
    candidates, _, present, *_ = Links(unmigrated, "ws_a", "cat_1").related(["a"], (), lambda *_: ())
    assert candidates.height == 0
    assert present == {"a": Mark()}


def test_a_run_over_everything_replaces_the_index_and_what_broken_off_runs_left(database, index):
    with database.write() as connection:
        index.change(connection, having([]), having(["gone", "kept"]))
        index.put_part(connection, 1, 0, having(["broken off"], [3]))
        index.put_part(connection, 2, 0, having(["kept"], [2]))
        index.put_part(connection, 2, 0, having(["kept", "new"], [2, 4]))  # tried again
    assert holders(database, index, "broken off") == [3]
    assert holders(database, index, "new") == [4]
    for _ in range(2):  # the second time there is nothing to do
        with database.write() as connection:
            index.make(connection, 2)
        found = {gtin: holders(database, index, gtin) for gtin in ("gone", "kept", "broken off", "new")}
        assert found == {"gone": [], "kept": [2], "broken off": [], "new": [4]}
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(KEY_PARTS)).scalar_one() == 0


def test_an_index_made_in_several_passes_is_the_one_made_in_one(database, index, monkeypatch):
    monkeypatch.setattr(shards, "SHARD", 8)
    gtins = [f"{place % 700}" for place in range(2_000)]
    made = []
    for at_once in (10_000, 300):
        monkeypatch.setattr(key_index, "AT_ONCE", at_once)
        with database.write() as connection:
            for part in range(4):
                some = range(part * 500, part * 500 + 500)
                index.put_part(connection, 1, part, having([gtins[place] for place in some], some))
            index.make(connection, 1)
            made.append(connection.execute(sa.select(KEY_SHARDS.c.shard, KEY_SHARDS.c.postings)).all())
            state = connection.execute(sa.select(KEY_INDEXES)).one()
    assert made[0] == made[1]
    assert len(made[0]) > 100
    assert (state.bits, state.size, state.built) == (8, 2_000, 2_000)


def test_equal_keys_write_nothing(database, index):
    same = having(["a", "b"])
    with database.write() as connection:
        index.change(connection, same, same)
        assert connection.execute(sa.select(KEY_INDEXES)).all() == []


def test_an_index_that_grows_by_small_runs_gets_more_shards(database, index, monkeypatch):
    monkeypatch.setattr(shards, "SHARD", 16)
    for start in range(0, 400, 10):
        with database.write() as connection:
            index.change(
                connection, having([]), having([f"{start + at}" for at in range(10)], range(start, start + 10))
            )
    with database.read() as connection:
        sizes = [len(blob) // 8 for blob in connection.execute(sa.select(KEY_SHARDS.c.postings)).scalars()]
        assert connection.execute(sa.select(KEY_INDEXES.c.size)).scalar_one() == sum(sizes) == 400
    assert len(sizes) > 4
    assert max(sizes) < 200
    assert all(holders(database, index, f"{place}") == [place] for place in range(0, 400, 37))


CHANGES = st.lists(
    st.dictionaries(st.integers(1, 12), st.sampled_from([None, "a", "b", "c", "d"]), max_size=6), max_size=8
)


@given(CHANGES, st.sampled_from([1, 4, 4096]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_products_change_the_index_says_what_they_say(database, index, changes, size):
    with database.write() as connection:
        for table in (KEY_INDEXES, KEY_PARTS, KEY_SHARDS):
            connection.execute(sa.delete(table))
    products = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD", size)
        for run, change in enumerate(changes):
            before = having([products.get(number) for number in change], change)
            products |= change
            with database.write() as connection:
                if run % 3 == 2:
                    index.put_part(connection, run, 0, having(list(products.values()), products))
                    index.make(connection, run)
                else:
                    index.change(connection, before, having(list(change.values()), change))
            for gtin in "abcd":
                assert holders(database, index, gtin) == sorted(n for n, own in products.items() if own == gtin)


def test_what_is_shared_is_told_without_brands(database, index):
    with database.write() as connection:
        keys = [["1", "1", "2", None], ["x", None, None, "x"], [None] * 4, ["Acme"] * 4]
        index.put_part(connection, 1, 0, postings_of(keys, [1, 2, 3, 4]))
        index.make(connection, 1)
        shared = np.concatenate(list(index.shared(connection)))
    assert dict(zip(map(tuple, edges_of(shared)[0].tolist()), range(9), strict=False)).keys() == {(1, 2), (1, 4)}
    assert len(identities(postings_of(keys, [1, 2, 3, 4]))) == 5


def test_a_crowd_has_no_edges(monkeypatch):
    monkeypatch.setattr(components, "CROWD", 3)
    edges, crowd = edges_of(having(["a"] * 4 + ["b"] * 3))
    assert set(map(tuple, edges.tolist())) == {(5, 6), (5, 7)}
    assert set(term_of(crowd).tolist()) == {term("gtin14", "a")}
    assert product_of(crowd).tolist() == [1, 2, 3, 4]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=30), st.integers(1, 8))
def test_no_edge_leads_out_of_its_batch(edges, size):
    found = list(batches([np.array(edges, dtype=np.int64).reshape(-1, 2)], size))
    place = {product: number for number, batch in enumerate(found) for product in batch}
    assert sorted(place) == sorted({end for edge in edges for end in edge})
    assert sum(map(len, found)) == len(place)
    assert all(place[one] == place[other] for one, other in edges)
