"""Records of ingestions as messages."""

from __future__ import annotations

from assay.ingest.v1 import batch_import_service_pb2 as pb
from google.protobuf import json_format

from services.ingest.itemsapi.tally import Summary
from services.ingest.servicers.requests import timestamp
from services.ingest.store.ingestions import ERROR, FAILURE, RUNNING, SUCCESS, Record

STATUSES = {
    pb.INGESTION_STATUS_RUNNING: RUNNING,
    pb.INGESTION_STATUS_SUCCESS: SUCCESS,
    pb.INGESTION_STATUS_FAILURE: FAILURE,
    pb.INGESTION_STATUS_ERROR: ERROR,
}
_NUMBERS = {status: number for number, status in STATUSES.items()}


def ingestion_message(record: Record) -> pb.Ingestion:
    """What the documents say is there in each status (batch-items-api.txt, "Get batch import ingestion")."""
    configuration = json_format.Parse(record.configuration, pb.IngestionConfiguration())
    message = pb.Ingestion(
        id=record.id,
        status=_NUMBERS[record.status],
        status_reason=record.status_reason,
        created_at=timestamp(record.created_at),
        updated_at=timestamp(record.updated_at),
        configuration=configuration,
        environment=record.environment,
    )
    if record.status in (SUCCESS, FAILURE):
        message.item_error_count = record.error_count or 0
        _summarise(record.errors, message.item_errors_summary)
        _summarise(record.warnings, message.item_warnings_summary)
        message.duration = f"{(record.updated_at - record.created_at) / 1_000_000:.3f}"
    if record.status == SUCCESS:
        message.upserted_item_count = record.upserted_count or 0
        if configuration.delete_missing_items:
            message.deleted_item_count = record.deleted_count or 0
    return message


def _summarise(summary: Summary, told: object) -> None:
    for category, (count, ids) in summary.items():
        told[category].CopyFrom(pb.ItemErrors(count=count, sample_ids=ids))  # type: ignore[index]  # a message map
