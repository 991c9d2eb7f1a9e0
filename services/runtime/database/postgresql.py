"""The side for several machines: PostgreSQL, every service in a schema of its own.

Texts are compared bytewise, as SQLite and Python do: pages and ranges of ids rely on it. So every column of text says
so itself (COLLATE "C"), in tables and migrations alike, and it does not matter how the database was created.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL
from sqlalchemy.ext.compiler import compiles

DRIVER = "postgresql+psycopg"
# Fewer rows are sent with their statement: a copy has two more of its own.
COPIED_FROM = 50
# A server that does not answer is told of in seconds, and a connection whose other end is gone ends within a minute, on
# either side: what a machine that vanished had locked is free then.
CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}
# Longer than anything that is worked out between two statements of a transaction.
IDLE_SECONDS = 45
SESSION = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}


class Engines(NamedTuple):
    """The connections to one schema."""

    readers: sa.Engine
    """Of `writer`, with the same connections, but transactions see one state of the database and change nothing."""
    writer: sa.Engine


def connect(url: URL, schema: str | None, connections: int) -> Engines:
    """Engines on a schema, with at most so many connections at once; without one it is as the server says."""
    # No parameters in texts of errors: they end up in logs.
    writer = sa.create_engine(
        url,
        pool_size=connections // 2,
        max_overflow=connections - connections // 2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=CONNECT | {"application_name": f"assay {schema}" if schema else "assay"},
    )
    settings = SESSION | ({"search_path": schema} if schema else {})

    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()  # or the settings would end with the first transaction

    sa.event.listen(writer, "connect", prepare, insert=True)  # before SQLAlchemy asks for the schema
    readers = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(readers, writer)


def end(writer: sa.Engine) -> None:
    """Closes every connection, those that are at work as soon as they come back."""

    def closed(_connection: Any, record: Any) -> None:
        record.invalidate()

    sa.event.listen(writer.pool, "checkin", closed)
    writer.dispose()


def create_schema(url: URL, schema: str) -> None:
    """Makes the schema when it is missing; safe when several processes start at once."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=CONNECT)
    try:
        with engine.begin() as connection:
            if not connection.dialect.has_schema(connection, schema):
                hold(connection, f"schema {schema}")
                connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
    finally:
        engine.dispose()


def limit_idling(connection: sa.Connection) -> None:
    """Ends this transaction when nothing is asked in it for a long time: its process was stopped, or is gone."""
    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")


def hold(connection: sa.Connection, name: str, *, shared: bool = False) -> None:
    """See `hold` of the package."""
    connection.execute(_HOLD_SHARED if shared else _HOLD, {"name": name})


def by_index(connection: sa.Connection) -> None:
    """See `by_index` of the package."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")


def in_order(connection: sa.Connection) -> None:
    """See `in_order` of the package."""
    connection.exec_driver_sql("SET LOCAL enable_sort = off; SET LOCAL enable_hashagg = off")


_KEY = "hashtextextended(concat(current_schema(), ' ', CAST(:name AS text)), 0)"
_HOLD = sa.text(f"SELECT pg_advisory_xact_lock({_KEY})")
_HOLD_SHARED = sa.text(f"SELECT pg_advisory_xact_lock_shared({_KEY})")


def write_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    keys: tuple[str, ...],
    keep: frozenset[str],
) -> None:
    """See `upsert`; `rows` are not empty. Many are copied to a table of the session, and go on in one statement."""
    form = _form(connection.dialect, table, columns, keys, keep)
    if len(rows) < COPIED_FROM:
        connection.exec_driver_sql(form.sql, [dict(zip(columns, row, strict=True)) for row in rows])
        return
    connection.exec_driver_sql(form.make)
    driver: Any = connection.connection.driver_connection
    for some in _without_clashes(rows, [columns.index(key) for key in keys]):
        with driver.cursor() as cursor, cursor.copy(form.copy) as copy:
            for row in some:
                copy.write_row(row)
        connection.exec_driver_sql(form.take)
        connection.exec_driver_sql(form.clear)


def _without_clashes(rows: Sequence[tuple[Any, ...]], places: Sequence[int]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows in parts, none of which has a key twice: one statement cannot write a row twice. Mostly one part."""
    key = itemgetter(*places)
    while rows:
        if len(set(map(key, rows))) == len(rows):
            yield rows
            return
        seen: set[Any] = set()
        first: list[tuple[Any, ...]] = []
        rest: list[tuple[Any, ...]] = []
        for row in rows:
            (rest if key(row) in seen else first).append(row)
            seen.add(key(row))
        yield first
        rows = rest


class _Form(NamedTuple):
    """How a table is written."""

    sql: str
    """Insert, or update on a clash."""
    make: str
    """Makes the session's table that rows are copied to; it has no rows once a transaction has ended."""
    copy: str
    take: str
    """The same as `sql` for all rows that were copied."""
    clear: str


@lru_cache(maxsize=256)
def _form(
    dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...], keys: tuple[str, ...], keep: frozenset[str]
) -> _Form:
    """Kept: a small run would spend more time on making statements than on running them."""
    copied = sa.table(f"copied_{table.name}_{crc32(' '.join(columns).encode()):08x}", *map(sa.column, columns))
    quote = dialect.identifier_preparer.quote
    listed = ", ".join(map(quote, columns))

    def upserting(insert: postgresql.Insert) -> str:
        updates = {name: insert.excluded[name] for name in columns if name not in {*keys, *keep}}
        if updates:
            insert = insert.on_conflict_do_update(index_elements=list(keys), set_=updates)
        else:
            insert = insert.on_conflict_do_nothing(index_elements=list(keys))
        return str(insert.compile(dialect=dialect))

    insert = postgresql.insert(table)
    return _Form(
        sql=upserting(insert.values({name: sa.bindparam(name) for name in columns})),
        make=f"CREATE TEMPORARY TABLE IF NOT EXISTS {quote(copied.name)} ON COMMIT DELETE ROWS "
        f"AS SELECT {listed} FROM {quote(table.name)} WITH NO DATA",
        copy=f"COPY {quote(copied.name)} ({listed}) FROM STDIN",
        take=upserting(insert.from_select(list(columns), sa.select(*copied.c))),
        clear=f"DELETE FROM {quote(copied.name)}",
    )


@compiles(sa.String, "postgresql")
@compiles(sa.Text, "postgresql")
def _bytewise(of: sa.String, _compiler: Any, **options: Any) -> str:
    """Every column of text that is no other type of SQLAlchemy's is compared bytewise, whatever with.

    Values need not say so, and where one is cast within BETWEEN they must not.
    """
    length = f"({of.length})" if of.length else ""
    name = "TEXT" if isinstance(of, sa.Text) else "VARCHAR"
    is_column = not options or isinstance(options.get("type_expression"), sa.Column)
    return f'{name}{length} COLLATE "{of.collation or "C"}"' if is_column else f"{name}{length}"
