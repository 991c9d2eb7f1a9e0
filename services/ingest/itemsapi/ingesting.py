"""How an ingestion is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from assay.ingest.v1 import batch_import_service_pb2 as pb

from services.ingest.items_errors import VersionNotFound
from services.runtime.errors import FieldViolation, ValidationError

MAX_SOURCE_CHARS = 255
MAX_VERSION = 2**31 - 1
_MOST_DIGITS = 40
"""Of a version, with zeros in front: what is longer is none, and is not told as a whole."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A configuration that was checked."""

    catalog_version: int
    min_item_count: int
    min_success_rate_percent: float
    source: str
    delete_missing_items: bool
    promote: bool

    def terms(self, batch: int, arrived: int) -> dict[str, Any]:
        """The parameters of the job, see `ingestion_job.Terms`."""
        return {
            "batch": batch,
            "arrived": arrived,
            "min_item_count": self.min_item_count,
            "min_success_rate_percent": self.min_success_rate_percent,
            "source": self.source,
            "delete_missing_items": self.delete_missing_items,
            "promote": self.promote,
        }


def wanted_of(sent: pb.IngestionConfiguration) -> Wanted:
    """Raises ValidationError naming every field at fault; VersionNotFound for what can be no version."""
    faults = []
    if not sent.catalog_version:
        faults.append(FieldViolation("catalogVersion", "catalogVersion is required."))
    if sent.min_item_count < 0:
        faults.append(FieldViolation("minItemCount", "minItemCount must be 0 or more."))
    percent = sent.min_success_rate_percent
    if not math.isfinite(percent) or not 0 <= percent <= 100:
        faults.append(FieldViolation("minSuccessRatePercent", "minSuccessRatePercent must be between 0 and 100."))
    if len(sent.source) > MAX_SOURCE_CHARS:
        faults.append(FieldViolation("source", f"source must have at most {MAX_SOURCE_CHARS} characters."))
    if faults:
        raise ValidationError(" ".join(fault.message for fault in faults), violations=faults)
    return Wanted(
        _version(sent.catalog_version),
        sent.min_item_count,
        percent,
        sent.source,
        sent.delete_missing_items,
        sent.promote_catalog_on_completion,
    )


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= MAX_VERSION):
        raise VersionNotFound("CATALOG_NOT_FOUND", f"catalog version {text[:_MOST_DIGITS]}")
    return int(text)
