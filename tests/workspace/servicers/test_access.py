"""Who may call what: walked over every RPC of the service, from its descriptors."""

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass

from services.runtime.contracts import methods_of, path_of, scopes_of
from services.workspace.app import FILES
from services.workspace.scopes import KNOWN_SCOPES

METHODS = {method.name: method for method in methods_of(FILES)}
SCOPES = {name: scopes_of(FILES)[path_of(method)] for name, method in METHODS.items()}
PUBLIC = sorted(name for name, scope in SCOPES.items() if scope != "internal")
INTERNAL = sorted(name for name, scope in SCOPES.items() if scope == "internal")


@pytest.fixture(scope="module")
def call(grpc_channel):
    """Calls a method by its name, with nothing but the workspace filled in."""

    def run(name: str, workspace_id: str, token: str | None):
        method = METHODS[name]
        request_class, answer_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        kind = grpc_channel.unary_stream if method.server_streaming else grpc_channel.unary_unary
        handler = kind(path_of(method), request_class.SerializeToString, answer_class.FromString)
        named = "workspace_id" in method.input_type.fields_by_name
        request = request_class(workspace_id=workspace_id) if named else request_class()
        answer = handler(request, metadata=[("authorization", token)] if token is not None else [], timeout=10)
        return list(answer) if method.server_streaming else answer

    return run


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer sk_live_wrong", "Basic abc", "Bearer a.b.c"])
def test_no_call_without_a_good_token(call, failure, tenant, name, header):
    told = failure(lambda: call(name, tenant.id, header))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_key_of_another_workspace_reaches_nothing(call, failure, tenant, other, name):
    told = failure(lambda: call(name, tenant.id, f"Bearer {other.token}"))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_workspace_that_does_not_exist_is_refused_like_a_foreign_one(call, failure, tenant, name):
    told = failure(lambda: call(name, "ws_nowhere", f"Bearer {tenant.token}"))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_request_without_a_workspace_is_refused(call, failure, tenant, name):
    told = failure(lambda: call(name, "", f"Bearer {tenant.token}"))
    assert told.code is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("name", PUBLIC)
def test_a_key_needs_exactly_the_scope_of_the_method(call, failure, tenant, new_key, name):
    all_but_one = new_key(tenant.id, *(KNOWN_SCOPES - {SCOPES[name]}))
    told = failure(lambda: call(name, tenant.id, f"Bearer {all_but_one}"))
    assert (told.code, told.metadata) == (grpc.StatusCode.PERMISSION_DENIED, {"scope": SCOPES[name]})


@pytest.mark.parametrize("name", PUBLIC)
def test_the_scope_of_the_method_is_enough(call, tenant, new_key, name):
    token = new_key(tenant.id, SCOPES[name])
    try:
        call(name, tenant.id, f"Bearer {token}")
    except grpc.RpcError as error:
        # An empty request is refused for what it lacks, after the door.
        assert error.code() in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}


@pytest.mark.parametrize("name", INTERNAL)
def test_no_key_reaches_what_is_for_services(call, failure, tenant, name):
    told = failure(lambda: call(name, tenant.id, f"Bearer {tenant.token}"))
    assert (told.code, told.metadata) == (grpc.StatusCode.PERMISSION_DENIED, {"scope": "internal"})
