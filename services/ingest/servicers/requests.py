"""Checks that requests of several RPCs share."""

from google.protobuf.timestamp_pb2 import Timestamp

from services.ingest.itemsapi.names import is_workspace_id
from services.runtime.errors import ValidationError


def check_workspace_id(workspace_id: str) -> str:
    """Pattern `^ws_[a-z0-9]+$` of the documented path parameter. Raises ValidationError."""
    if not is_workspace_id(workspace_id):
        raise ValidationError.of("workspaceId", "workspaceId must match ^ws_[a-z0-9]+$.")
    return workspace_id


def timestamp(micros: int) -> Timestamp:
    """Microseconds since 1970 as a protobuf time."""
    time = Timestamp()
    time.FromMicroseconds(micros)
    return time
