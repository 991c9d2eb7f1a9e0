import itertools
import threading

import grpc
import pytest
import sqlalchemy as sa
from assay.ingest.v1 import catalog_service_pb2, item_service_pb2
from assay.ingest.v1 import catalog_version_service_pb2 as pb
from assay.ingest.v1 import category_tree_service_pb2 as trees
from assay.ingest.v1 import item_schema_service_pb2 as schemas

from services.ingest.tables import batches, catalogs, content_changes, former_contents, item_deletions
from tests.ingest.itemsapi.making import catalog, schema, tree

INVALID, MISSING = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
FAILED = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = (MISSING, "CATALOG_NOT_FOUND", [])
NUMBERS = itertools.count()


class Environment:
    """The calls about one environment that nobody else has."""

    def __init__(self, client, name):
        self.client, self.name = client, name

    def create(self, *args, batch=False, **more):
        request = pb.CreateCatalogVersionRequest(
            environment=self.name, catalog=catalog(*args, **more), create_batch_import=batch
        )
        return self.client.CreateCatalogVersion(request).version

    def listed(self):
        return list(self.client.ListCatalogVersions(pb.ListCatalogVersionsRequest(environment=self.name)).catalogs)

    def states(self):
        return {one.version: pb.CatalogState.Name(one.state).split("_")[-1] for one in self.listed()}

    def active(self):
        return self.client.GetActiveCatalogVersion(pb.GetActiveCatalogVersionRequest(environment=self.name)).version

    def activate(self, version, **more):
        request = pb.ActivateCatalogVersionRequest(environment=self.name, version=version, **more)
        return self.client.ActivateCatalogVersion(request)

    def delete(self, version):
        return self.client.DeleteCatalogVersion(pb.DeleteCatalogVersionRequest(environment=self.name, version=version))

    def add_schema(self, message):
        self.client.CreateItemSchema(schemas.CreateItemSchemaRequest(environment=self.name, item_schema=message))

    def add_tree(self, message):
        self.client.CreateCategoryTree(trees.CreateCategoryTreeRequest(environment=self.name, category_tree=message))


@pytest.fixture
def here(client):
    return Environment(client, f"live{next(NUMBERS)}")


@pytest.fixture
def fresh(client_of):
    """An environment of a workspace that has nothing."""
    number = next(NUMBERS)
    return Environment(client_of("internal-secret", f"ws_fresh{number}"), "live")


def test_a_catalog_is_told_with_what_it_was_given(here):
    here.add_schema(schema("product"))
    here.add_tree(tree("shop", "a"))
    assert here.create(["product"], ["shop"], name=" Spring ", version=77, state=pb.CATALOG_STATE_ACTIVE) == 1
    assert here.create() == 2
    first, second = here.listed()
    assert first.catalog_id.startswith("cat_")
    assert first.HasField("created_at")
    assert (first.version, first.name, first.state) == (1, "Spring", pb.CATALOG_STATE_INACTIVE)
    assert (first.tenant, first.environment, first.item_count) == ("ws_a", here.name, 0)
    assert list(first.catalog_item_schemas) == [pb.VersionedName(name="product", version=1)]
    assert list(first.catalog_category_trees) == [pb.VersionedName(name="shop", version=1)]
    assert (second.version, second.name, list(second.catalog_item_schemas)) == (2, "Catalog 2", [])


def test_a_catalog_is_one_of_the_pipeline(here):
    version = here.create()
    listed = here.listed()[0]
    request = catalog_service_pb2.GetCatalogRequest(catalog_id=listed.catalog_id)
    found = here.client.GetCatalog(request).catalog
    assert (found.environment, found.version, found.source) == (here.name, version, "items")
    product = item_service_pb2.CreateProductRequest(catalog_id=found.id, title="Lamp", price="1", sku="l")
    here.client.CreateProduct(product)
    assert [row[0] for row in here.client.read(catalog_id=found.id)] == ["l"]
    assert here.listed()[0].item_count == 1


def test_files_are_imported_into_a_catalog(here, do_import):
    here.create()
    _, result = do_import("id,name\na,Lamp\nb,Chair\n", here.listed()[0].catalog_id)
    assert result["created"] == 2
    here.activate(1, min_item_count=2)
    assert here.listed()[0].item_count == 2


def test_catalogs_of_the_pipeline_are_in_the_environment_default(fresh):
    made = fresh.client.CreateCatalog(catalog_service_pb2.CreateCatalogRequest(name="a {version}")).catalog
    assert (made.environment, made.version, made.name) == ("default", 1, "a {version}")
    default = Environment(fresh.client, "default")
    assert [one.catalog_id for one in default.listed()] == [made.id]
    default.activate(1)
    assert default.active() == 1
    assert [default.create(), default.create()] == [2, 3]  # what was made elsewhere does not count
    assert fresh.listed() == []


