"""Page tokens that were tampered with, or come from another list: a clear error, never a crash."""

import base64

import grpc
import orjson
import pytest
from assay.workspace.v1.api_key_service_pb2 import ListApiKeysRequest
from assay.workspace.v1.brand_service_pb2 import CreateBrandRequest, ListBrandsRequest
from assay.workspace.v1.category_service_pb2 import ListCategoriesRequest, NewCategory, ReplaceCategoryTreeRequest
from assay.workspace.v1.job_service_pb2 import ListJobsRequest, StartJobRequest


@pytest.fixture
def lists(stubs, internal, tenant):
    """The lists, each with three entries at least."""
    tree = [NewCategory(path="A > B > C")]
    stubs.categories.ReplaceCategoryTree(
        ReplaceCategoryTreeRequest(workspace_id=tenant.id, categories=tree), metadata=tenant.auth
    )
    for number in range(3):
        stubs.brands.CreateBrand(
            CreateBrandRequest(workspace_id=tenant.id, name=f"Brand {number}"), metadata=tenant.auth
        )
        stubs.jobs.StartJob(
            StartJobRequest(workspace_id=tenant.id, kind="gold", queue="catalog", job_name="pipeline_run", owner="a#b"),
            metadata=internal,
        )

    def ask(name, **fields):
        call, request = {
            "keys": (stubs.keys.ListApiKeys, ListApiKeysRequest),
            "brands": (stubs.brands.ListBrands, ListBrandsRequest),
            "categories": (stubs.categories.ListCategories, ListCategoriesRequest),
            "jobs": (stubs.jobs.ListJobs, ListJobsRequest),
        }[name]
        fields = {"workspace_id": tenant.id, "page_size": 1} | fields
        return call(request(**fields), metadata=fields.pop("metadata", tenant.auth))

    return ask


def unpack(token):
    return orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def pack(values):
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


LISTS = ["brands", "categories", "jobs"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("token", ["x", "ä", "====", "bm90IGpzb24", "W10", "e30", "\x00", "A" * 5000])
def test_nonsense_is_refused(lists, failure, name, token):
    told = failure(lambda: lists(name, page_token=token))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["cursor"])


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, 2**63, -1, ["x"]])
def test_a_position_of_another_type_is_refused(lists, failure, name, value):
    forged = unpack(lists(name).pagination.cursor)
    forged[1] = value
    assert failure(lambda: lists(name, page_token=pack(forged))).fields == ["cursor"]


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_position_is_refused(lists, failure, name):
    forged = [*unpack(lists(name).pagination.cursor), "more"]
    assert failure(lambda: lists(name, page_token=pack(forged))).fields == ["cursor"]


@pytest.mark.parametrize(
    ("name", "foreign"), [("brands", "jobs"), ("jobs", "brands"), ("keys", "jobs"), ("categories", "brands")]
)
def test_a_token_of_another_list_is_refused(lists, failure, name, foreign):
    token = lists(foreign).pagination.cursor
    assert failure(lambda: lists(name, page_token=token)).fields == ["cursor"]


def test_a_token_of_other_filters_is_refused(lists, failure):
    token = lists("jobs").pagination.cursor
    assert failure(lambda: lists("jobs", kind="gold", page_token=token)).fields == ["cursor"]


@pytest.mark.parametrize("name", ["brands", "categories", "jobs", "keys"])
def test_a_token_of_another_workspace_is_refused(lists, stubs, other, failure, name):
    token = lists("brands" if name == "keys" else name).pagination.cursor
    call, request = {
        "keys": (stubs.keys.ListApiKeys, ListApiKeysRequest),
        "brands": (stubs.brands.ListBrands, ListBrandsRequest),
        "categories": (stubs.categories.ListCategories, ListCategoriesRequest),
        "jobs": (stubs.jobs.ListJobs, ListJobsRequest),
    }[name]
    told = failure(lambda: call(request(workspace_id=other.id, page_token=token), metadata=other.auth))
    assert told.fields == ["cursor"]


@pytest.mark.parametrize("name", ["brands", "categories", "jobs", "keys"])
def test_a_negative_page_size_is_refused_and_a_large_one_lowered(lists, failure, name):
    assert failure(lambda: lists(name, page_size=-1)).fields == ["limit"]
    assert lists(name, page_size=1000).pagination.limit == 100
    assert lists(name, page_size=0).pagination.limit == 50
