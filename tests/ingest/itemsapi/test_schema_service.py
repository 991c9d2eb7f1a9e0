import itertools

import grpc
import pytest
from assay.ingest.v1 import catalog_version_service_pb2 as versions
from assay.ingest.v1 import item_schema_service_pb2 as pb

from tests.ingest.itemsapi.making import attribute, catalog, schema

INVALID, MISSING = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
NUMBERS = itertools.count()


@pytest.fixture
def here():
    """An environment that nobody has."""
    return f"schemas{next(NUMBERS)}"


@pytest.fixture
def create(client):
    def call(environment, message, **more):
        request = pb.CreateItemSchemaRequest(environment=environment, item_schema=message, **more)
        return client.CreateItemSchema(request)

    return call


@pytest.fixture
def get(client):
    def call(environment, name, version):
        request = pb.GetItemSchemaRequest(environment=environment, name=name, version=version)
        return client.GetItemSchema(request).item_schema

    return call


def update(environment, name, message, **more):
    return pb.UpdateItemSchemaRequest(environment=environment, name=name, item_schema=message, **more)


def delete(environment, name, version):
    return pb.DeleteItemSchemaRequest(environment=environment, name=name, version=version)


def test_versions_of_a_schema(client, create, get, here):
    first = schema("product", attribute("price", "LIST", "FLOAT", is_required=True), nested=[schema("variant", "size")])
    create(here, first)
    second = schema("", "title", tenant="ignored", environment="ignored")
    assert client.UpdateItemSchema(update(here, "product", second)).version == 2
    create(here, schema("brand"))

    told = {"tenant": "ws_a", "environment": here}
    first.MergeFrom(pb.ItemSchema(version=1, **told))
    second = schema("product", "title", version=2, **told)
    assert get(here, "product", 1) == first
    assert get(here, "product", 2) == second
    listed = client.ListItemSchemas(pb.ListItemSchemasRequest(environment=here)).item_schemas
    assert list(listed) == [schema("brand", version=1, **told), first, second]


def test_a_version_that_is_gone_is_not_found(client, create, get, here, refused):
    create(here, schema("product"))
    client.UpdateItemSchema(update(here, "product", schema("product", "title")))
    client.DeleteItemSchema(delete(here, "product", 1))
    missing = (MISSING, "ITEM_SCHEMA_NOT_FOUND", [])
    assert refused(lambda: get(here, "product", 1)) == missing
    assert refused(lambda: client.DeleteItemSchema(delete(here, "product", 1))) == missing
    assert get(here, "product", 2).version == 2
    assert client.UpdateItemSchema(update(here, "product", schema())).version == 3


@pytest.mark.parametrize(
    ("name", "version"), [("none", 1), ("product", 2), ("product", 0), ("product", -1), ("Product", 1)]
)
def test_what_never_was_is_not_found(client, create, get, here, *, refused, name, version):
    create(here, schema("product"))
    missing = (MISSING, "ITEM_SCHEMA_NOT_FOUND", [])
    assert refused(lambda: get(here, name, version)) == missing
    assert refused(lambda: get(f"{here}x", "product", 1)) == missing
    assert refused(lambda: client.DeleteItemSchema(delete(here, name, version))) == missing
    assert refused(lambda: client.DeleteItemSchema(delete(f"{here}x", "product", 1))) == missing
    assert refused(lambda: client.UpdateItemSchema(update(here, "other", schema("")))) == missing
    assert get(here, "product", 1).name == "product"


def test_a_name_can_be_created_once_in_an_environment(create, here, refused):
    create(here, schema("product"))
    taken = (INVALID, "ITEM_SCHEMA_ALREADY_EXISTS", ["name"])
    assert refused(lambda: create(here, schema("product", "title"))) == taken
    create(f"{here}x", schema("product"))


@pytest.mark.parametrize(
    ("message", "reason", "fields"),
    [
        (schema("a b"), "ITEM_SCHEMA_NAME", ["name"]),
        (schema("product", version=1), "ITEM_SCHEMA_VERSION", ["version"]),
        (
            schema("product", "", attribute("x", "LIST")),
            "ITEM_SCHEMA_ATTRIBUTES",
            ["attributes[0].name", "attributes[1].listSubType"],
        ),
        (schema("product", nested=[schema("product")]), "ITEM_SCHEMA_NESTING", ["nestedItemSchemas[0].name"]),
    ],
)
def test_bad_schemas_are_refused_and_not_kept(client, create, here, refused, *, message, reason, fields):
    assert refused(lambda: create(here, message)) == (INVALID, reason, fields)
    create(here, schema("product"))
    assert refused(lambda: client.UpdateItemSchema(update(here, "product", message)))[:2] == (INVALID, reason)
    assert len(client.ListItemSchemas(pb.ListItemSchemasRequest(environment=here)).item_schemas) == 1


def test_a_body_of_another_name_than_its_address_is_refused(client, create, here, refused):
    create(here, schema("product"))
    call = update(here, "product", schema("other"))
    assert refused(lambda: client.UpdateItemSchema(call)) == (INVALID, "ITEM_SCHEMA_NAME", ["name"])


def test_nothing_at_all_is_refused(client, here, refused):
    request = pb.CreateItemSchemaRequest(environment=here)
    assert refused(lambda: client.CreateItemSchema(request)) == (INVALID, "ITEM_SCHEMA_NAME", ["name"])


def test_fredhoppers_rules_hold_where_they_are_asked_for(client, create, here, refused):
    message = schema("product", attribute("x", "OBJECT", members=[attribute("y")]))
    bad = (INVALID, "ITEM_SCHEMA_ATTRIBUTES", ["attributes[0].attributes"])
    assert refused(lambda: create(here, message, fhr_validation="True")) == bad
    create(here, message, fhr_validation="false")
    call = update(here, "product", message, fhr_validation="TRUE")
    assert refused(lambda: client.UpdateItemSchema(call)) == bad
    for request in (lambda: create(here, message, fhr_validation="1"), lambda: client.UpdateItemSchema(call)):
        call.fhr_validation = "yes"
        assert refused(request) == (INVALID, "VALIDATION_ERROR", ["fhrValidation"])


def test_a_version_that_a_catalog_uses_stays(client, create, get, here, refused):
    create(here, schema("product"))
    client.UpdateItemSchema(update(here, "product", schema()))
    message = catalog([("product", 1)])
    version = client.CreateCatalogVersion(
        versions.CreateCatalogVersionRequest(environment=here, catalog=message)
    ).version
    in_use = (grpc.StatusCode.FAILED_PRECONDITION, "ITEM_SCHEMA_DELETION_USE", [])
    assert refused(lambda: client.DeleteItemSchema(delete(here, "product", 1))) == in_use
    assert get(here, "product", 1).version == 1
    client.DeleteItemSchema(delete(here, "product", 2))
    client.DeleteCatalogVersion(versions.DeleteCatalogVersionRequest(environment=here, version=version))
    client.DeleteItemSchema(delete(here, "product", 1))
