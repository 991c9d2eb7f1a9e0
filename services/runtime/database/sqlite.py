"""The embedded side: SQLite in WAL mode, one file per service.

With `synchronous=NORMAL` a crash of the process loses nothing that was committed. Writers take the write lock when they
begin (BEGIN IMMEDIATE), so that none fails half way; they come one after another (`queueing`), where SQLite's own
waiting knows no order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL

from services.runtime.database.queueing import FileQueue, Queue, queue_of

BUSY_TIMEOUT_SECONDS = 30
# The driver lets go of Python's lock for each statement and then waits for it: row by row, a partition took forty times
# as long while another thread was busy. Three sizes, so that statements are few, and the same ones again and again.
ROWS_PER_STATEMENT = (500, 25, 1)
# Statements of so many rows first try them as new ones. One that may update, or be undone by itself, makes SQLite copy
# every page it touches: with indexes in no order that is a page of 16 KiB per row and index, and writing a partition
# took twice as long. `OR FAIL` says that nothing is undone but the whole transaction.
MANY = 500
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


class Engines(NamedTuple):
    """The connections to one file."""

    readers: sa.Engine
    writer: sa.Engine
    """One connection that keeps its cache: others would read anew what the one before them wrote."""
    write_lock: Queue | FileQueue


def connect(url: URL) -> Engines:
    """Engines on a file, whose folder is made when missing."""
    file = Path(url.database) if url.database and url.database != ":memory:" else None
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    readers = _engine(url, "BEGIN", cache_mib=READ_CACHE_MIB, connections=16)
    writer = _engine(url, "BEGIN IMMEDIATE", cache_mib=WRITE_CACHE_MIB, connections=1)
    return Engines(readers, writer, queue_of(file))


def _engine(url: URL, begin: str, *, cache_mib: int, connections: int) -> sa.Engine:
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


def write_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    keys: tuple[str, ...],
    keep: frozenset[str],
) -> None:
    """See `upsert`; `rows` are not empty."""
    form = _form(connection.dialect, table, columns, keys, keep)
    if form.order != columns:
        places = [columns.index(name) for name in form.order]
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


class _Form(NamedTuple):
    """How a table is written."""

    sql: str
    """Insert, or update on a clash."""
    insert: str
    """Insert what is not there yet; with many rows at once several times as fast, see `MANY`."""
    order: tuple[str, ...]
    """The parameters' order."""


@lru_cache(maxsize=256)
def _form(
    dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...], keys: tuple[str, ...], keep: frozenset[str]
) -> _Form:
    """Kept: a small run would spend more time on making statements than on running them."""
    bound = sqlite.insert(table).values({name: sa.bindparam(name) for name in columns})
    updates = {name: bound.excluded[name] for name in columns if name not in {*keys, *keep}}
    insert = bound.prefix_with("OR FAIL").on_conflict_do_nothing(index_elements=list(keys))
    statement = bound.on_conflict_do_update(index_elements=list(keys), set_=updates) if updates else insert
    compiled = statement.compile(dialect=dialect)
    return _Form(str(compiled), str(insert.compile(dialect=dialect)), tuple(compiled.positiontup or ()))
