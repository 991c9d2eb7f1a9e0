"""What the batch Items API has of its own: addresses, where its workspace stands, and the form of its errors.

Body of an error: `{"code": <number>, "message": "<CATEGORY: text>", "details": [{"field", "message"}]}`. The numbers
are those of ItemsErrorCode (protos/assay/ingest/v1/items_error.proto); the request's id is only in the headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from assay.ingest.v1 import items_error_pb2

from gateway.contracts import Rpc, rpcs
from gateway.errors import ApiError
from gateway.requests import ApiRequest
from gateway.routes import WorkspaceOf

TENANT = "tenant"
ENVIRONMENT = "environment"
# The one error that the documents give word for word: its number, and a message without a category.
TENANT_NUMBER = items_error_pb2.ITEMS_ERROR_CODE_TENANT_ENVIRONMENT_REQUIRED
TENANT_TEXT = "Tenant and Environment are required"

_PREFIX = "ITEMS_ERROR_CODE_"
CATEGORIES: Mapping[str, int] = {
    name.removeprefix(_PREFIX): number for name, number in items_error_pb2.ItemsErrorCode.items() if number
}
"""Number by category."""


@cache
def roots() -> frozenset[str]:
    """The first segments of its addresses: batch-imports, catalogs and so on."""
    return frozenset(
        _first_segment(binding.template) for rpc in rpcs().values() for binding in rpc.bindings if binding.is_items
    )


def is_items_path(raw_path: str) -> bool:
    """Whether a path is below one of the roots, whatever is there."""
    return _first_segment(raw_path) in roots()


def needed_parameters(rpc: Rpc) -> tuple[str, ...]:
    """What a call asks for first: its tenant, and the environment where it is about one."""
    environment = rpc.descriptor.input_type.fields_by_name.get(ENVIRONMENT)
    return (TENANT,) if environment is None or environment.is_repeated else (TENANT, ENVIRONMENT)


def tenant_of(rpc: Rpc) -> WorkspaceOf:
    """Where the workspace of a call stands: in the query parameter `tenant`.

    400 TENANT_ENVIRONMENT_REQUIRED when any of the needed parameters is missing.
    """
    needed = needed_parameters(rpc)

    def find(request: ApiRequest, _workspace_ids: frozenset[str]) -> str:
        # The first of each: one that is given twice is refused when all parameters are read.
        asked = dict(reversed(request.query()))
        if not all(asked.get(name) for name in needed):
            raise ApiError(400, "TENANT_ENVIRONMENT_REQUIRED", TENANT_TEXT)
        return asked[TENANT]

    return find


def error_body(error: ApiError) -> dict[str, Any]:
    """The documented object. A reason without a number of its own has that of its side: ours, or the client's."""
    other = "INTERNAL" if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "VALIDATION_ERROR"
    number = CATEGORIES.get(error.code, CATEGORIES[other])
    return {
        "code": number,
        "message": TENANT_TEXT if number == TENANT_NUMBER else f"{error.code}: {error.message}",
        "details": [detail._asdict() for detail in error.details],
    }


def _first_segment(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]
