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
}
NEW = SETTINGS | {"silverMappings": [], "updatedAt": None, "updatedBy": None}


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


def test_show_of_a_workspace_that_wrote_none(assay, stack):
    stack.on("GET", PATH, stack.answer(body=NEW))
    assert all(words in assay("settings", "show")[1] for words in ("never", "none"))


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
