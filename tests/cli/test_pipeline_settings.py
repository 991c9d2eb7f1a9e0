import json

import pytest

PATH = "/api/workspace/ws_demo/settings/pipeline"
SETTINGS = {
    "silverMappings": [{"sourceField": "cat", "targetField": "categoryPath", "transform": "prefix:Apparel > "}],
    "updatedAt": "2026-01-01T00:00:00Z",
    "updatedBy": "key_1",
    "unknownBrands": "error",
    "duplicates": "likely",
    "duplicateStrictness": "normal",
    "imageChecks": "syntax",
    "goldWeights": {
        "identity": 20,
        "taxonomy": 15,
        "content": 25,
        "media": 20,
        "pricing": 10,
        "attributes": 4,
        "seo": 6,
    },
    "autoTriggerSilver": True,
    "autoTriggerGold": False,
    "previewMode": False,
    "categoryAttributes": [{"category": "Drinks > Wine", "attributes": ["Vintage", "size"]}],
    "notificationEmails": ["ops@example.com", "shop@example.com"],
}
NEW = SETTINGS | {
    "silverMappings": [],
    "categoryAttributes": [],
    "notificationEmails": [],
    "updatedAt": None,
    "updatedBy": None,
}


@pytest.fixture
def stack(server, assay, monkeypatch):
    monkeypatch.setenv("ASSAY_URL", server.url)
    monkeypatch.setenv("ASSAY_API_KEY", "sk_live_x")
    server.on("GET", PATH, server.answer(body=SETTINGS))
    server.on("PUT", PATH, server.answer(body=SETTINGS))
    return server


def test_show(assay, stack):
    code, out, _ = assay("settings", "show")
    assert (code, len(stack.seen)) == (0, 1)
    for words in ("likely", "syntax", "2026-01-01T00:00:00Z by key_1", "categoryPath", "prefix:Apparel >"):
        assert words in out
    for words in (
        "ops@example.com, shop@example.com",
        "seo 6",
        "silver after import  on",
        "gold after silver    off",
        "Drinks > Wine",
        "Vintage, size",
    ):
        assert words in out


def test_show_of_a_workspace_that_wrote_none(assay, stack):
    stack.on("GET", PATH, stack.answer(body=NEW))
    assert all(words in assay("settings", "show")[1] for words in ("never", "none", "the operator's recipients"))


def test_show_for_machines(assay, stack):
    assert json.loads(assay("settings", "show", "--json")[1]) == SETTINGS
    assert len(stack.seen) == 1


def test_set_sends_what_is_named_and_nothing_else(assay, stack, tmp_path):
    file = tmp_path / "m.csv"
    file.write_text("sourceField,targetField,transform\nvendor,brand,trim\n")
    words = ["--unknown-brands", "register", "--duplicates", "certain", "--duplicate-strictness", "strict"]
    code, out, _ = assay("settings", "set", *words, "--image-checks", "off", "--mappings", file, "--json")
    assert (code, json.loads(out)) == (0, SETTINGS)
    assay("settings", "set", "--duplicates", "off")
    assert [seen.json for seen in stack.requests("PUT", PATH)] == [
        {
            "unknownBrands": "register",
            "duplicates": "certain",
            "duplicateStrictness": "strict",
            "imageChecks": "off",
            "silverMappings": [{"sourceField": "vendor", "targetField": "brand", "transform": "trim"}],
        },
        {"duplicates": "off"},
    ]


def test_an_empty_file_takes_all_mappings_away(assay, stack, tmp_path):
    file = tmp_path / "m.json"
    file.write_text("[]")
    assert assay("settings", "set", "--mappings", file)[0] == 0
    assert stack.seen[-1].json == {"silverMappings": []}


def test_weights_switches_and_expected_attributes(assay, stack, tmp_path):
    file = tmp_path / "expected.csv"
    file.write_text("Category,Attributes\nDrinks > Wine, Vintage |size\n,\n")
    weights = "identity=20, taxonomy=15,content=25,media=20,pricing=10,attributes=4,seo=6"
    words = ["--weights", weights, "--category-attributes", file, "--auto-silver", "--no-auto-gold", "--no-preview"]
    assert assay("settings", "set", *words)[0] == 0
    named = ("goldWeights", "autoTriggerSilver", "autoTriggerGold", "previewMode", "categoryAttributes")
    assert stack.seen[-1].json == {name: SETTINGS[name] for name in named}
    assay("settings", "set", "--preview", "--auto-gold", "--no-auto-silver")
    assert stack.seen[-1].json == {"previewMode": True, "autoTriggerGold": True, "autoTriggerSilver": False}


@pytest.mark.parametrize(
    ("text", "sent"),
    [("ops@example.com, shop@example.com,", ["ops@example.com", "shop@example.com"]), ("", []), ("wrong", ["wrong"])],
)
def test_who_is_written_to(assay, stack, text, sent):
    assert assay("settings", "set", "--notification-emails", text)[0] == 0
    assert stack.seen[-1].json == {"notificationEmails": sent}


def test_what_show_prints_may_be_set_again(assay, stack, tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(SETTINGS))
    assert assay("settings", "set", "--mappings", file, "--category-attributes", file)[0] == 0
    assert stack.seen[-1].json == {name: SETTINGS[name] for name in ("silverMappings", "categoryAttributes")}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("", "'' is no stage"),
        ("speed=100", "'speed' is no stage"),
        ("Identity=20", "'Identity' is no stage"),
        ("seo=1,seo=2", "seo has two weights"),
        ("seo", "no whole number: ''"),
        ("seo=12.5", "no whole number: '12.5'"),
        ("seo=five", "no whole number: 'five'"),
        ("seo=5;media=95", "no whole number"),
        ("seo=99999999999", "no whole number"),
    ],
)
def test_weights_that_are_none_are_wrong_usage(assay, stack, weights, words):
    code, _, err = assay("settings", "set", "--weights", weights)
    assert (code, stack.seen) == (2, [])
    assert words in " ".join(err.split())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "path,attributes\nWine,Vintage\n"),
        ("a.csv", ""),
        ("a.csv", b"category,attributes\n\xff,\xff\n"),
        ("a.json", '{"categories": []}'),
        ("a.json", '["Wine"]'),
        ("a.json", "{"),
        ("a.json", "[" * 200_000),
        ("missing.csv", None),
    ],
)
def test_a_file_without_expected_attributes_is_wrong_usage(assay, stack, tmp_path, name, text):
    file = tmp_path / name
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _, err = assay("settings", "set", "--category-attributes", file)
    assert (code, stack.seen) == (2, [])
    assert name in "".join(err.split())


def test_nothing_to_set_is_wrong_usage(assay, stack):
    code, _, err = assay("settings", "set")
    assert (code, stack.seen) == (2, [])
    assert "nothing to set" in err


def test_a_refusal_names_the_fields(assay, stack):
    error = {
        "code": "VALIDATION_ERROR",
        "message": "m",
        "details": [{"field": "silverMappings[0].transform", "message": "must be trim"}],
        "request_id": "r",
    }
    stack.on("PUT", PATH, stack.answer(400, {"error": error}))
    code, _, err = assay("settings", "set", "--duplicates", "off")
    assert code == 1
    assert "silverMappings[0].transform" in err
