"""Valid items of an ingestion as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from services.ingest.itemsapi.parts import Part
from services.ingest.parsing.documents import fingerprint_of
from services.ingest.store.clock import now_micros
from services.ingest.store.contents import Build
from services.ingest.store.items import ITEM_COLUMNS

SOURCE = "batch"
FORMER = ("product_id", "changed_at", "parent_id", "sequence", "created_at", "updated_at", "fingerprint")
"""What is read of the items as they were."""


def rows_of(
    build: Build, part: Part, known: Mapping[str, sa.Row[Any]], numbers: Mapping[str, int], *, feed: str
) -> list[tuple[Any, ...]]:
    """The valid items as rows of ITEM_COLUMNS; those that are new have their number among `numbers`."""
    now, count = now_micros(), len(part.written)
    states = [one.state for one in part.written]
    operations = [one.operation for one in part.written]
    names = [operation.product_id for operation in operations]
    before = [known.get(name) for name in names]
    prints = [fingerprint_of(state.attributes.encode()) for state in states]
    columns: dict[str, Iterable[Any]] = {
        "catalog_id": [build.content] * count,
        "product_id": names,
        "workspace_id": [build.workspace_id] * count,
        "item_type": [operation.item_type for operation in operations],
        "item_id": [operation.item_id for operation in operations],
        "context": [operation.context for operation in operations],
        "parent_id": [state.parent_id for state in states],
        "sequence": [numbers[name] if row is None else row.sequence for name, row in zip(names, before, strict=True)],
        "fingerprint": prints,
        "source": [SOURCE] * count,
        "created_at": [now if row is None else row.created_at for row in before],
        "updated_at": [
            now if row is None or row.fingerprint != fingerprint else row.updated_at
            for row, fingerprint in zip(before, prints, strict=True)
        ],
        "changed_at": [state.at for state in states],
        "feed": [feed] * count,
        "ingestion_id": [build.ingestion_id] * count,
        "document": [state.attributes for state in states],
    }
    return list(zip(*(columns[name] for name in ITEM_COLUMNS), strict=True))
