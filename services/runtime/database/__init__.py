"""A service's own database, embedded or at scale: transactions, bulk writes, bulk reads."""

from services.runtime.database.clock import Now
from services.runtime.database.doors import Database, by_index, hold, in_order, upsert
from services.runtime.database.failures import may_pass
from services.runtime.database.guards import guarded
from services.runtime.database.reading import FETCHED_AT_ONCE, Utf8, chunked, read_columns
from services.runtime.database.removing import removing
from services.runtime.database.settling import settle

__all__ = [
    "FETCHED_AT_ONCE",
    "Database",
    "Now",
    "Utf8",
    "by_index",
    "chunked",
    "guarded",
    "hold",
    "in_order",
    "may_pass",
    "read_columns",
    "removing",
    "settle",
    "upsert",
]
