"""A service's own database: SQLite embedded by default, through SQLAlchemy Core for bulk work.

SQLite runs in WAL mode with `synchronous=NORMAL`: a crash of the process loses nothing that was committed. Writers take
the write lock when they begin (BEGIN IMMEDIATE), so that none fails half way; within a process they queue on a
Python lock, which is fair where SQLite's own waiting is not.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

BUSY_TIMEOUT_SECONDS = 30
# The driver lets go of Python's lock for each statement and then waits for it: row by row, a partition took forty times
# as long while another thread was busy. Three sizes, so that statements are few, and the same ones again and again.
ROWS_PER_STATEMENT = (500, 25, 1)
# Statements of so many rows first try them as new ones. One that may update, or be undone by itself, makes SQLite copy
# every page it touches: with indexes in no order that is a page of 16 KiB per row and index, and writing a partition
# took twice as long. `OR FAIL` says that nothing is undone but the whole transaction.
MANY = 500
# Tuples that are read together: so many that calls do not count, and so few that they never set off Python's collector,
# and that the next ones are made where these were.
FETCHED_AT_ONCE = 500
SQLITE_PRAGMAS = (
    # Rows carry documents of about a kilobyte: with pages of 16 KiB they are written a third faster than with 4.
    "page_size=16384",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    # 64 MiB between checkpoints, so that a page that is written often is moved once.
    "wal_autocheckpoint=4000",
    "foreign_keys=ON",
    "temp_store=MEMORY",
)
READ_CACHE_MIB = 32
# Keys that come in no order change pages all over their indexes in each partition: where those do not fit, each is read
# and written more than once, and writing a partition of a large table takes half as long again.
WRITE_CACHE_MIB = 128


class Database:
    """An engine with two doors: `read()` for a consistent snapshot, `write()` for one transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        if self._sqlite:
            path = make_url(url).database
            if path:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self.engine = _sqlite_engine(url, "BEGIN", cache_mib=READ_CACHE_MIB, connections=16)
            # One connection that keeps its cache: others would read anew what the one before them wrote.
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE", cache_mib=WRITE_CACHE_MIB, connections=1)
        else:
            self.engine = self._writer = sa.create_engine(url, pool_size=16, pool_pre_ping=True)
        self._write_lock: AbstractContextManager[Any] = threading.Lock() if self._sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection in a read transaction: sees one state of the database throughout."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection in a write transaction: all or nothing."""
        with self._write_lock, self._writer.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Closes every connection."""
        self._writer.dispose()
        self.engine.dispose()


def _sqlite_engine(url: str, begin: str, *, cache_mib: int, connections: int) -> sa.Engine:
    """An engine whose transactions begin with the statement `begin`."""
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}, pool_size=connections
    )

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in (*SQLITE_PRAGMAS, f"cache_size={-1024 * cache_mib}"):
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", start)
    return engine


class Utf8(FunctionElement[bytes]):
    """A text as its bytes in UTF-8, for what is only passed on: a text is decoded when read and encoded when sent."""

    type = sa.LargeBinary()
    inherit_cache = True


@compiles(Utf8, "sqlite")
def _utf8_of_sqlite(element: Utf8, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(Utf8)
def _utf8(element: Utf8, compiler: Any, **options: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **options)}, 'UTF8')"


def read_columns(
    connection: sa.Connection,
    query: sa.Select[Any],
    parameters: Mapping[str, Any] | None = None,
    *,
    rows: int = sys.maxsize,
) -> Iterator[list[list[Any]]]:
    """What a query finds as columns, `rows` rows at a time and in the end fewer; nothing where it finds no row.

    For thousands of rows: those of SQLite come as the driver made them, since making `sa.Row`s of them takes as long as
    reading them. So columns are of types that need no conversion: texts, numbers, bytes.
    """
    # Other drivers read all rows at once unless asked not to, and SQLAlchemy then has rows that their cursors have not.
    streamed = connection.dialect.name != "sqlite"
    result = connection.execute(query, parameters, execution_options={"stream_results": streamed})
    fetch = result.fetchmany if streamed else result.cursor.fetchmany
    try:
        columns: list[list[Any]] = [[] for _ in query.selected_columns]
        while some := fetch(min(FETCHED_AT_ONCE, rows - len(columns[0]))):
            for column, values in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(values)
            if len(columns[0]) == rows:
                yield columns
                columns = [[] for _ in columns]
        if columns[0]:
            yield columns
    finally:
        result.close()


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    keys: Sequence[str] = (),
    keep: Iterable[str] = (),
) -> None:
    """Writes many rows in few statements: insert, or update on a clash of the key.

    `rows` are tuples in the order of `columns`, already in the database's own types. `keys` default to the primary key.
    Columns in `keep` keep their stored value on update.
    """
    if not rows:
        return
    form = _upsert_form(connection.dialect, table, tuple(columns), tuple(keys), frozenset(keep))
    if form.order is None:  # a driver with named parameters
        connection.exec_driver_sql(form.sql, [dict(zip(columns, row, strict=True)) for row in rows])
        return
    if form.order != tuple(columns):
        places = [list(columns).index(name) for name in form.order]
        rows = [tuple(row[place] for place in places) for row in rows]
    start, are_new = 0, True
    for count in ROWS_PER_STATEMENT:
        while len(rows) - start >= count:
            values = tuple(chain.from_iterable(rows[start : start + count]))
            if count >= MANY and are_new:
                inserted = connection.exec_driver_sql(_repeated(form.insert, len(columns), count), values).rowcount
                are_new = inserted == count
            if count < MANY or not are_new:
                connection.exec_driver_sql(_repeated(form.sql, len(columns), count), values)
            start += count


@lru_cache(maxsize=256)
def _repeated(sql: str, columns: int, count: int) -> str:
    """The statement of one row as the statement of `count` rows."""
    row = "(" + ", ".join("?" * columns) + ")"
    head, tail = sql.split(row)
    return head + ", ".join([row] * count) + tail


class _Upsert(NamedTuple):
    """How a table is written."""

    sql: str
    """Insert, or update on a clash."""
    insert: str
    """Insert what is not there yet; with many rows at once several times as fast in SQLite, see `MANY`."""
    order: tuple[str, ...] | None
    """The parameters' order; None where they go by name."""


@lru_cache(maxsize=256)
def _upsert_form(
    dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...], keys: tuple[str, ...], keep: frozenset[str]
) -> _Upsert:
    """Kept: a small run would spend more time on making statements than on running them."""
    keys = keys or tuple(column.name for column in table.primary_key)
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    kept = {*keys, *keep}
    bound = make(table).values({name: sa.bindparam(name) for name in columns})
    updates = {name: bound.excluded[name] for name in columns if name not in kept}
    insert = bound.prefix_with("OR FAIL", dialect="sqlite").on_conflict_do_nothing(index_elements=list(keys))
    statement = bound.on_conflict_do_update(index_elements=list(keys), set_=updates) if updates else insert
    compiled = statement.compile(dialect=dialect)
    order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
    return _Upsert(str(compiled), str(insert.compile(dialect=dialect)), order)


def chunked(values: Sequence[Any], size: int = 900) -> Iterator[Sequence[Any]]:
    """Slices for IN lists: SQLite takes at most 999 parameters on old builds."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