def test_two_catalogs_are_the_limit_and_no_version_is_given_twice(here, client, refused):
    other = Environment(client, f"{here.name}x")
    assert [here.create(), here.create(), other.create()] == [1, 2, 1]
    assert refused(here.create) == (FAILED, "CATALOG_LIMIT_REACHED", [])
    here.delete(2)
    assert here.create() == 3
    assert list(here.states()) == [1, 3]


def test_at_the_same_time_no_more_than_two_are_made(here):
    made, refusals = [], []

    def create():
        try:
            made.append(here.create())
        except grpc.RpcError as error:
            refusals.append(error.code())

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(made), refusals) == ([1, 2], [FAILED] * 4)


@pytest.mark.parametrize(
    ("item_schemas", "category_trees", "reason", "fields"),
    [
        (["none"], [], "CATALOG_SCHEMAS", ["catalogItemSchemas[0]"]),
        (
            ["product", ("product", 2), ("product", 0)],
            [],
            "CATALOG_SCHEMAS",
            [f"catalogItemSchemas[{n}]" for n in (1, 2)],
        ),
        (["product", "product"], [], "CATALOG_SCHEMAS", ["catalogItemSchemas[1]"]),
        (["product", "variant"], [], "CATALOG_SCHEMAS", ["catalogItemSchemas[1]"]),
        (["product"] * 101, [], "CATALOG_SCHEMAS", ["catalogItemSchemas"]),
        (["product"], ["shop", "none"], "CATALOG_CATEGORY_TREES", ["catalogCategoryTrees[1]"]),
        ([], ["shop", "outlet"], "CATALOG_CATEGORY_TREES", ["catalogCategoryTrees[1]"]),
        (["none"], ["none"], "CATALOG_SCHEMAS", ["catalogItemSchemas[0]", "catalogCategoryTrees[0]"]),
    ],
)
def test_what_a_catalog_names_has_to_exist_and_to_differ(
    here, refused, *, item_schemas, category_trees, reason, fields
):
    here.add_schema(schema("product", nested=[schema("variant")]))
    here.add_schema(schema("variant"))
    here.add_tree(tree("shop", "a"))
    here.add_tree(tree("outlet", "b", "a"))
    assert refused(lambda: here.create(item_schemas, category_trees)) == (INVALID, reason, fields)
    assert here.listed() == []


def test_schemas_and_trees_of_others_do_not_exist(here, client, client_of, refused):
    for other in (Environment(client, f"{here.name}x"), Environment(client_of("token-b", "ws_b"), here.name)):
        other.add_schema(schema("product"))
        other.add_tree(tree("shop"))
    both = ["catalogItemSchemas[0]", "catalogCategoryTrees[0]"]
    assert refused(lambda: here.create(["product"], ["shop"])) == (INVALID, "CATALOG_SCHEMAS", both)


def test_a_name_has_at_most_255_characters(here, refused):
    assert refused(lambda: here.create(name="x" * 256)) == (INVALID, "VALIDATION_ERROR", ["name"])
    here.create(name="x" * 255)


def test_one_catalog_is_active_at_a_time(here, refused):
    here.create()
    here.create()
    assert refused(here.active) == (MISSING, "CATALOG_NOT_ACTIVE", [])
    here.activate(1)
    assert (here.active(), here.states()) == (1, {1: "ACTIVE", 2: "INACTIVE"})
    assert refused(lambda: here.activate(1)) == (FAILED, "CATALOG_ALREADY_ACTIVE", [])
    here.activate(2)
    assert (here.active(), here.states()) == (2, {1: "INACTIVE", 2: "ACTIVE"})


def test_environments_have_active_catalogs_of_their_own(here, client):
    other = Environment(client, f"{here.name}x")
    for one in (here, other):
        one.create()
        one.activate(1)
    assert (here.active(), other.active()) == (1, 1)


def test_a_catalog_with_too_few_items_is_not_activated(here, refused):
    here.create()
    product = item_service_pb2.CreateProductRequest(catalog_id=here.listed()[0].catalog_id, title="Lamp", price="1")
    here.client.CreateProduct(product)
    too_few = (FAILED, "CATALOG_MIN_ITEM_COUNT", [])
    assert refused(lambda: here.activate(1, min_item_count=2)) == too_few
    assert here.states() == {1: "INACTIVE"}
    negative = (INVALID, "VALIDATION_ERROR", ["minItemCount"])
    assert refused(lambda: here.activate(1, min_item_count=-1)) == negative
    here.activate(1, min_item_count=1)


@pytest.mark.parametrize("version", [2, 0, -1])
def test_unknown_versions(here, client, refused, version):
    here.create()
    assert refused(lambda: here.activate(version)) == NOT_FOUND
    assert refused(lambda: here.delete(version)) == NOT_FOUND
    other = Environment(client, f"{here.name}x")
    assert refused(lambda: other.activate(1)) == NOT_FOUND
    assert refused(lambda: other.delete(1)) == NOT_FOUND
    assert here.states() == {1: "INACTIVE"}


