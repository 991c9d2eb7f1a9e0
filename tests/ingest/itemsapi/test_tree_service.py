import itertools

import grpc
import pytest
from assay.ingest.v1 import catalog_version_service_pb2 as versions
from assay.ingest.v1 import category_tree_service_pb2 as pb

from tests.ingest.itemsapi.making import catalog, category, localized, tree

INVALID, MISSING = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
NUMBERS = itertools.count()


@pytest.fixture
def here():
    """An environment that nobody has."""
    return f"trees{next(NUMBERS)}"


@pytest.fixture
def create(client):
    def call(environment, message, **more):
        request = pb.CreateCategoryTreeRequest(environment=environment, category_tree=message, **more)
        return client.CreateCategoryTree(request).version

    return call


@pytest.fixture
def get(client):
    def call(environment, name, version):
        request = pb.GetCategoryTreeRequest(environment=environment, name=name, version=version)
        return client.GetCategoryTree(request).category_tree

    return call


@pytest.fixture
def listed(client, here):
    def call(**more):
        answer = client.ListCategoryTrees(pb.ListCategoryTreesRequest(environment=here, **more))
        return [(one.name, one.version) for one in answer.category_trees]

    return call


def update(environment, name, message, **more):
    return pb.UpdateCategoryTreeRequest(environment=environment, name=name, category_tree=message, **more)


def delete(environment, name, version):
    return pb.DeleteCategoryTreeRequest(environment=environment, name=name, version=version)


def test_versions_of_a_tree(client, create, get, listed, here):
    first = tree("shop", category("a", category("b", localized_names=localized(fr_FR="B"))), version=9, tenant="x")
    assert create(here, first) == 1
    assert client.UpdateCategoryTree(update(here, "shop", tree("", "a"))).version == 2
    assert create(here, tree("Hüte")) == 1

    told = {"tenant": "ws_a", "environment": here}
    first.MergeFrom(pb.CategoryTree(version=1, **told))
    assert get(here, "shop", 1) == first
    assert get(here, "shop", 2) == tree("shop", "a", version=2, **told)
    answer = client.ListCategoryTrees(pb.ListCategoryTreesRequest(environment=here)).category_trees
    assert list(answer) == [
        pb.CategoryTree(name="Hüte", version=1, **told),
        pb.CategoryTree(name="shop", version=1, **told),
        pb.CategoryTree(name="shop", version=2, **told),
    ]
    assert listed(name_search_pattern="s*p") == [("shop", 1), ("shop", 2)]
    assert listed(name_search_pattern="none") == []
    client.DeleteCategoryTree(delete(here, "shop", 1))
    assert listed() == [("Hüte", 1), ("shop", 2)]


@pytest.mark.parametrize(("name", "version"), [("none", 1), ("shop", 2), ("shop", 0), ("Shop", 1)])
def test_what_never_was_is_not_found(client, create, get, here, *, refused, name, version):
    create(here, tree("shop"))
    missing = (MISSING, "CATEGORY_TREE_NOT_FOUND", [])
    assert refused(lambda: get(here, name, version)) == missing
    assert refused(lambda: get(f"{here}x", "shop", 1)) == missing
    assert refused(lambda: client.DeleteCategoryTree(delete(here, name, version))) == missing
    assert refused(lambda: client.DeleteCategoryTree(delete(f"{here}x", "shop", 1))) == missing
    assert refused(lambda: client.UpdateCategoryTree(update(here, "other", tree("")))) == missing


@pytest.mark.parametrize(
    ("message", "reason", "fields"),
    [
        (tree("0"), "CATEGORY_TREE_NAME", ["name"]),
        (tree("shop", localized_names=localized(fr="x")), "CATEGORY_TREE_LOCALE", ["localizedNames[0].locale"]),
        (tree("shop", "a", "a", ""), "CATEGORY_TREE_LEAF", ["children[1].name", "children[2].name"]),
    ],
)
def test_bad_trees_are_refused_and_not_kept(client, create, listed, here, refused, *, message, reason, fields):
    assert refused(lambda: create(here, message)) == (INVALID, reason, fields)
    assert listed() == []
    create(here, tree("shop"))
    if message.name == "shop":
        assert refused(lambda: client.UpdateCategoryTree(update(here, "shop", message))) == (INVALID, reason, fields)
    other = update(here, "shop", tree("other"))
    assert refused(lambda: client.UpdateCategoryTree(other)) == (INVALID, "CATEGORY_TREE_NAME", ["name"])
    assert listed() == [("shop", 1)]


def test_a_name_can_be_created_once_in_an_environment(create, here, refused):
    create(here, tree("shop"))
    taken = (INVALID, "CATEGORY_TREE_ALREADY_EXISTS", ["name"])
    assert refused(lambda: create(here, tree("shop", "a"))) == taken
    create(f"{here}x", tree("shop"))


def test_fredhoppers_rules_hold_where_they_are_asked_for(client, create, here, refused):
    message, bad = tree("shop", "a-b"), (INVALID, "CATEGORY_TREE_LEAF", ["children[0].name"])
    assert refused(lambda: create(here, message, fhr_validation="true")) == bad
    create(here, message)
    assert refused(lambda: client.UpdateCategoryTree(update(here, "shop", message, fhr_validation="True"))) == bad
    unknown = (INVALID, "VALIDATION_ERROR", ["fhrValidation"])
    assert refused(lambda: create(here, message, fhr_validation="no")) == unknown


def test_a_tree_above_four_megabytes_is_refused(create, get, here, refused):
    message = tree("large", *(f"{number:0>250}" for number in range(16_000)))
    create(here, message)
    assert len(get(here, "large", 1).children) == 16_000
    message.name = "larger"
    message.children.extend([category(f"x{number:0>250}") for number in range(1_000)])
    too_large = (grpc.StatusCode.OUT_OF_RANGE, "CATEGORY_TREE_TOO_LARGE", [])
    assert refused(lambda: create(here, message)) == too_large


def test_a_version_that_a_catalog_uses_stays(client, create, get, here, refused):
    create(here, tree("shop"))
    request = versions.CreateCatalogVersionRequest(environment=here, catalog=catalog([], ["shop"]))
    client.CreateCatalogVersion(request)
    in_use = (grpc.StatusCode.FAILED_PRECONDITION, "CATEGORY_TREE_DELETION_USE", [])
    assert refused(lambda: client.DeleteCategoryTree(delete(here, "shop", 1))) == in_use
    assert get(here, "shop", 1).name == "shop"
