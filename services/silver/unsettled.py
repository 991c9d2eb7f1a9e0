"""Products whose duplicates the next run looks for beside those of its own.

What a run over some products changes may concern others that nothing leads to any more: those of one group with a
product that is gone, those who share a barcode that is no longer too common, those whose likely partners changed. They
are noted in the transaction that makes it so, and struck off when their marks are written: a run that is broken off in
between, or that looks for no duplicates, leaves them to the next one.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

import sqlalchemy as sa

from services.runtime.database import chunked, upsert
from services.silver.tables import UNSETTLED

_OWNED: Final = (
    UNSETTLED.c.catalog_id == sa.bindparam("of_catalog"),
    UNSETTLED.c.workspace_id == sa.bindparam("of_workspace"),
)
_ALL: Final = sa.select(UNSETTLED.c.sequence).where(*_OWNED)
_SETTLE: Final = sa.delete(UNSETTLED).where(*_OWNED, UNSETTLED.c.sequence.in_(sa.bindparam("values", expanding=True)))


class UnsettledProducts:
    """Those of one catalog, by number (`sequence`), within the caller's transactions."""

    def __init__(self, workspace_id: str, catalog_id: str) -> None:
        self._owner = (workspace_id, catalog_id)
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def add(self, connection: sa.Connection, sequences: Iterable[int]) -> None:
        """Notes products."""
        workspace_id, catalog_id = self._owner
        rows = [(catalog_id, sequence, workspace_id) for sequence in sorted(set(sequences))]
        upsert(connection, UNSETTLED, ("catalog_id", "sequence", "workspace_id"), rows)

    def all(self, connection: sa.Connection) -> set[int]:
        """All that are noted."""
        return set(connection.execute(_ALL, self._mine).scalars())

    def settle(self, connection: sa.Connection, sequences: Collection[int]) -> None:
        """Strikes products off."""
        for some in chunked(sorted(sequences)):
            connection.execute(_SETTLE, self._mine | {"values": some})
