"""The embedded database: transactions, bulk writes, migrations."""

import threading

import pytest
import sqlalchemy as sa

from services.runtime.database import Database, chunked, upsert

METADATA = sa.MetaData()
ROWS = sa.Table(
    "rows",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("value", sa.Integer),
    sa.Column("made", sa.Integer),
)


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x' / 'x.sqlite3'}")
    with database.write() as connection:
        METADATA.create_all(connection)
    yield database
    database.dispose()


def all_rows(database):
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(ROWS).order_by(ROWS.c.id))]


def test_upsert_inserts_and_updates_but_keeps_named_columns(database):
    with database.write() as connection:
        upsert(connection, ROWS, ("id", "value", "made"), [("a", 1, 1), ("b", 2, 1)], keep=("made",))
        upsert(connection, ROWS, ("id", "value", "made"), [("b", 3, 9), ("c", 4, 9)], keep=("made",))
        upsert(connection, ROWS, ("id", "value", "made"), [])
    assert all_rows(database) == [("a", 1, 1), ("b", 3, 1), ("c", 4, 9)]


def test_upsert_takes_columns_in_any_order(database):
    with database.write() as connection:
        upsert(connection, ROWS, ("made", "id", "value"), [(7, "a", 1)])
    assert all_rows(database) == [("a", 1, 7)]


def test_upsert_of_keys_only_does_nothing_on_a_clash(database):
    with database.write() as connection:
        upsert(connection, ROWS, ("id",), [("a",), ("a",)])
    assert all_rows(database) == [("a", None, None)]


def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(ValueError, match="half way"), database.write() as connection:
        upsert(connection, ROWS, ("id", "value", "made"), [("a", 1, 1)])
        raise ValueError("half way")
    assert all_rows(database) == []


def test_a_reader_sees_one_state_while_others_write(database):
    with database.read() as reading:
        assert reading.execute(sa.select(sa.func.count()).select_from(ROWS)).scalar_one() == 0
        with database.write() as writing:
            upsert(writing, ROWS, ("id", "value", "made"), [("a", 1, 1)])
        assert reading.execute(sa.select(sa.func.count()).select_from(ROWS)).scalar_one() == 0


def test_writers_from_many_threads_queue(database):
    def add(number):
        for _ in range(20):
            with database.write() as connection:
                connection.execute(
                    sa.text(
                        "INSERT INTO rows (id, value) VALUES ('n', 1) ON CONFLICT (id) DO UPDATE SET value = value + 1"
                    )
                )

    threads = [threading.Thread(target=add, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all_rows(database)[0][1] == 120


def test_chunked_covers_everything():
    assert [list(part) for part in chunked(list(range(5)), 2)] == [[0, 1], [2, 3], [4]]
