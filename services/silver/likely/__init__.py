"""Likely duplicates of stored catalogs: the search of `matching`, and what of it is kept in the database.

A run over the whole catalog compares everything with everything and leaves an index behind; a run over some products
asks that index, and compares what it names. Both find the same.
"""

from services.silver.likely.gone import GoneProducts
from services.silver.likely.search import LikelySearch

__all__ = ["GoneProducts", "LikelySearch"]
