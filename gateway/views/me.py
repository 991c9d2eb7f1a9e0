"""GET /api/me: what a token may do, for whoever holds it. The console shows actions by it."""

from __future__ import annotations

from assay.workspace.v1 import workspace_pb2
from starlette.responses import Response

from gateway.requests import JSON, ApiRequest
from gateway.routes import ANY_TOKEN, Route
from gateway.transcode import json_response

TEMPLATE = "/api/me"


def me_routes() -> list[Route]:
    """The route; it answers whoever has a token."""

    async def me(request: ApiRequest) -> Response:
        request.accepted([JSON])
        principal = request.principal
        return json_response(
            {
                "subject": principal.subject,
                "tier": workspace_pb2.Tier.Name(principal.tier).removeprefix("TIER_").lower(),
                "workspaces": sorted(principal.workspace_ids),
                "scopes": sorted(principal.scopes),
            }
        )

    return [Route("GET", TEMPLATE, me, ANY_TOKEN)]
