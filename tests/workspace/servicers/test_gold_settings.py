"""Weights, attributes by category, chained jobs and previews among the pipeline settings."""

import threading

import pytest
from assay.workspace.v1.settings_pb2 import CategoryAttributes, GoldWeights
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workspace.servicers.test_pipeline_settings import DEFAULTS, WEIGHTS, pipeline  # noqa: F401 - a fixture

OTHER = WEIGHTS | {"identity": 10, "seo": 15}


def weights(**changes):
    values = {name: value for name, value in (WEIGHTS | changes).items() if value is not None}
    return GoldWeights(**values)


def category(path, *attributes):
    return CategoryAttributes(category=path, attributes=attributes)


def test_they_are_kept_and_told(pipeline, internal, clock):  # noqa: F811
    written = pipeline.update(
        gold_weights=GoldWeights(**OTHER),
        auto_trigger_silver=True,
        auto_trigger_gold=True,
        preview_mode=True,
        category_attributes=[category("Apparel > Shoes", "size", "color"), category("Wine", "Vintage")],
    )
    assert written == pipeline.get() == pipeline.told_to_a_job(internal)
    assert written.gold_weights == GoldWeights(**OTHER)
    assert (written.auto_trigger_silver, written.auto_trigger_gold, written.preview_mode) == (True, True, True)
    assert list(written.category_attributes) == [
        category("Apparel > Shoes", "size", "color"),
        category("Wine", "Vintage"),
    ]
    assert (written.updated_at.ToMicroseconds(), written.updated_by[:4]) == (clock(), "key_")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gold_weights", GoldWeights(**OTHER)),
        ("auto_trigger_silver", True),
        ("auto_trigger_gold", True),
        ("preview_mode", True),
        ("category_attributes", [category("Wine", "Vintage")]),
    ],
)
def test_one_is_written_alone_and_is_its_default_again_where_a_mask_names_it(pipeline, name, value):  # noqa: F811
    pipeline.update(duplicates="DUPLICATES_OFF")
    written = pipeline.update(**{name: value})
    assert getattr(written, name) == value
    assert written.duplicates == 1
    assert all(getattr(written, other) == getattr(DEFAULTS, other) for other in NEW if other != name)
    assert getattr(pipeline.update(name), name) == getattr(DEFAULTS, name)


NEW = ("gold_weights", "auto_trigger_silver", "auto_trigger_gold", "preview_mode", "category_attributes")


def test_off_is_written_without_a_mask_too(pipeline):  # noqa: F811
    pipeline.update(preview_mode=True, auto_trigger_gold=True)
    written = pipeline.update(preview_mode=False)
    assert (written.preview_mode, written.auto_trigger_gold) == (False, True)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"identity": 15}, "goldWeights", "goldWeights must sum to 100, not 95."),
        ({"identity": 21}, "goldWeights", "goldWeights must sum to 100, not 101."),
        (dict.fromkeys(WEIGHTS, 0), "goldWeights", "goldWeights must sum to 100, not 0."),
        (dict.fromkeys(WEIGHTS, 100), "goldWeights", "goldWeights must sum to 100, not 700."),
        ({"seo": -5, "media": 30}, "goldWeights.seo", "goldWeights.seo must be a whole number from 0 to 100."),
        ({"seo": 101}, "goldWeights.seo", "goldWeights.seo must be a whole number from 0 to 100."),
        ({"taxonomy": None}, "goldWeights.taxonomy", "goldWeights.taxonomy is required."),
    ],
)
def test_weights_at_fault(pipeline, failure, changes, field, words):  # noqa: F811
    told = failure(lambda: pipeline.update(gold_weights=weights(**changes), duplicates="DUPLICATES_OFF"))
    assert (told.reason, told.fields, told.message) == ("VALIDATION_ERROR", [field], words)
    assert pipeline.get() == DEFAULTS


