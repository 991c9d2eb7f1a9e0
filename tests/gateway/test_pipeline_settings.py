"""Pipeline settings over REST: what is in the body is what is written."""

from __future__ import annotations

import pytest
from assay.silver.v1 import silver_service_pb2
from assay.workspace.v1 import settings_pb2, settings_service_pb2
from google.protobuf import timestamp_pb2

PATH = "/api/workspace/ws_demo/settings/pipeline"
SETTINGS = settings_pb2.PipelineSettings(
    silver_mappings=[
        settings_pb2.FieldMapping(source_field="cat", target_field="categoryPath", transform="prefix:Apparel > "),
        settings_pb2.FieldMapping(source_field="item_code", target_field="sku"),
    ],
    unknown_brands="UNKNOWN_BRANDS_ERROR",
    duplicates="DUPLICATES_LIKELY",
    duplicate_strictness="DUPLICATE_STRICTNESS_NORMAL",
    image_checks="IMAGE_CHECKS_REACHABILITY",
    gold_weights=settings_pb2.GoldWeights(
        identity=20, taxonomy=15, content=25, media=20, pricing=10, attributes=5, seo=5
    ),
    auto_trigger_silver=False,
    auto_trigger_gold=True,
    preview_mode=False,
    category_attributes=[settings_pb2.CategoryAttributes(category="Apparel > Shoes", attributes=["size", "color"])],
    notification_emails=["ops@example.com", "shop@example.com"],
)
SHOWN = {
    "silverMappings": [
        {"sourceField": "cat", "targetField": "categoryPath", "transform": "prefix:Apparel > "},
        {"sourceField": "item_code", "targetField": "sku"},
    ],
    "updatedAt": None,
    "updatedBy": None,
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
    "autoTriggerGold": True,
    "previewMode": False,
    "categoryAttributes": [{"category": "Apparel > Shoes", "attributes": ["size", "color"]}],
    "notificationEmails": ["ops@example.com", "shop@example.com"],
}


@pytest.fixture
def put(client, fakes):
    fakes.methods["UpdatePipelineSettings"] = lambda *_: settings_service_pb2.UpdatePipelineSettingsResponse(
        settings=SETTINGS
    )

    def run(body, **options):
        return client.put(PATH, json=body, **options)

    return run


def test_get_answers_every_member(client, fakes):
    fakes.methods["GetPipelineSettings"] = lambda *_: settings_service_pb2.GetPipelineSettingsResponse(
        settings=SETTINGS
    )
    assert client.get(PATH).json() == SHOWN
    written = settings_pb2.PipelineSettings(
        updated_at=timestamp_pb2.Timestamp(seconds=1_767_225_600), updated_by="user_abc"
    )
    fakes.methods["GetPipelineSettings"] = lambda *_: settings_service_pb2.GetPipelineSettingsResponse(settings=written)
    answer = client.get(PATH).json()
    assert (answer["updatedAt"], answer["updatedBy"]) == ("2026-01-01T00:00:00Z", "user_abc")


def test_the_mask_names_what_the_body_holds(put, fakes):
    answer = put({"silverMappings": [{"sourceField": "a", "targetField": "b"}], "duplicates": "off"})
    assert (answer.status_code, answer.json()) == (200, SHOWN)
    sent = fakes.last("UpdatePipelineSettings")
    assert (sent.workspace_id, sent.settings.duplicates) == ("ws_demo", silver_service_pb2.DUPLICATES_OFF)
    assert set(sent.update_mask.paths) == {"silver_mappings", "duplicates"}


@pytest.mark.parametrize("empty", [[], None])
def test_an_empty_list_and_null_are_written_too(put, fakes, empty):
    put({"silverMappings": empty, "imageChecks": None})
    sent = fakes.last("UpdatePipelineSettings")
    assert set(sent.update_mask.paths) == {"silver_mappings", "image_checks"}
    assert sent.settings == settings_pb2.PipelineSettings()


def test_an_empty_body_changes_nothing_and_answers_everything(put, fakes):
    answer = put({})
    assert (answer.status_code, answer.json()) == (200, SHOWN)
    assert list(fakes.last("UpdatePipelineSettings").update_mask.paths) == []


def test_what_was_read_may_be_sent_back(put, fakes):
    assert put(SHOWN).status_code == 200
    assert fakes.last("UpdatePipelineSettings").settings == SETTINGS


def test_everything_wrong_is_named(put, fakes):
    error = put(
        {
            "silverMappings": [{"sourceField": 1, "target": "b"}, "x"],
            "duplicates": "maybe",
            "previewMod": True,
            "silver_mappings": [],
            "update_mask": "duplicates",
        }
    ).json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert {detail["field"] for detail in error["details"]} == {
        "silverMappings[0].sourceField",
        "silverMappings[0].target",
        "silverMappings[1]",
        "duplicates",
        "previewMod",
        "silver_mappings",
        "update_mask",
    }
    assert fakes.count("UpdatePipelineSettings") == 0


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"goldWeights": {"identity": 12.5}}, ["goldWeights.identity"]),
        (
            {"goldWeights": {"identity": "20", "seo": True, "media": [], "content": {}, "pricing": 2**31}},
            [f"goldWeights.{stage}" for stage in ("identity", "seo", "media", "content", "pricing")],
        ),
        ({"goldWeights": {"speed": 20}}, ["goldWeights.speed"]),
        ({"goldWeights": 100}, ["goldWeights"]),
        ({"goldWeights": [20, 15, 25, 20, 10, 5, 5]}, ["goldWeights"]),
        (
            {"autoTriggerSilver": "true", "autoTriggerGold": 1, "previewMode": []},
            ["autoTriggerSilver", "autoTriggerGold", "previewMode"],
        ),
        ({"categoryAttributes": {"Shoes": ["size"]}}, ["categoryAttributes"]),
        (
            {
                "categoryAttributes": [
                    {"category": 1, "attributes": "size"},
                    {"attributes": ["size", None, 1], "c": "a"},
                ]
            },
            [
                f"categoryAttributes{place}"
                for place in ("[0].category", "[0].attributes", "[1].attributes[1]", "[1].attributes[2]", "[1].c")
            ],
        ),
    ],
)
def test_what_is_of_another_kind_is_named(put, fakes, body, fields):
    answer = put(body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["details"]] == fields
    assert fakes.count("UpdatePipelineSettings") == 0


@pytest.mark.parametrize("name", ["updateMask", "update_mask"])
def test_the_mask_is_no_parameter(put, name):
    error = put({}, params={name: "duplicates"}).json()["error"]
    assert error["details"] == [{"field": name, "message": "Unknown parameter."}]


@pytest.mark.parametrize("body", [[], "duplicates", 1])
def test_a_body_that_is_no_object_is_refused(put, body):
    assert put(body).json()["error"]["code"] == "VALIDATION_ERROR"
