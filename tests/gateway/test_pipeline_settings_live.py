"""Pipeline settings over REST and gRPC at once: the gateway before a real workspace service with a real database."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import httpx
import pytest
from assay.workspace.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    settings_pb2,
    settings_service_pb2,
    settings_service_pb2_grpc,
    workspace_service_pb2,
    workspace_service_pb2_grpc,
)
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.workspace.app import build
from services.workspace.settings import WorkspaceSettings
from tests.gateway.support import INTERNAL_TOKEN, RunningGateway, settings_for
from tests.support.servers import (  # noqa: F401 - fixtures are found by their names
    _grpc_server,
    grpc_add_to_server,
    grpc_addr,
    grpc_interceptors,
    grpc_server,
    grpc_servicer,
)

NUMBERS = itertools.count(1)
CHOICES = {
    "unknownBrands": ["error", "register"],
    "duplicates": ["off", "certain", "likely"],
    "duplicateStrictness": ["loose", "normal", "strict"],
    "imageChecks": ["off", "syntax", "reachability"],
}
DEFAULTS = {
    "silverMappings": [],
    "unknownBrands": "error",
    "duplicates": "likely",
    "duplicateStrictness": "normal",
    "imageChecks": "reachability",
    "goldWeights": {
        "identity": 20,
        "taxonomy": 15,
        "content": 25,
        "media": 20,
        "pricing": 10,
        "attributes": 5,
        "seo": 5,
    },
    "autoTriggerSilver": False,
    "autoTriggerGold": False,
    "previewMode": False,
    "categoryAttributes": [],
    "notificationEmails": [],
}
ROUNDS = 15


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    settings = WorkspaceSettings(
        home=tmp_path_factory.mktemp("home"),
        internal_token=INTERNAL_TOKEN,
        workspace_port=0,
        workspace_metrics_port=0,
        workspace_demo=False,
        workspace_sweep_seconds=3600,
    )
    app = build(settings)
    for hook in app.on_start:
        hook()
    yield app
    for hook in app.on_stop:
        hook()


@pytest.fixture(scope="module")
def live(services: dict[str, Any], grpc_server: Any, grpc_addr: str) -> Iterator[RunningGateway]:  # noqa: F811
    running = RunningGateway(settings_for(services | {"workspace": {"address": grpc_addr}}))
    yield running
    running.close()


class Tenant:
    """A workspace of its own, over both ways."""

    def __init__(self, live: RunningGateway, channel: grpc.Channel) -> None:
        self.id = f"ws_live{next(NUMBERS)}"
        internal = [("authorization", f"Bearer {INTERNAL_TOKEN}")]
        workspaces = workspace_service_pb2_grpc.WorkspaceServiceStub(channel)
        workspaces.CreateWorkspace(
            workspace_service_pb2.CreateWorkspaceRequest(workspace_id=self.id), metadata=internal
        )
        asked = api_key_service_pb2.CreateApiKeyRequest(
            workspace_id=self.id, name="test", tier="TIER_ENTERPRISE", permissions=["settings:read", "settings:write"]
        )
        keys = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)
        bearer = f"Bearer {keys.CreateApiKey(asked, metadata=internal).api_key.secret}"
        self.path = f"{live.url}/api/workspace/{self.id}/settings/pipeline"
        self.client = httpx.Client(headers={"authorization": bearer}, timeout=30, trust_env=False)
        self._stub = settings_service_pb2_grpc.SettingsServiceStub(channel)
        self._metadata = [("authorization", bearer)]

    def put(self, body: Any) -> httpx.Response:
        return self.client.put(self.path, json=body)

    def put_bytes(self, data: bytes) -> httpx.Response:
        return self.client.put(self.path, content=data, headers={"content-type": "application/json"})

    def now(self) -> dict[str, Any]:
        answer = self.client.get(self.path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def update(self, paths: list[str] | None = None, **settings: Any) -> settings_pb2.PipelineSettings:
        request = settings_service_pb2.UpdatePipelineSettingsRequest(
            workspace_id=self.id,
            settings=settings_pb2.PipelineSettings(**settings),
            update_mask=None if paths is None else FieldMask(paths=paths),
        )
        return self._stub.UpdatePipelineSettings(request, metadata=self._metadata).settings


@pytest.fixture
def tenant(live: RunningGateway, grpc_channel: grpc.Channel) -> Iterator[Tenant]:
    tenant = Tenant(live, grpc_channel)
    yield tenant
    tenant.client.close()


def at_once(*works: Callable[[], None]) -> None:
    """Runs them all at the same moment; what one raises is raised."""
    start = threading.Barrier(len(works))

    def begin(work: Callable[[], None]) -> None:
        start.wait(10)
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(begin, work) for work in works]:
            done.result()


def mapping(source: str) -> dict[str, str]:
    return {"sourceField": source, "targetField": "title"}


def test_two_first_writes_of_different_settings_both_hold(live: RunningGateway, grpc_channel: grpc.Channel) -> None:
    """Where nothing was written yet, both would make the row."""
    for _ in range(ROUNDS):
        tenant = Tenant(live, grpc_channel)

        def put(body: Any, tenant: Tenant = tenant) -> None:
            assert tenant.put(body).status_code == 200

        def update(tenant: Tenant = tenant) -> None:
            tenant.update(duplicate_strictness="DUPLICATE_STRICTNESS_STRICT")

        at_once(lambda: put({"duplicates": "off"}), lambda: put({"imageChecks": "off"}), update)
        now = tenant.now()
        assert (now["duplicates"], now["imageChecks"], now["duplicateStrictness"]) == ("off", "off", "strict")
        tenant.client.close()


def test_writers_of_different_settings_lose_nothing_over_either_way(tenant: Tenant) -> None:
    """Each reads back what it wrote itself, whatever the others do meanwhile."""

    def over_rest(name: str, values: list[Any]) -> Callable[[], None]:
        def work() -> None:
            for value in itertools.islice(itertools.cycle(values), ROUNDS):
                answer = tenant.put({name: value})
                assert (answer.status_code, answer.json()[name]) == (200, value)

        return work

    def over_grpc() -> None:
        for number in itertools.islice(itertools.cycle((1, 2, 0)), ROUNDS):
            assert tenant.update(["unknown_brands"], unknown_brands=number).unknown_brands == (number or 1)

    at_once(
        over_rest("duplicates", CHOICES["duplicates"]),
        over_rest("imageChecks", CHOICES["imageChecks"]),
        over_rest("silverMappings", [[mapping("a")], [], [mapping("b"), mapping("c")]]),
        over_grpc,
    )
    now = tenant.now()
    last = (ROUNDS - 1) % 3
    assert (now["duplicates"], now["imageChecks"]) == (CHOICES["duplicates"][last], CHOICES["imageChecks"][last])
    assert now["silverMappings"] == [mapping("b"), mapping("c")]
    assert now["unknownBrands"] == "error"


def test_of_two_writers_of_one_setting_one_holds_whole(tenant: Tenant) -> None:
    long = [[mapping(f"{letter} {number}") for number in range(200)] for letter in "ab"]

    def put(body: Any) -> None:
        for _ in range(5):
            assert tenant.put(body).status_code == 200

    at_once(*(lambda mappings=mappings: put({"silverMappings": mappings}) for mappings in long))
    assert tenant.now()["silverMappings"] in long


KNOWN = [field.name for field in settings_pb2.PipelineSettings.DESCRIPTOR.fields]
STRANGE = [
    *("", "*", ".", "settings", "duplicates.", ".duplicates", "silver_mappings.0", "silver_mappings.source_field"),
    *("silverMappings", "imageChecks", "Duplicates", "duplicates ", "duplicates,image_checks", "workspace_id", "`a`"),
]
ANY_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "unknown_brands": st.integers(-(2**31), 2**31 - 1) | st.integers(0, 3),
        "duplicates": st.integers(0, 4),
        "duplicate_strictness": st.integers(0, 4),
        "image_checks": st.integers(0, 4),
        "silver_mappings": st.lists(
            st.builds(
                settings_pb2.FieldMapping,
                source_field=st.text(max_size=5),
                target_field=st.text(max_size=5),
                transform=st.none() | st.text(max_size=5) | st.sampled_from(["trim", "prefix:a"]),
            ),
            max_size=3,
        ),
        "updated_by": st.text(max_size=3),
        "gold_weights": st.builds(
            settings_pb2.GoldWeights, identity=st.integers(-1, 101), seo=st.none() | st.integers(0, 2**31 - 1)
        ),
        **{name: st.booleans() for name in ("auto_trigger_silver", "auto_trigger_gold", "preview_mode")},
        "category_attributes": st.lists(
            st.builds(
                settings_pb2.CategoryAttributes,
                category=st.text(max_size=5) | st.sampled_from(["a > b", "A>B"]),
                attributes=st.lists(st.text(max_size=3), max_size=3),
            ),
            max_size=3,
        ),
    },
)
quick = hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refusal(call: Callable[[], object]) -> str | None:
    """Why the call was refused; None: it was not."""
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        return error.details()
    return None


@quick
@given(st.lists(st.sampled_from(KNOWN + STRANGE) | st.text(max_size=20), max_size=6), ANY_SETTINGS)
def test_any_mask_is_obeyed_or_refused_with_what_is_wrong(
    tenant: Tenant, paths: list[str], settings: dict[str, Any]
) -> None:
    before = tenant.update()
    told = refusal(lambda: tenant.update(paths, **settings))
    if set(paths) - set(KNOWN):
        assert told is not None
    if told is not None:
        assert tenant.update() == before
        assert told


def test_a_mask_of_very_many_or_very_long_names_is_refused_briefly(tenant: Tenant) -> None:
    for paths in (["nothing"] * 100_000, ["x" * 1_000_000], [f"duplicates{number}" for number in range(50_000)]):
        told = refusal(lambda paths=paths: tenant.update(paths))
        assert told is not None and len(told) < 2_000
    assert refusal(lambda: tenant.update(["duplicates"] * 100_000, duplicates=1)) is None
    assert tenant.now()["duplicates"] == "off"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TRANSFORMS = st.sampled_from(["trim", "uppercase", "prefix:", "prefix: x", "suffix:\n", "shout", ""])
ANY_MAPPING = st.fixed_dictionaries(
    {},
    optional={
        "sourceField": st.text(max_size=300) | JSON,
        "targetField": st.sampled_from(["title", "Category Path"]) | st.text(max_size=300) | JSON,
        "transform": TRANSFORMS | JSON,
        "source_field": JSON,
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from([*values, "unspecified", "maybe", None]) | JSON for name, values in CHOICES.items()},
        "silverMappings": st.lists(ANY_MAPPING, max_size=4) | JSON,
        "updatedAt": st.sampled_from(["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
        | JSON,
        "updatedBy": JSON,
        "goldWeights": st.fixed_dictionaries(
            {stage: st.just(points) | st.integers(-1, 101) | JSON for stage, points in DEFAULTS["goldWeights"].items()}
        )
        | JSON,
        **{name: st.booleans() | JSON for name in ("autoTriggerSilver", "autoTriggerGold", "previewMode")},
        "categoryAttributes": st.lists(
            st.fixed_dictionaries(
                {},
                optional={"category": st.text(max_size=9) | JSON, "attributes": st.lists(st.text(max_size=9)) | JSON},
            ),
            max_size=3,
        )
        | JSON,
        "notificationEmails": st.lists(
            st.emails() | st.sampled_from(["a@b.example", "A@b.example", "a@b"]) | st.text(max_size=9), max_size=3
        )
        | JSON,
    },
)


def assert_written_or_refused(tenant: Tenant, answer: httpx.Response, before: dict[str, Any]) -> None:
    assert answer.status_code in {200, 400}, answer.text
    now = tenant.now()
    if answer.status_code == 200:
        assert answer.json() == now
    else:
        error = answer.json()["error"]
        assert (error["code"], now) == ("VALIDATION_ERROR", before)
        assert error["details"]


@quick
@given(BODIES | st.dictionaries(st.sampled_from([*DEFAULTS, "", "update_mask", "$"]), JSON) | JSON)
def test_any_body_is_written_or_refused_with_what_is_wrong(tenant: Tenant, body: Any) -> None:
    before = tenant.now()
    assert_written_or_refused(tenant, tenant.put(body), before)


@quick
@given(BODIES, st.data())
def test_any_body_that_is_cut_or_spoiled_is_written_or_refused(tenant: Tenant, body: Any, data: st.DataObject) -> None:
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    place = data.draw(st.integers(0, len(text)))
    put_in = data.draw(
        st.binary(max_size=3) | st.sampled_from([b"1e-99999999999999999999", b"1E400", b"\\ud800", b"["])
    )
    before = tenant.now()
    spoiled = text[:place] + put_in + data.draw(st.sampled_from([text[place:], b""]))
    assert_written_or_refused(tenant, tenant.put_bytes(spoiled or b"{}"), before)


def test_what_was_written_is_what_is_read_and_may_be_sent_back(tenant: Tenant) -> None:
    for values in itertools.product(*CHOICES.values()):
        written = tenant.put(dict(zip(CHOICES, values, strict=True))).json()
        assert [written[name] for name in CHOICES] == list(values)
        sent_back = tenant.put(tenant.now())
        assert sent_back.status_code == 200
        assert sent_back.json() | {"updatedAt": None} == written | {"updatedAt": None}


def test_where_nothing_was_written_all_defaults_are_shown(tenant: Tenant) -> None:
    assert tenant.now() == DEFAULTS | {"updatedAt": None, "updatedBy": None}


@pytest.mark.parametrize(
    ("weights", "field", "message"),
    [
        (b'{"identity":15,"taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5,"seo":5}', "", "not 95."),
        (
            b'{"identity":12.5,"taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5,"seo":5}',
            "identity",
            "",
        ),
        (b'{"identity":20,"taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5}', "seo", "is required."),
        (b'{"identity":20,"taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5,"seo":null}', "seo", ""),
        (b'{"identity":-20,"taxonomy":55,"content":25,"media":20,"pricing":10,"attributes":5,"seo":5}', "identity", ""),
        (
            b'{"identity":"20","taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5,"seo":5}',
            "identity",
            "",
        ),
        (b'{"identity":1e999,"taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5,"seo":5}', None, ""),
        (
            b'{"identity":20,"identity":20,"taxonomy":15,"content":25,"media":20,"pricing":10,"attributes":5,"seo":5}',
            None,
            "",
        ),
        (b"100", "", ""),
    ],
)
def test_weights_at_fault_are_named(tenant: Tenant, weights: bytes, field: str | None, message: str) -> None:
    answer = tenant.put_bytes(b'{"goldWeights": ' + weights + b"}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    if field is not None:
        assert [detail["field"] for detail in error["details"]] == [f"goldWeights.{field}".rstrip(".")]
    assert message in error["message"]
    assert tenant.now() == DEFAULTS | {"updatedAt": None, "updatedBy": None}


def test_a_whole_number_may_be_written_with_a_point(tenant: Tenant) -> None:
    text = json.dumps(DEFAULTS["goldWeights"] | {"identity": 15.0, "seo": 10})
    assert tenant.put_bytes(f'{{"goldWeights": {text}}}'.encode()).status_code == 200


def test_a_null_and_an_empty_list_are_the_defaults_again(tenant: Tenant) -> None:
    wanted = {
        "goldWeights": DEFAULTS["goldWeights"] | {"identity": 15, "seo": 10},
        "autoTriggerSilver": True,
        "autoTriggerGold": True,
        "previewMode": True,
        "categoryAttributes": [{"category": "Wine", "attributes": ["Vintage"]}],
        "notificationEmails": ["ops@example.com"],
    }
    written = tenant.put(wanted).json()
    assert written == DEFAULTS | wanted | {name: written[name] for name in ("updatedAt", "updatedBy")}
    none = dict.fromkeys(("goldWeights", "autoTriggerGold", "previewMode", "notificationEmails"))
    answer = tenant.put(none | {"categoryAttributes": []})
    now = tenant.now()
    assert answer.json() == now
    assert now | {"updatedAt": None, "updatedBy": None} == DEFAULTS | {
        "autoTriggerSilver": True,
        "updatedAt": None,
        "updatedBy": None,
    }