def test_every_weight_at_fault_is_named(pipeline, failure):  # noqa: F811
    told = failure(lambda: pipeline.update(gold_weights=GoldWeights(identity=-1, media=1_000, seo=100)))
    assert told.fields == [f"goldWeights.{name}" for name in WEIGHTS if name != "seo"]
    assert len(failure(lambda: pipeline.update("gold_weights", gold_weights=GoldWeights())).fields) == 7


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-5, 105), min_size=7, max_size=7) | st.permutations([0, 0, 0, 0, 0, 40, 60]))
def test_weights_are_taken_exactly_when_they_are_whole_points_of_100(pipeline, failure, points):  # noqa: F811
    wanted = GoldWeights(**dict(zip(WEIGHTS, points, strict=True)))
    if sum(points) == 100 and all(0 <= point <= 100 for point in points):
        assert pipeline.update(gold_weights=wanted).gold_weights == wanted
    else:
        assert failure(lambda: pipeline.update(gold_weights=wanted)).reason == "VALIDATION_ERROR"


LONG = "x" * 1_001


@pytest.mark.parametrize(
    ("entries", "fields"),
    [
        ([category("", "size")], ["[0].category"]),
        ([category("  ", "size"), category(" \t", "size")], ["[0].category", "[1].category"]),
        ([category(LONG, "size")], ["[0].category"]),
        ([category("a\nb", "size")], ["[0].category"]),
        ([category("Apparel > > Shoes", "size")], ["[0].category"]),
        ([category("> Shoes", "size")], ["[0].category"]),
        ([category("Wine")], ["[0].attributes"]),
        ([category("Wine", *map(str, range(21)))], ["[0].attributes"]),
        ([category("Wine", "")], ["[0].attributes[0]"]),
        ([category("Wine", "ok", "x" * 256)], ["[0].attributes[1]"]),
        ([category("Wine", "a\tb")], ["[0].attributes[0]"]),
        ([category("Apparel > Shoes", "size"), category("apparel>SHOES", "size")], ["[1].category"]),
        ([category("Red  Wine", "size"), category(" red wine ", "size")], ["[1].category"]),
        ([category("Wine", "ageGroup", "Vintage", "Age Group")], ["[0].attributes[2]"]),
        ([category("Wine", "VINTAGE", "vintage")], ["[0].attributes[1]"]),
        ([category(f"c{number}", "size") for number in range(501)], [""]),
        ([category(f"c{number}", *(f"{n}{'é' * 250}" for n in range(20))) for number in range(250)], [""]),
    ],
)
def test_categories_at_fault(pipeline, failure, entries, fields):  # noqa: F811
    told = failure(lambda: pipeline.update(category_attributes=entries))
    assert (told.reason, told.fields) == ("VALIDATION_ERROR", [f"categoryAttributes{field}" for field in fields])
    assert pipeline.get() == DEFAULTS


def test_categories_up_to_their_limits(pipeline):  # noqa: F811
    entries = [category("x" * 1_000, "y" * 255, *(f"a{number}" for number in range(19)))]
    entries += [category(f"c{number}", "size") for number in range(499)]
    assert list(pipeline.update(category_attributes=entries).category_attributes) == entries


def test_paths_and_fields_are_kept_as_they_are_written_elsewhere(pipeline):  # noqa: F811
    written = pipeline.update(category_attributes=[category(" Apparel>Big  Shoes ", "Age group", "COLOR", " Heel ")])
    assert list(written.category_attributes) == [category("Apparel > Big Shoes", "ageGroup", "color", "Heel")]


def test_writers_of_different_ones_lose_nothing(pipeline):  # noqa: F811
    changes = [
        {"gold_weights": GoldWeights(**OTHER)},
        {"auto_trigger_silver": True},
        {"auto_trigger_gold": True},
        {"category_attributes": [category("Wine", "Vintage")]},
    ]
    threads = [threading.Thread(target=pipeline.update, kwargs=change) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = pipeline.get()
    assert [getattr(now, name) for change in changes for name in change] == [
        value for change in changes for value in change.values()
    ]
