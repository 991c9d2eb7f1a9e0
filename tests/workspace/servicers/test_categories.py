import grpc
import pytest
from assay.workspace.v1.category_service_pb2 import (
    ListCategoriesRequest,
    NewCategory,
    ReadCategoriesRequest,
    ReplaceCategoryTreeRequest,
)
from assay.workspace.v1.job_service_pb2 import StartJobRequest

RAKES = "Garden > Tools > Rakes"


class Categories:
    def __init__(self, stubs, tenant):
        self.stub, self.tenant = stubs.categories, tenant

    def replace(self, *categories, workspace_id=None):
        given = [NewCategory(path=given) if isinstance(given, str) else given for given in categories]
        request = ReplaceCategoryTreeRequest(workspace_id=workspace_id or self.tenant.id, categories=given)
        return self.stub.ReplaceCategoryTree(request, metadata=self.tenant.auth).categories

    def list(self, **fields):
        request = ListCategoriesRequest(**{"workspace_id": self.tenant.id} | fields)
        return self.stub.ListCategories(request, metadata=self.tenant.auth)

    def read(self, **fields):
        request = ReadCategoriesRequest(**{"workspace_id": self.tenant.id} | fields)
        return list(self.stub.ReadCategories(request, metadata=self.tenant.auth))


@pytest.fixture
def categories(stubs, tenant):
    return Categories(stubs, tenant)


def test_a_tree_is_kept_as_given_with_its_parents(categories):
    assert categories.replace(NewCategory(path=RAKES, id="77", synonyms=["Harken", " Leaf rakes "])) == 3
    garden, tools, rakes = categories.list().categories
    assert (garden.path, garden.HasField("parent_id")) == ("Garden", False)
    assert (tools.path, tools.parent_id) == ("Garden > Tools", garden.id)
    assert (rakes.id, rakes.path, rakes.parent_id) == ("77", RAKES, tools.id)
    assert list(rakes.synonyms) == ["Harken", "Leaf rakes"]


def test_a_tree_takes_the_place_of_the_former(categories):
    categories.replace("Garden > Tools", "Toys")
    categories.replace("Books")
    assert [category.path for category in categories.list().categories] == ["Books"]
    assert categories.replace() == 0
    assert list(categories.list().categories) == []


def test_a_refused_tree_changes_nothing(categories, failure):
    categories.replace("Books")
    told = failure(lambda: categories.replace("Toys", "TOYS", "Games"))
    assert (told.code, told.reason, told.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "VALIDATION_ERROR",
        ["categories[1].path"],
    )
    assert [category.path for category in categories.list().categories] == ["Books"]


def test_a_tree_of_more_than_4_mib_is_refused(categories, failure):
    large = [NewCategory(path=f"{number:05}{'x' * 250}") for number in range(17_000)]
    assert failure(lambda: categories.replace(*large)).fields == ["categories"]


def test_pages_follow_the_order_of_the_tree(categories):
    categories.replace("Toys > Cars", "Books", "Art")
    paths, token = [], ""
    while True:
        page = categories.list(page_size=3, page_token=token)
        paths += [category.path for category in page.categories]
        if not page.pagination.has_more:
            break
        token = page.pagination.cursor
    assert paths == ["Toys", "Toys > Cars", "Books", "Art"]


def test_reading_in_bulk_gives_everything_under_one_version(categories):
    categories.replace(*(f"Shelf > {number}" for number in range(2500)))
    answers = categories.read()
    assert sum(len(answer.categories) for answer in answers) == 2501
    assert len(answers) == 3
    assert len({answer.version for answer in answers}) == 1


def test_reading_gives_nothing_new_until_the_tree_is_replaced(categories):
    (empty,) = categories.read()
    assert list(empty.categories) == []
    categories.replace("Books")
    (first,) = categories.read(known_version=empty.version)
    assert [category.path for category in first.categories] == ["Books"]
    (again,) = categories.read(known_version=first.version)
    assert (list(again.categories), again.version) == ([], first.version)


def test_a_job_is_told_the_versions_of_brands_and_categories(categories, stubs, internal):
    def versions():
        request = StartJobRequest(
            workspace_id=categories.tenant.id, kind="silver", queue="c", job_name="silver_run", owner="a#b"
        )
        return stubs.jobs.StartJob(request, metadata=internal).registry_version

    assert versions() == "0.0"
    categories.replace("Books")
    assert versions() == f"0.{categories.read()[0].version}" == "0.1"


def test_workspaces_do_not_see_each_others_trees(categories, stubs, other, failure):
    categories.replace(NewCategory(path="Books", id="1"))
    theirs = Categories(stubs, other)
    assert theirs.replace(NewCategory(path="Toys", id="1")) == 1
    assert [category.path for category in categories.list().categories] == ["Books"]
    mine = categories.tenant.id
    for call in (
        lambda: theirs.list(workspace_id=mine),
        lambda: theirs.read(workspace_id=mine),
        lambda: theirs.replace("Toys", workspace_id=mine),
    ):
        assert failure(call).code == grpc.StatusCode.PERMISSION_DENIED
    assert [category.path for category in categories.list().categories] == ["Books"]


@pytest.mark.parametrize("scope", ["categories:read", "brands:write"])
def test_writing_needs_its_scope(categories, new_key, failure, scope):
    categories.tenant.token = new_key(categories.tenant.id, scope)
    assert failure(lambda: categories.replace("Books")).reason == "INSUFFICIENT_PERMISSIONS"


def test_a_workspace_that_is_not_there_has_no_tree(stubs, internal, failure):
    request = ReplaceCategoryTreeRequest(workspace_id="ws_nobody", categories=[NewCategory(path="A")])
    told = failure(lambda: stubs.categories.ReplaceCategoryTree(request, metadata=internal))
    assert told.reason == "WORKSPACE_NOT_FOUND"
