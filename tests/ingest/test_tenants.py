"""Every RPC: no token, a token without the scope, a token of another workspace, and another workspace's things."""

import grpc
import pytest
from assay.ingest.v1 import catalog_service_pb2, import_service_pb2, item_service_pb2

from tests.ingest.itemsapi import calls

CSV = b"id,name\nsecret,Lamp\n"
PRODUCT = item_service_pb2.ProductInput(title="t", price="1")
NO_CATALOG = "CATALOG_NOT_FOUND"


def commit_nothing(workspace_id, catalog_id):
    start = import_service_pb2.ImportStart(workspace_id=workspace_id, catalog_id=catalog_id)
    return iter([import_service_pb2.ImportProductsRequest(start=start)])


# Method → (request of a workspace about a catalog and a job, what the owner of nothing there is told).
CALLS = {
    "CreateCatalog": (lambda w, c, j: catalog_service_pb2.CreateCatalogRequest(workspace_id=w, name="n"), None),
    "GetCatalog": (lambda w, c, j: catalog_service_pb2.GetCatalogRequest(workspace_id=w, catalog_id=c), NO_CATALOG),
    "ListCatalogs": (lambda w, c, j: catalog_service_pb2.ListCatalogsRequest(workspace_id=w), None),
    "PlanPartitions": (
        lambda w, c, j: catalog_service_pb2.PlanPartitionsRequest(workspace_id=w, catalog_id=c),
        NO_CATALOG,
    ),
    "FindDeletedCatalogs": (
        lambda w, c, j: catalog_service_pb2.FindDeletedCatalogsRequest(
            catalogs=[catalog_service_pb2.CatalogName(workspace_id=w, catalog_id=c)]
        ),
        None,
    ),
    "CreateProduct": (
        lambda w, c, j: item_service_pb2.CreateProductRequest(workspace_id=w, catalog_id=c, title="t", price="1"),
        NO_CATALOG,
    ),
    "ReplaceProduct": (
        lambda w, c, j: item_service_pb2.ReplaceProductRequest(
            workspace_id=w, catalog_id=c, product_id="secret", product=PRODUCT
        ),
        NO_CATALOG,
    ),
    "UpdateProduct": (
        lambda w, c, j: item_service_pb2.UpdateProductRequest(
            workspace_id=w, catalog_id=c, product_id="secret", product=PRODUCT
        ),
        NO_CATALOG,
    ),
    "DeleteProduct": (
        lambda w, c, j: item_service_pb2.DeleteProductRequest(workspace_id=w, catalog_id=c, product_id="secret"),
        NO_CATALOG,
    ),
    "GetItem": (
        lambda w, c, j: item_service_pb2.GetItemRequest(workspace_id=w, catalog_id=c, product_id="secret"),
        NO_CATALOG,
    ),
    "ReadItems": (lambda w, c, j: item_service_pb2.ReadItemsRequest(workspace_id=w, catalog_id=c), NO_CATALOG),
    "ImportProducts": (lambda w, c, j: commit_nothing(w, c), NO_CATALOG),
    "ListImportErrors": (
        lambda w, c, j: import_service_pb2.ListImportErrorsRequest(workspace_id=w, job_id=j),
        "JOB_NOT_FOUND",
    ),
    **calls.CALLS,
}


@pytest.fixture
def secret(client, catalog, workspace):
    calls.make_secrets(client)
    job_id = client.upload(CSV, catalog).job_id
    workspace.wait(job_id)
    return catalog, job_id


def test_every_rpc_is_here(app):
    methods = {
        method.name for file in app.files for service in file.services_by_name.values() for method in service.methods
    }
    assert methods == set(CALLS)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(
    ("token", "workspace_id", "code"),
    [
        ("", "ws_a", grpc.StatusCode.UNAUTHENTICATED),
        ("wrong", "ws_a", grpc.StatusCode.UNAUTHENTICATED),
        ("token-poor", "ws_a", grpc.StatusCode.PERMISSION_DENIED),
        ("token-b", "ws_a", grpc.StatusCode.PERMISSION_DENIED),
        ("token-b", "", grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_strangers_are_refused(client_of, refused, secret, method, *, token, workspace_id, code):
    stranger = client_of(token, workspace_id)
    make, _ = CALLS[method]
    assert refused(lambda: getattr(stranger, method)(make(workspace_id, *secret)))[0] is code


@pytest.mark.parametrize("method", [name for name, (_, reason) in CALLS.items() if reason])
def test_things_of_another_workspace_do_not_exist(client, client_of, refused, secret, method):
    stranger = client_of("token-b", "ws_b")
    make, reason = CALLS[method]
    code, told, _ = refused(lambda: getattr(stranger, method)(make("ws_b", *secret)))
    assert (code, told) == (grpc.StatusCode.NOT_FOUND, reason)
    assert client.read(catalog_id=secret[0])[0][2] == '{"id":"secret","name":"Lamp"}'


def test_lists_show_only_ones_own(client_of, secret):
    stranger = client_of("token-b", "ws_b")
    listed = stranger.ListCatalogs(catalog_service_pb2.ListCatalogsRequest()).catalogs
    assert secret[0] not in [catalog.id for catalog in listed]
