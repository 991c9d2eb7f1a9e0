import grpc
import pytest
from assay.ingest.v1 import catalog_service_pb2 as pb
from assay.ingest.v1 import catalog_version_service_pb2, item_service_pb2

INVALID = (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_ERROR")
MISSING = (grpc.StatusCode.NOT_FOUND, "CATALOG_NOT_FOUND", [])


def test_a_workspace_without_catalogs_has_no_default(client_of, refused):
    client = client_of("token-b", "ws_b")
    assert refused(lambda: client.GetCatalog(pb.GetCatalogRequest())) == MISSING
    assert list(client.ListCatalogs(pb.ListCatalogsRequest()).catalogs) == []


def test_the_first_catalog_is_the_default(client_of, refused):
    client = client_of("internal-secret", "ws_first")
    first = client.CreateCatalog(pb.CreateCatalogRequest(name=" Spring ", description="d", currency="EUR")).catalog
    second = client.CreateCatalog(pb.CreateCatalogRequest(name="Spring")).catalog
    assert (first.name, first.slug, first.currency, first.is_default, first.source) == (
        "Spring",
        "spring",
        "EUR",
        True,
        "manual",
    )
    assert (second.slug, second.is_default, second.HasField("description")) == ("spring-2", False, False)
    assert first.id.startswith("cat_")
    assert len(first.id) == 20
    assert client.GetCatalog(pb.GetCatalogRequest()).catalog == first
    assert client.GetCatalog(pb.GetCatalogRequest(catalog_id=second.id)).catalog == second


def test_catalogs_are_listed_oldest_first_page_by_page(client_of):
    client = client_of("internal-secret", "ws_pages")
    made = [client.CreateCatalog(pb.CreateCatalogRequest(name=f"c{n}")).catalog.id for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = client.ListCatalogs(pb.ListCatalogsRequest(page_size=2, page_token=cursor))
        seen += [catalog.id for catalog in page.catalogs]
        cursor = page.pagination.cursor
        if not page.pagination.has_more:
            break
    assert (seen, page.pagination.limit, page.pagination.HasField("cursor")) == (made, 2, False)


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (pb.CreateCatalogRequest(name="  "), ["name"]),
        (pb.CreateCatalogRequest(name="x" * 256), ["name"]),
        (
            pb.CreateCatalogRequest(name="", description="x" * 1001, currency="euro"),
            ["name", "description", "currency"],
        ),
        (pb.CreateCatalogRequest(name="x", currency="EUX"), ["currency"]),
        (pb.CreateCatalogRequest(name="x", currency="eur"), ["currency"]),
        (pb.CreateCatalogRequest(name="x", currency=""), ["currency"]),
        (pb.CreateCatalogRequest(workspace_id="WS-1", name="x"), ["workspaceId"]),
    ],
)
def test_bad_catalogs_are_refused_naming_every_field(client_of, refused, request_, fields):
    client = client_of("internal-secret", "ws_a")
    assert refused(lambda: client.CreateCatalog(request_)) == (*INVALID, fields)


def test_a_foreign_cursor_is_refused(client, refused):
    assert refused(lambda: client.ListCatalogs(pb.ListCatalogsRequest(page_token="abc"))) == (*INVALID, ["cursor"])


@pytest.mark.parametrize(("size", "counts"), [(4, [4, 4, 4, 1]), (13, [13]), (20, [13]), (12, [12, 1]), (1, [1] * 13)])
def test_partitions_cover_the_catalog_in_id_order(client, catalog, do_import, size, counts):
    ids = [f"{n:03}" for n in range(10)] + ["é", "Z", "a"]
    do_import("id,name\n" + "".join(f"{i},n\n" for i in ids), catalog)
    plan = client.PlanPartitions(pb.PlanPartitionsRequest(catalog_id=catalog, partition_size=size))
    assert (plan.total, [part.count for part in plan.ranges]) == (13, counts)
    assert plan.ranges[0].after_id == ""
    read = []
    for part in plan.ranges:
        stream = client.ReadItems(item_service_pb2.ReadItemsRequest(catalog_id=catalog, range=part))
        rows = [product_id for answer in stream for product_id in answer.ids]
        assert len(rows) == part.count
        read += rows
    assert read == sorted(ids, key=str.encode)


def test_an_empty_catalog_has_no_partitions(client, catalog):
    plan = client.PlanPartitions(pb.PlanPartitionsRequest(catalog_id=catalog))
    assert (plan.total, list(plan.ranges)) == (0, [])


@pytest.mark.parametrize("size", [-1, 100_001])
def test_a_partition_size_out_of_range_is_refused(client, catalog, refused, size):
    request = pb.PlanPartitionsRequest(catalog_id=catalog, partition_size=size)
    assert refused(lambda: client.PlanPartitions(request)) == (*INVALID, ["partitionSize"])


@pytest.fixture
def deleted(client_of):
    """Which of some (workspace, catalog id) have been deleted."""

    def ask(*names):
        named = [pb.CatalogName(workspace_id=workspace_id, catalog_id=catalog_id) for workspace_id, catalog_id in names]
        asked = pb.FindDeletedCatalogsRequest(catalogs=named)
        return list(client_of("internal-secret", "").FindDeletedCatalogs(asked).catalog_ids)

    return ask


@pytest.fixture
def version_of(client):
    """Makes a catalog in an environment: its version, and its id."""

    def make(environment):
        request = catalog_version_service_pb2.CreateCatalogVersionRequest
        version = client.CreateCatalogVersion(
            request(environment=environment, catalog=catalog_version_service_pb2.CatalogVersion())
        ).version
        listed = client.ListCatalogVersions(
            catalog_version_service_pb2.ListCatalogVersionsRequest(environment=environment)
        )
        return version, next(one.catalog_id for one in listed.catalogs if one.version == version)

    return make


def test_catalogs_that_were_deleted_are_told(client, catalog, deleted, version_of):
    version, catalog_id = version_of("deleted")
    assert deleted(("ws_a", catalog_id), ("ws_a", catalog)) == []
    client.DeleteCatalogVersion(
        catalog_version_service_pb2.DeleteCatalogVersionRequest(environment="deleted", version=version)
    )
    assert deleted(("ws_a", catalog_id), ("ws_a", catalog)) == [catalog_id]
    assert deleted() == []


def test_a_catalog_of_whatever_workspace_is_not_told_as_deleted(catalog, deleted, client_of):
    client_of("internal-secret", "ws_other").CreateCatalog(pb.CreateCatalogRequest(name="other"))
    assert deleted(("ws_other", catalog)) == []


def test_of_workspaces_without_any_catalogs_ever_nothing_is_told(deleted):
    """Such a database is empty, or another one."""
    assert deleted(("ws_never", "cat_0000000000000000")) == []


def test_the_default_catalog_is_not_told_as_deleted(catalog, deleted):
    assert deleted(("ws_a", "")) == []


def test_many_catalogs_are_asked_for_at_once_and_no_more(catalog, deleted, refused):
    unknown = [("ws_a", f"cat_{number:016}") for number in range(9_999)]
    assert deleted(("ws_a", catalog), *unknown) == [name for _, name in unknown]
    assert refused(lambda: deleted(*[("ws_a", "x")] * 10_001)) == (*INVALID, ["catalogs"])
