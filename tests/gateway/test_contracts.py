"""A walk over every RPC: route or written exemption, scope, handler."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.app import VIEWS, routes
from gateway.channels import service_config
from gateway.context import Context
from gateway.contracts import FILES, rpc, rpcs
from gateway.jobresults import RESULTS_OF
from gateway.routes import Router
from gateway.settings import GatewaySettings

SCOPES = {
    *("workspace:read", "keys:read", "keys:write", "brands:read", "brands:write", "jobs:read", "jobs:write"),
    *("catalogs:read", "catalogs:write", "products:read", "products:write", "internal"),
    *("categories:read", "categories:write", "settings:read", "settings:write", "feed:read"),
}


@pytest.mark.parametrize("name", rpcs())
def test_every_rpc_has_a_route_or_a_written_exemption(name):
    found = rpcs()[name]
    assert bool(found.bindings) != bool(found.exemption)


@pytest.mark.parametrize("name", rpcs())
def test_every_rpc_names_a_known_scope(name):
    assert rpcs()[name].scope in SCOPES


def test_every_service_file_is_served():
    known = {file.name for files in FILES.values() for file in files}
    protos = Path(__file__).parents[2] / "protos"
    assert known == {str(path.relative_to(protos)) for path in protos.rglob("*_service.proto")}


def test_every_route_reaches_its_own_handler():
    made = routes(Context(GatewaySettings()))
    router = Router(made)
    for route in made:
        path = route.template.replace("{workspace_id}", "ws_1").replace("=**}", "}")
        path = path.replace("{product_id}", "p").replace("{catalog_id}", "c").replace("{job_id}", "j")
        path = path.replace("{brand_id}", "b").replace("{key_id}", "k")
        assert router.match(route.verb, path).route is route
    assert len({(route.verb, route.template) for route in made}) == len(made)


def test_streams_and_views_are_handled_by_hand():
    for name, found in rpcs().items():
        if found.bindings and (found.descriptor.server_streaming or found.descriptor.client_streaming):
            assert name in VIEWS
    assert set(VIEWS) <= set(rpcs())


def test_exempt_rpcs_that_the_gateway_serves_are_routed():
    assert {found.name for found in RESULTS_OF.values()} == {
        name for name, found in rpcs().items() if "jobId}/results" in found.exemption
    }
    assert "products/import" in rpc("ingest.v1.ImportService.ImportProducts").exemption


def test_only_reads_are_retried():
    (config,) = json.loads(service_config())["methodConfig"]
    methods = {name["method"] for name in config["name"]}
    assert all(method.startswith(("Get", "List")) for method in methods)
    assert config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
