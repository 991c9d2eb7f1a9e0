"""What a run found, for its job's result: counts by rule, and the first broken images."""

from typing import Any, Final

import orjson

from services.silver.rules.duplicates import SHARED_GTIN
from services.silver.store import Store
from services.silver.tally import Tally

SHOWN_IMAGES: Final = 100
SHOWN_BYTES: Final = 64 * 1024
_LOOKED_AT: Final = 10_000
"""Broken images among which different ones are looked for: one that all products share is shown once."""


def job_findings(store: Store, run: int, tally: Tally, shared_gtins: int) -> dict[str, Any]:
    """Keys: changes, issues, issuesBySeverity, productsWithIssues, brokenUrls, brokenImages (see job.proto).

    `shared_gtins` of the run's products were found after its partitions to have a barcode that identifies nothing.
    """
    if shared_gtins:
        tally.add_issue(SHARED_GTIN, "error", shared_gtins)
    if not tally.broken_images:
        return tally.as_result() | {"brokenUrls": 0, "brokenImages": []}
    return tally.as_result() | {"brokenUrls": store.broken_urls(run), "brokenImages": _first_broken(store, run)}


def _first_broken(store: Store, run: int) -> list[dict[str, Any]]:
    """As many as are shown, in the run's order, each URL once."""
    shown: dict[str, dict[str, Any]] = {}
    size = len("[]")
    for row in store.broken_images(run, (-1, -1), _LOOKED_AT):
        if row.url in shown:
            continue
        entry = {"url": row.url, "status": row.status, "reason": row.reason}
        size += len(orjson.dumps(entry)) + len(",")
        if len(shown) == SHOWN_IMAGES or size > SHOWN_BYTES:
            break
        shown[row.url] = entry
    return list(shown.values())
