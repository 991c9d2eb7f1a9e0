"""GET /openapi.json."""

from __future__ import annotations

from starlette.responses import Response

from gateway.openapi.document import document
from gateway.requests import ApiRequest
from gateway.routes import Route
from gateway.transcode import json_response


def openapi_routes() -> list[Route]:
    """The document's route."""
    response = json_response(document())

    async def handle(_request: ApiRequest) -> Response:
        return response

    return [Route("GET", "/openapi.json", handle, scope=None)]
