"""Runs as the workspace's settings want them, and as a request says otherwise."""

import pytest
from assay.common.v1 import run_pb2
from assay.workspace.v1.settings_pb2 import FieldMapping, PipelineSettings

TWINS = {name: {"gtin": "4006381333931", "image": "https://img.example/a.jpg", "brand": "Nobody"} for name in "ab"}


def brand_failed(result):
    return result.status == run_pb2.RESULT_STATUS_ERROR


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("unknown_brands", ("ERROR", "REGISTER", "ERROR")),
        ("duplicates", ("LIKELY", "OFF", "CERTAIN")),
        ("image_checks", ("REACHABILITY", "OFF", "SYNTAX")),
    ],
)
def test_request_over_setting_over_default(world, fared, catalog, field, words):
    default, setting, request_says = words

    def of(word):
        return f"{field.upper()}_{word}"

    def outcome(**options):
        result = fared(catalog_id, **options)["b"]
        return brand_failed(result), result.duplicate_of, result.urls_validated

    world.brands["ws_a"] = {}
    others = {"unknown_brands": "UNKNOWN_BRANDS_REGISTER"} if field != "unknown_brands" else {}
    catalog_id = catalog(TWINS)
    by_request = {word: outcome(**others, **{field: of(word)}) for word in (default, request_says)}
    # The run above may have registered the brand.
    world.brands["ws_a"] = {}
    assert outcome(**others) == by_request[default]

    world.settings["ws_a"] = PipelineSettings(**{field: of(setting)})
    assert outcome(**others) != by_request[default]
    world.brands["ws_a"] = {}
    assert outcome(**others, **{field: of(request_says)}) == by_request[request_says]


def test_mappings_of_the_workspace_are_applied_and_told(world, fared, catalog, product):
    world.settings["ws_a"] = PipelineSettings(
        silver_mappings=[
            FieldMapping(source_field="Item Code", target_field="SKU", transform="prefix:DE-"),
            FieldMapping(source_field="care", target_field="Washing"),
        ]
    )
    catalog_id = catalog({"a": {"item_code": "7", "Care": "cold"}})
    assert fared(catalog_id)["a"].fields_normalized == 1
    found = product(catalog_id, "a")
    assert found.sku == "DE-7"
    assert [(change.field, change.rule) for change in found.changes] == [("sku", "mapping.transform")]


def test_the_settings_of_another_workspace_are_not_these(world, fared, catalog):
    world.settings["ws_b"] = PipelineSettings(image_checks="IMAGE_CHECKS_OFF")
    catalog_id = catalog({"a": {"image": "https://img.example/a.jpg"}})
    assert fared(catalog_id)["a"].urls_validated == 1


def test_the_catalog_s_decimal_mark_is_seen_in_a_column_of_the_workspace_s_own(world, fared, catalog, product):
    world.settings["ws_a"] = PipelineSettings(
        silver_mappings=[FieldMapping(source_field="netto", target_field="price")]
    )
    catalog_id = catalog({"a": {"Netto": "1.234"}, "b": {"Netto": "19,99"}})
    fared(catalog_id, "a")
    assert product(catalog_id, "a").price == "1234"