def test_the_active_catalog_is_not_deleted(here, refused):
    here.create()
    here.activate(1)
    assert refused(lambda: here.delete(1)) == (FAILED, "CATALOG_DELETION_ACTIVE", [])
    assert here.active() == 1


def test_a_catalog_that_is_filled_is_not_deleted(here, service_database, refused):
    here.create()
    catalog_id = here.listed()[0].catalog_id
    with service_database.write() as connection:
        connection.execute(sa.update(catalogs).where(catalogs.c.id == catalog_id).values(building="job"))
    assert refused(lambda: here.delete(1)) == (grpc.StatusCode.ABORTED, "JOB_ALREADY_RUNNING", [])
    with service_database.write() as connection:
        connection.execute(sa.update(catalogs).where(catalogs.c.id == catalog_id).values(building=None))
    here.delete(1)


def test_a_default_batch_has_the_version_as_its_id_and_goes_with_it(here, service_database):
    mine = sa.select(batches).where(batches.c.environment == here.name).order_by(batches.c.id)

    def rows():
        with service_database.read() as connection:
            return [dict(row) for row in connection.execute(mine).mappings()]

    here.create()
    assert rows() == []
    assert here.create(batch=True) == 2
    (batch,) = rows()
    catalog_id = here.listed()[1].catalog_id
    assert (batch["id"], batch["catalog_id"], batch["workspace_id"]) == ("2", catalog_id, "ws_a")
    here.delete(1)
    assert rows() == [batch]
    here.delete(2)
    assert rows() == []


def test_a_deleted_catalog_leaves_its_content_to_be_removed(here, service_database, refused):
    here.create()
    catalog_id = here.listed()[0].catalog_id
    with service_database.write() as connection:
        connection.execute(sa.update(catalogs).where(catalogs.c.id == catalog_id).values(content="built"))
        for id_ in (catalog_id, "built", "other"):
            row = {"catalog_id": id_, "product_id": here.name}
            connection.execute(sa.insert(item_deletions).values(**row, deleted_at=1))
            connection.execute(sa.insert(content_changes).values(**row))
    here.delete(1)
    with service_database.write() as connection:
        for table in (item_deletions, content_changes):
            mine = table.c.product_id == here.name
            assert connection.execute(sa.select(table.c.catalog_id).where(mine)).scalars().all() == ["other"]
        given_up = sa.delete(former_contents).where(former_contents.c.content == "built")
        assert connection.execute(given_up).rowcount == 1
    request = catalog_service_pb2.GetCatalogRequest(catalog_id=catalog_id)
    assert refused(lambda: here.client.GetCatalog(request)) == NOT_FOUND
    assert refused(lambda: here.delete(1)) == NOT_FOUND


def test_a_workspace_with_catalogs_has_a_default_one(fresh, refused):
    default = lambda: fresh.client.GetCatalog(catalog_service_pb2.GetCatalogRequest()).catalog.version  # noqa: E731
    assert [fresh.create(), fresh.create()] == [1, 2]
    assert default() == 1
    fresh.delete(1)
    assert default() == 2
    assert fresh.create() == 3
    assert default() == 2
    fresh.delete(2)
    fresh.delete(3)
    assert refused(default) == NOT_FOUND
    fresh.create()
    assert default() == 4


@pytest.mark.parametrize(
    ("workspace_id", "environment", "reason"),
    [
        ("ws_a", "", "TENANT_ENVIRONMENT_REQUIRED"),
        ("", "live", "TENANT_ENVIRONMENT_REQUIRED"),
        ("acme", "live", "VALIDATION_ERROR"),
        ("ws_a", "a b", "ENVIRONMENT_INVALID"),
    ],
)
@pytest.mark.parametrize(
    "request_",
    [
        schemas.CreateItemSchemaRequest,
        schemas.UpdateItemSchemaRequest,
        schemas.GetItemSchemaRequest,
        schemas.ListItemSchemasRequest,
        schemas.DeleteItemSchemaRequest,
        trees.CreateCategoryTreeRequest,
        trees.UpdateCategoryTreeRequest,
        trees.GetCategoryTreeRequest,
        trees.ListCategoryTreesRequest,
        trees.DeleteCategoryTreeRequest,
        pb.CreateCatalogVersionRequest,
        pb.ListCatalogVersionsRequest,
        pb.GetActiveCatalogVersionRequest,
        pb.ActivateCatalogVersionRequest,
        pb.DeleteCatalogVersionRequest,
    ],
    ids=lambda request_: request_.DESCRIPTOR.name,
)
def test_every_call_needs_tenant_and_environment(client_of, refused, request_, *, workspace_id, environment, reason):
    somebody = client_of("internal-secret", "")
    call = getattr(somebody, request_.DESCRIPTOR.name.removesuffix("Request"))
    request = request_(workspace_id=workspace_id, environment=environment)
    assert refused(lambda: call(request))[:2] == (INVALID, reason)
