"""A service's own database, embedded or at scale: transactions, bulk writes, bulk reads."""

from services.runtime.database.doors import Database, hold, upsert
from services.runtime.database.reading import FETCHED_AT_ONCE, Utf8, chunked, read_columns

__all__ = ["FETCHED_AT_ONCE", "Database", "Utf8", "chunked", "hold", "read_columns", "upsert"]
