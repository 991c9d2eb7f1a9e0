"""The database, of either kind: transactions, bulk writes, migrations."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.runtime.database import FETCHED_AT_ONCE, Database, Utf8, chunked, hold, read_columns, upsert

METADATA = sa.MetaData()
ROWS = sa.Table(
    "rows",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("value", sa.Integer),
    sa.Column("made", sa.Integer),
)


@pytest.fixture
def database(database_of):
    return database_of(METADATA)


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


@pytest.mark.parametrize("stored", [range(0), range(3), range(700, 703), range(1_200, 1_203), range(1_300)])
def test_upsert_of_many_rows_does_not_depend_on_which_are_there(database, stored):
    with database.write() as connection:
        upsert(connection, ROWS, ("id", "value", "made"), [(f"{row:04d}", 1, 1) for row in stored])
        upsert(
            connection, ROWS, ("value", "id", "made"), [(2, f"{row:04d}", 2) for row in range(1_300)], keep=("made",)
        )
    assert all_rows(database) == [(f"{row:04d}", 2, 1 if row in stored else 2) for row in range(1_300)]


def test_the_last_of_many_rows_with_one_key_counts(database):
    with database.write() as connection:
        upsert(connection, ROWS, ("id", "value"), [(f"{row % 400:04d}", row) for row in range(1_000)])
    assert all_rows(database) == [(f"{row:04d}", row + 800 if row < 200 else row + 400, None) for row in range(400)]


def test_many_rows_of_which_one_is_refused_are_all_refused(database):
    with database.write() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one_value ON rows (value)")
    rows = [(f"{row:04d}", row % 999) for row in range(1_000)]
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        upsert(connection, ROWS, ("id", "value"), rows)
    assert all_rows(database) == []


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
    clash = "ON CONFLICT (id) DO UPDATE SET value = rows.value + 1"

    def add(number):
        for _ in range(20):
            with database.write() as connection:
                connection.execute(sa.text(f"INSERT INTO rows (id, value) VALUES ('n', 1) {clash}"))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all_rows(database)[0][1] == 120


def test_chunked_covers_everything():
    assert [list(part) for part in chunked(list(range(5)), 2)] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("count", [0, 1, 3, FETCHED_AT_ONCE, 2 * FETCHED_AT_ONCE + 1])
@pytest.mark.parametrize("rows", [1, 2, FETCHED_AT_ONCE + 1, 10**6])
def test_columns_are_read_some_rows_at_a_time(database, count, rows):
    wanted = [(f"{row:04d}", row if row % 2 else None) for row in range(count)]
    query = sa.select(ROWS.c.id, ROWS.c.value).where(ROWS.c.id >= sa.bindparam("first")).order_by(ROWS.c.id)
    with database.write() as connection:
        upsert(connection, ROWS, ("id", "value"), wanted)
    with database.read() as connection:
        found = list(read_columns(connection, query, {"first": ""}, rows=rows))
    assert [len(column) for columns in found for column in columns[:1]] == [
        min(rows, count - start) for start in range(0, count, rows)
    ]
    assert [row for columns in found for row in zip(*columns, strict=True)] == wanted


def test_reading_of_columns_can_be_given_up(database):
    with database.write() as connection:
        upsert(connection, ROWS, ("id",), [("a",), ("b",)])
    with database.write() as connection:
        reading = read_columns(connection, sa.select(ROWS.c.id), rows=1)
        assert next(reading) == [["a"]]
        reading.close()
        connection.execute(sa.delete(ROWS))
    assert all_rows(database) == []


@pytest.mark.parametrize("text", ["", "plain", "Größe 漢字 🙂", "a\\134b"])
def test_texts_are_read_as_their_bytes(database, text):
    with database.write() as connection:
        upsert(connection, ROWS, ("id",), [(text,)])
    with database.read() as connection:
        assert list(read_columns(connection, sa.select(Utf8(ROWS.c.id)))) == [[[text.encode()]]]


ODD = sa.Table(
    "order",
    METADATA,
    sa.Column("column", sa.String, primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True),
    sa.Column("blob", sa.LargeBinary),
    sa.Column("share", sa.Float),
    sa.Column("given", sa.Boolean),
)


@pytest.mark.parametrize("count", [1, 60])
def test_what_is_written_is_read(database, count):
    texts = ["", "\t\n\r\\N\\", "Größe 漢字 🙂", "\\.", '{"a": null}', "%s %(x)s :x"]
    blobs = [b"", b"\x00\xff\\x00", None]
    rows = [
        (blobs[at % 3], texts[at % 6], 2**62 + at, None if at % 5 else 0.1 * at, [True, False, None][at % 3])
        for at in range(count)
    ]
    names = ("blob", "column", "offset", "share", "given")
    with database.write() as connection:
        for _ in range(2):
            upsert(connection, ODD, names, rows)
    query = sa.select(*(ODD.c[name] for name in names)).order_by(ODD.c.offset)
    with database.read() as connection:
        assert [tuple(row) for row in connection.execute(query)] == rows


def test_texts_are_in_the_order_of_their_bytes(database):
    texts = ["", "-b", "A", "B", "a", "a b", "ab", "b", "~", "Ä", "ä", "\uffff", "🙂"]
    with database.write() as connection:
        upsert(connection, ROWS, ("id",), [(text,) for text in reversed(texts)])
    assert [row[0] for row in all_rows(database)] == sorted(texts, key=str.encode)


def test_who_holds_a_name_is_waited_for(database):
    """Each reads and then writes what it made of that: one after another none is lost."""

    def add(_):
        with database.write() as connection:
            hold(connection, "n")
            (row,) = connection.execute(sa.select(ROWS.c.value).where(ROWS.c.id == "n"))
            connection.execute(sa.update(ROWS).where(ROWS.c.id == "n").values(value=row.value + 1))

    with database.write() as connection:
        upsert(connection, ROWS, ("id", "value"), [("n", 0)])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert all_rows(database) == [("n", 40, None)]


def test_what_the_log_holds_is_moved_into_the_file_when_that_is_asked_for(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/a.db")
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE rows (id TEXT)"))
        connection.execute(sa.text("INSERT INTO rows VALUES ('a')"))
    database.checkpoint()
    (tmp_path / "alone.db").write_bytes((tmp_path / "a.db").read_bytes())
    alone = Database(f"sqlite:///{tmp_path}/alone.db")
    with alone.read() as connection:
        assert connection.execute(sa.text("SELECT id FROM rows")).scalars().all() == ["a"]
    alone.dispose()
    database.dispose()
