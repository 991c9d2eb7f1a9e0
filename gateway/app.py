"""The gateway, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.asgi import Gateway
from gateway.console.pages import console_routes
from gateway.context import Context
from gateway.contracts import Binding, Rpc, rpcs
from gateway.feeds import feed_routes
from gateway.health import health_routes
from gateway.itemsapi import tenant_of
from gateway.openapi import openapi_routes
from gateway.routes import Handler, Route, Router, of_path
from gateway.runs import run_handler
from gateway.settings import GatewaySettings
from gateway.transcode import unary_handler
from gateway.uploads import upload_routes
from gateway.views import products
from gateway.views.jobs import job_routes
from gateway.views.me import me_routes

HandlerFactory = Callable[[Context, Rpc, Binding], Handler]

# Methods that are more than one call transcoded.
VIEWS: Mapping[str, HandlerFactory] = {
    "assay.silver.v1.SilverService.Normalize": run_handler,
    "assay.gold.v1.GoldService.Score": run_handler,
    "assay.silver.v1.ProductService.GetProduct": products.get_handler,
    "assay.silver.v1.ProductService.ListProducts": products.list_handler,
    "assay.ingest.v1.ItemService.CreateProduct": products.write_handler,
    "assay.ingest.v1.ItemService.ReplaceProduct": products.write_handler,
    "assay.ingest.v1.ItemService.UpdateProduct": products.write_handler,
}


def routes(context: Context) -> list[Route]:
    """Every route: those of the contracts and the hand-written ones."""
    transcoded = [
        Route(
            binding.verb,
            binding.template,
            VIEWS.get(rpc.name, unary_handler)(context, rpc, binding),
            rpc.scope,
            tenant_of(rpc) if binding.is_items else of_path,
        )
        for rpc in rpcs().values()
        for binding in rpc.bindings
    ]
    return [
        *transcoded,
        *upload_routes(context),
        *job_routes(context),
        *feed_routes(context),
        *me_routes(),
        *console_routes(),
        *health_routes(context),
        *openapi_routes(),
    ]


def build(settings: GatewaySettings) -> Gateway:
    """The ASGI application."""
    context = Context(settings)
    return Gateway(context, Router(routes(context)))
