"""Stored rows as messages of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from assay.common.v1 import page_pb2
from assay.workspace.v1 import category_pb2, job_pb2, workspace_pb2
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from services.runtime.paging import encode_token
from services.workspace.clock import timestamp

Entry = TypeVar("Entry", bound=Message)
READ_BYTES = 1024 * 1024
READ_ENTRIES = 1_000
_STATUS_PREFIX = "JOB_STATUS_"


def workspace_message(row: sa.Row[Any]) -> workspace_pb2.Workspace:
    """A workspace."""
    return workspace_pb2.Workspace(id=row.id, name=row.name, created_at=timestamp(row.created_at))


def api_key_message(row: sa.Row[Any], secret: str | None = None) -> workspace_pb2.ApiKey:
    """A key; the secret only in the answer to its creation."""
    return workspace_pb2.ApiKey(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        key_prefix=row.key_prefix,
        permissions=row.permissions.split(),
        tier=row.tier,
        created_at=timestamp(row.created_at),
        created_by=row.created_by,
        last_used_at=timestamp(row.last_used_at),
        expires_at=timestamp(row.expires_at),
        secret=secret,
    )


def brand_message(row: sa.Row[Any]) -> workspace_pb2.Brand:
    """A brand."""
    return workspace_pb2.Brand(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        slug=row.slug,
        aliases=orjson.loads(row.aliases),
        logo_url=row.logo_url,
        description=row.description,
        created_at=timestamp(row.created_at),
        updated_at=timestamp(row.updated_at),
    )


def category_message(row: sa.Row[Any]) -> category_pb2.Category:
    """A category."""
    return category_pb2.Category(id=row.id, path=row.path, parent_id=row.parent_id, synonyms=orjson.loads(row.synonyms))


def job_message(row: sa.Row[Any]) -> job_pb2.Job:
    """A job."""
    return job_pb2.Job(
        id=row.id,
        workspace_id=row.workspace_id,
        kind=row.kind,
        queue=row.queue,
        job_name=row.job_name,
        catalog_id=row.catalog_id or None,
        status=f"{_STATUS_PREFIX}{row.status.upper()}",
        progress=job_pb2.JobProgress(processed=row.processed, total=row.total),
        created_at=timestamp(row.created_at),
        started_at=timestamp(row.started_at),
        finished_at=timestamp(row.finished_at),
        result=_struct(row.result),
        error=job_pb2.JobError(code=row.error_code, message=row.error_message) if row.error_code else None,
        notify_email=row.notify_email,
        cancel_requested=row.cancel_requested,
        triggered_by=row.triggered_by,
    )


def status_text(status: int) -> str | None:
    """A job status as it is stored; empty for UNSPECIFIED, None for a number the contract does not know."""
    if status == job_pb2.JOB_STATUS_UNSPECIFIED:
        return ""
    if status not in job_pb2.JobStatus.values():
        return None
    return job_pb2.JobStatus.Name(status).removeprefix(_STATUS_PREFIX).lower()


def result_text(result: Struct) -> str:
    """A job's result as it is stored."""
    return orjson.dumps(json_format.MessageToDict(result)).decode()


def page_of(
    rows: list[sa.Row[Any]], limit: int, keys: tuple[str, ...], *filters: object
) -> tuple[list[sa.Row[Any]], page_pb2.Pagination]:
    """A page and its pagination, from one row more than the page holds. `keys`: the columns the list is ordered by."""
    more = len(rows) > limit
    rows = rows[:limit]
    cursor = encode_token([getattr(rows[-1], key) for key in keys], *filters) if more else None
    return rows, page_pb2.Pagination(limit=limit, cursor=cursor, has_more=more)


def in_messages(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries of a bulk read in messages of 1,000, or about 1 MiB; one without entries where there are none."""
    some: list[Entry] = []
    size, sent = 0, False
    for entry in entries:
        some.append(entry)
        size += entry.ByteSize()
        if size >= READ_BYTES or len(some) == READ_ENTRIES:
            yield some
            some, size, sent = [], 0, True
    if some or not sent:
        yield some


def _struct(text: str | None) -> Struct | None:
    if text is None:
        return None
    struct = Struct()
    struct.update(orjson.loads(text))
    return struct
