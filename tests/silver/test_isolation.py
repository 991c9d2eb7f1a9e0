"""Nobody reaches another workspace's data, by any RPC."""

import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import product_service_pb2, silver_service_pb2

FILES = {"SilverService": silver_service_pb2, "ProductService": product_service_pb2}
METHODS = {
    method.name: (file, method)
    for service, file in FILES.items()
    for method in file.DESCRIPTOR.services_by_name[service].methods
}


@pytest.fixture
def request_for(catalog, normalize):
    """A good request of any method, about a normalised catalog of ws_a."""
    catalog_id = catalog({"a": {"title": "A"}})
    job_id = normalize(catalog_id)[0].started.job_id
    values = {"catalog_id": catalog_id, "job_id": job_id, "product_id": "a", "scope": run_pb2.SCOPE_ALL}

    def make(method, workspace_id):
        file, descriptor = METHODS[method]
        known = {name: value for name, value in values.items() if name in descriptor.input_type.fields_by_name}
        return getattr(file, descriptor.input_type.name)(workspace_id=workspace_id, **known)

    return make


@pytest.mark.parametrize("method", METHODS)
def test_token_of_another_workspace_is_refused(refused, request_for, method):
    code, reason, _ = refused(method, request_for(method, "ws_a"), "token-b")
    assert (code, reason) == ("PERMISSION_DENIED", "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("method", METHODS)
def test_token_without_the_scope_is_refused(refused, request_for, method):
    code, reason, _ = refused(method, request_for(method, "ws_a"), "token-without-scopes")
    assert (code, reason) == ("PERMISSION_DENIED", "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("token", ["", "unknown"])
def test_missing_or_unknown_token_is_refused(refused, request_for, method, token):
    assert refused(method, request_for(method, "ws_a"), token)[:2] == ("UNAUTHENTICATED", "UNAUTHORIZED")


@pytest.mark.parametrize("method", METHODS)
def test_naming_another_workspace_s_data_in_one_s_own_finds_nothing(refused, request_for, method):
    assert refused(method, request_for(method, "ws_b"), "token-b")[0] == "NOT_FOUND"


def test_the_same_catalog_id_in_two_workspaces_is_two_catalogs(catalog, normalize, world, call):
    catalog_id = catalog({"a": {"title": "A"}})
    normalize(catalog_id)
    world.catalogs["ws_b", catalog_id] = type(world.catalogs["ws_a", catalog_id])()
    world.catalogs["ws_b", catalog_id].put("a", {"title": "A"})
    request = product_service_pb2.ReadProductsRequest(workspace_id="ws_b", catalog_id=catalog_id)
    (answer,) = call("ReadProducts", request, "token-b")
    assert list(answer.documents) == [""]
