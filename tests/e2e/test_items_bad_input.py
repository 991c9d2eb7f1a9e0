"""Bad input of the batch Items API, through gateway and service: it is answered, and nothing of it is kept."""

import json
import time

import pytest

pytestmark = pytest.mark.e2e

ITEMS, INGESTIONS = "/batch-imports/items", "/batch-imports/ingestions"
PLACE = {"tenant": "ws_demo", "environment": "bad1"}
MIB = 1024 * 1024
SCOPES = ("catalogs:read", "catalogs:write", "products:write")
SECONDS = 60


class Sender:
    """Requests about one new batch as they are; whether anything of them was kept is told by an ingestion."""

    def __init__(self, stack):
        self.stack = stack
        self.key = stack.make_key("ws_demo", *SCOPES)
        self.version = self.json("POST", "/catalogs", {}, createBatchImport="true", batch_id=None)
        self.place = PLACE | {"batch_id": self.version}

    def json(self, verb, path, body=None, **params):
        answer = self.send(verb, path, None if body is None else json.dumps(body), params=PLACE | params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, verb, path, text=None, *, params=None, key=None):
        params = {name: value for name, value in (params or self.place).items() if value is not None}
        headers = {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json"}
        return self.stack.http.request(verb, f"{self.stack.url}{path}", content=text, params=params, headers=headers)

    def refused(self, *request, **how):
        """Status, number and category."""
        answer = self.send(*request, **how)
        body = answer.json()
        assert set(body) == {"code", "message", "details"}
        return answer.status_code, body["code"], body["message"].partition(":")[0]

    def kept(self):
        """How many items the batch has, good or bad."""
        started = self.json("POST", INGESTIONS, {"catalogVersion": self.version, "batchImportId": self.version})
        deadline = time.monotonic() + SECONDS
        while (told := self.json("GET", f"{INGESTIONS}/{started['id']}"))["status"] == "RUNNING":
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
        return told["upsertedItemCount"] + told["itemErrorCount"]


@pytest.fixture(scope="module")
def sender(stack):
    return Sender(stack)


def item(**more):
    return {"id": "a", "type": "product", "attributes": {"title": "x"}} | more


def deep(levels):
    attributes = '{"a":' * levels + "1" + "}" * levels
    return f'[{{"id": "a", "type": "product", "attributes": {attributes}}}]'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[{json.dumps(item())}, ", (400, 1, "VALIDATION_ERROR")),
        (f"[{json.dumps(item())}, 1]", (400, 1, "VALIDATION_ERROR")),
        (json.dumps([item(), item(colour="red")]), (400, 1, "VALIDATION_ERROR")),
        (json.dumps({"items": [item()]}), (400, 1, "VALIDATION_ERROR")),
        ("", (400, 1, "VALIDATION_ERROR")),
        (deep(200), (400, 1, "VALIDATION_ERROR")),
        (
            json.dumps([{"id": f"{number}", "type": "product"} for number in range(100_000)]),
            (413, 402, "TOO_MANY_ITEMS"),
        ),
        (json.dumps([item(attributes={"x": "y" * 9 * MIB})]), (413, 7, "PAYLOAD_TOO_LARGE")),
    ],
    ids=["broken", "number", "member", "object", "nothing", "deep", "many", "large"],
)
def test_a_body_that_is_refused_leaves_nothing(sender, text, expected):
    for verb in ("POST", "PATCH"):
        assert sender.refused(verb, ITEMS, text) == expected
    if "attributes" not in text:
        assert sender.refused("POST", f"{ITEMS}/delete", text) == expected
    assert sender.kept() == 0


@pytest.mark.parametrize("place", [{}, {"tenant": "ws_demo"}, {"environment": "bad1"}, PLACE | {"tenant": ""}])
def test_without_tenant_or_environment(sender, place):
    for request in (
        ("POST", ITEMS, "[]"),
        ("POST", "/batch-imports"),
        ("GET", "/batch-imports"),
        ("POST", INGESTIONS, '{"catalogVersion": 1}'),
        ("GET", f"{INGESTIONS}/x"),
        ("DELETE", f"{INGESTIONS}/x"),
    ):
        answer = sender.send(*request, params=place or {"batch_id": "1"})
        assert answer.status_code == 400
        assert answer.json() == {"code": 3, "message": "Tenant and Environment are required", "details": []}


def test_the_key_of_another_tenant(sender):
    key = sender.stack.make_key("ws_another", *SCOPES)
    text = json.dumps([item()])
    for request in (("POST", ITEMS, text), ("GET", "/batch-imports"), ("GET", INGESTIONS)):
        assert sender.refused(*request, params=sender.place, key=key) == (403, 4, "INSUFFICIENT_PERMISSIONS")
    # In its own house there is no such batch.
    place = sender.place | {"tenant": "ws_another"}
    assert sender.refused("POST", ITEMS, text, params=place, key=key) == (404, 400, "BATCH_NOT_FOUND")
    assert sender.kept() == 0


def test_an_attribute_of_a_megabyte(sender):
    """As much as an item may have; one byte more is too much for it, and not for the items beside it."""
    room = MIB - len('{"title":""}')
    sent = [item(id="fits", attributes={"title": "x" * room}), item(id="large", attributes={"title": "x" * (room + 1)})]
    sent.append(item(id="beside"))
    batch = sender.json("POST", "/batch-imports")["id"]
    results = sender.json("POST", ITEMS, sent, batch_id=batch)
    assert [(one["id"]["id"], one["message"].partition(":")[0] if one["code"] else "") for one in results] == [
        ("fits", ""),
        ("large", "ITEM_TOO_LARGE"),
        ("beside", ""),
    ]


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"catalogVersion": "9" * 5_000}, (404, 306, "CATALOG_NOT_FOUND")),
        ({"catalogVersion": "1", "batchImportId": "x" * 5_000}, (404, 400, "BATCH_NOT_FOUND")),
        ({"catalogVersion": "1", "minSuccessRatePercent": 101}, (400, 1, "VALIDATION_ERROR")),
    ],
)
def test_ingestions_of_what_is_not_there(sender, configuration, expected):
    assert sender.refused("POST", INGESTIONS, json.dumps(configuration), params=PLACE) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"environment": "b@d"}, (400, 14, "ENVIRONMENT_INVALID")),
        ({"lookback_duration": "-1"}, (400, 1, "VALIDATION_ERROR")),
        ({"lookback_duration": f"{2**63}"}, (400, 1, "VALIDATION_ERROR")),
        ({"status": "DONE"}, (400, 1, "VALIDATION_ERROR")),
    ],
)
def test_lists_that_are_refused(sender, filters, expected):
    assert sender.refused("GET", INGESTIONS, params={"tenant": "ws_demo"} | filters) == expected


def test_a_window_of_any_length(sender):
    sender.kept()
    everything = sender.json("GET", INGESTIONS)
    assert everything == sender.json("GET", INGESTIONS, lookback_duration=f"{2**63 - 1}")
    assert everything
    assert sender.json("GET", INGESTIONS, lookback_duration="0") == []
