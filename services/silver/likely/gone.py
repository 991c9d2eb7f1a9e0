"""Products whose records are no longer compared, until the next run that looks for likely duplicates."""

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from services.runtime.database import chunked, upsert
from services.silver.likely.pairs import PairStore
from services.silver.tables import LIKELY_GONE

_OF_CATALOG: Final = LIKELY_GONE.c.catalog_id == sa.bindparam("of_catalog")
_FIRST: Final = sa.select(LIKELY_GONE.c.sequence).where(_OF_CATALOG).limit(sa.bindparam("most"))
_SETTLE: Final = sa.delete(LIKELY_GONE).where(
    _OF_CATALOG, LIKELY_GONE.c.sequence.in_(sa.bindparam("values", expanding=True))
)
_SETTLE_ALL: Final = sa.delete(LIKELY_GONE).where(_OF_CATALOG)


class GoneProducts:
    """Those of one catalog, by number (`sequence`), within the caller's transactions."""

    def __init__(self, catalog_id: str) -> None:
        self._catalog_id = catalog_id
        self._mine: dict[str, Any] = {"of_catalog": catalog_id}

    def forget(self, connection: sa.Connection, products: set[int]) -> set[int]:
        """Drops the pairs of products, and notes that they are gone.

        Returns the products of pairs that were chosen and are no longer, or the other way round: partners may now have
        better ones.
        """
        if not products:
            return set()
        pairs = PairStore(self._catalog_id)
        pairs.hold(connection)
        rows = [(self._catalog_id, sequence) for sequence in sorted(products)]
        upsert(connection, LIKELY_GONE, ("catalog_id", "sequence"), rows)
        return pairs.forget(connection, products)

    def first(self, connection: sa.Connection, most: int) -> set[int]:
        """Up to so many that are noted."""
        return set(connection.execute(_FIRST, self._mine | {"most": most}).scalars())

    def settle(self, connection: sa.Connection, products: Iterable[int] | None) -> None:
        """Strikes products off, None: all."""
        if products is None:
            connection.execute(_SETTLE_ALL, self._mine)
            return
        for some in chunked(sorted(products)):
            connection.execute(_SETTLE, self._mine | {"values": some})
