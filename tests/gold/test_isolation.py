"""Nobody reaches another workspace's data, by any RPC."""

import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import feed_service_pb2, score_pb2
from assay.gold.v1 import gold_service_pb2 as pb
from google.protobuf.message_factory import GetMessageClass

SCORE_ALL = {"scope": run_pb2.SCOPE_ALL}
FILES = (pb.DESCRIPTOR, feed_service_pb2.DESCRIPTOR)
METHODS = {
    method.name: method for file in FILES for service in file.services_by_name.values() for method in service.methods
}


@pytest.fixture
def request_for(catalog, score_all):
    """A good request of any method, about a scored catalog of ws_a."""
    catalog_id = catalog({"a": {}})
    job_id = score_all(catalog_id)[0].started.job_id
    values = {
        "catalog_id": catalog_id,
        "job_id": job_id,
        "product_id": "a",
        "product_ids": ["a"],
        "by": pb.GROUP_BY_BRAND,
    }
    values |= SCORE_ALL | {"channel": score_pb2.CHANNEL_GOOGLE}

    def make(method, workspace_id):
        fields = METHODS[method].input_type.fields_by_name
        known = {name: value for name, value in values.items() if name in fields}
        return GetMessageClass(METHODS[method].input_type)(workspace_id=workspace_id, **known)

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


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"BatchGetScores", "ListReasons", "ListChannelRules"}))
def test_naming_another_workspace_s_data_in_one_s_own_finds_nothing(refused, request_for, method):
    assert refused(method, request_for(method, "ws_b"), "token-b")[0] == "NOT_FOUND"


def test_naming_another_workspace_s_products_in_one_s_own_gives_none(call, request_for):
    assert not call("BatchGetScores", request_for("BatchGetScores", "ws_b"), "token-b").scores
