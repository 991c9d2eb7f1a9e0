"""Products as the REST API shows them: Silver's product, Gold's score while it is current, and where it came from.

Added to the fields of assay.silver.v1.Product: `optimizationScore` (0-100; null unless the normalised record that was
scored is still the product's, by fingerprint; `pipelineStage` is then "gold"), `gaps` with it, `feedReady` (ready for
google; null without such a score), and in single products `source`: {type, fingerprint, document, createdAt,
updatedAt}, the raw record.
"""

from __future__ import annotations

import asyncio
from typing import Any

from assay.gold.v1 import gold_service_pb2, score_pb2
from assay.ingest.v1 import item_service_pb2
from assay.silver.v1 import product_pb2, product_service_pb2
from starlette.responses import Response

from gateway import contracts
from gateway.context import Context
from gateway.contracts import Binding, Rpc
from gateway.errors import ApiError
from gateway.jsonio import as_json
from gateway.log import logger
from gateway.requests import JSON, ApiRequest
from gateway.routes import Handler
from gateway.transcode import Transcoder, json_response

GET_PRODUCT = contracts.rpc("silver.v1.ProductService.GetProduct")
GET_ITEM = contracts.rpc("ingest.v1.ItemService.GetItem")
SOURCE_FIELDS = ("fingerprint", "document", "createdAt", "updatedAt")
BATCH_GET_SCORES = contracts.rpc("gold.v1.GoldService.BatchGetScores")


def get_handler(context: Context, rpc: Rpc, binding: Binding) -> Handler:
    """GET …/catalog/products/{productId}."""
    transcoder = Transcoder(rpc, binding)

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        message = await transcoder.message(request)
        return json_response(await _composed(context, request, message))

    return handle


def list_handler(context: Context, rpc: Rpc, binding: Binding) -> Handler:
    """GET …/catalog/products."""
    transcoder = Transcoder(rpc, binding)

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        reply = await context.unary(rpc, await transcoder.message(request), request)
        scores = await _current_scores(context, request, list(reply.products))
        answer = as_json(reply)
        answer["data"] = [_with_score(product, scores.get(product.id)) for product in reply.products]
        return json_response(answer)

    return handle


def write_handler(context: Context, rpc: Rpc, binding: Binding) -> Handler:
    """POST, PUT and PATCH: written by ingest, answered like GET."""
    transcoder = Transcoder(rpc, binding)

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        item = (await context.unary(rpc, await transcoder.message(request), request)).item
        message = product_service_pb2.GetProductRequest(
            workspace_id=request.parameters["workspace_id"], catalog_id=item.catalog_id, product_id=item.id
        )
        try:
            # A caller that may write but not read still sees what it wrote, as ingest's own answer shows it too.
            product = await _composed(context, request, message, token=context.internal_token())
        except ApiError as error:
            # The write is done; an error would invite doing it again.
            logger().warning("written product not composed", request_id=request.request_id, code=error.code)
            product = _unread(item)
        return json_response(product, transcoder.status)

    return handle


async def _composed(context: Context, request: ApiRequest, message: Any, *, token: str | None = None) -> dict[str, Any]:
    product = (await context.unary(GET_PRODUCT, message, request, token=token)).product
    names = {"workspace_id": product.workspace_id, "catalog_id": product.catalog_id, "product_id": product.id}
    scores, reply = await asyncio.gather(
        _current_scores(context, request, [product], token=token),
        context.unary(GET_ITEM, item_service_pb2.GetItemRequest(**names), request, token=token),
    )
    return {**_with_score(product, scores.get(product.id)), "source": _source(reply.item)}


async def _current_scores(
    context: Context, request: ApiRequest, products: list[Any], *, token: str | None = None
) -> dict[str, Any]:
    """Scores by product id, of the products whose normalised record is still the one that was scored."""
    normalised = [product for product in products if product.pipeline_stage == product_pb2.PIPELINE_STAGE_SILVER]
    if not normalised:
        return {}
    message = gold_service_pb2.BatchGetScoresRequest(
        workspace_id=normalised[0].workspace_id,
        catalog_id=normalised[0].catalog_id,
        product_ids=[product.id for product in normalised],
    )
    reply = await context.unary(BATCH_GET_SCORES, message, request, token=token)
    fingerprints = {product.id: product.fingerprint for product in normalised}
    return {
        score.product_id: score
        for score in reply.scores
        if score.product_fingerprint == fingerprints.get(score.product_id)
    }


def _with_score(product: Any, score: Any) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(product)
    shown["optimizationScore"] = None if score is None else score.score
    shown["feedReady"] = None if score is None else _feed_ready(score)
    if score is not None:
        shown["pipelineStage"] = "gold"
        shown["gaps"] = as_json(score)["gaps"]
    return shown


def _feed_ready(score: Any) -> bool:
    """The documented flag: ready for google."""
    return any(told.ready for told in score.channels if told.channel == score_pb2.CHANNEL_GOOGLE)


def _source(item: Any) -> dict[str, Any]:
    raw = as_json(item)
    return {"type": raw["sourceType"], **{name: raw[name] for name in SOURCE_FIELDS if name in raw}}


def _unread(item: Any) -> dict[str, Any]:
    """What is known of a written product without asking anybody."""
    names = {"id": item.id, "workspaceId": item.workspace_id, "catalogId": item.catalog_id}
    return {**names, "pipelineStage": "bronze", "optimizationScore": None, "feedReady": None, "source": _source(item)}
