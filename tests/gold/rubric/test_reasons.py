from pathlib import Path

import pytest

from services.gold.rubric.fields import FIELDS, STAGES
from services.gold.rubric.grading import grading
from services.gold.rubric.page import render
from services.gold.rubric.reasons import REASONS
from services.gold.rubric.score import MEASURES
from services.gold.rubric.weights import Weights

PAGE = Path(__file__).parents[3] / "docs" / "rubric.md"
GRADINGS = [grading(Weights()), grading(Weights(0, 0, 60, 0, 0, 40, 0), (("Home", ("Wattage", "Socket")),))]


def test_codes_are_unique_and_start_with_their_field():
    codes = [one.reason for one in REASONS]

    assert len(set(codes)) == len(codes)
    assert all(one.reason.startswith(f"{one.field}.") for one in REASONS)


def test_reasons_come_in_the_order_of_the_rubric_the_worst_first():
    order = [(STAGES.index(one.stage), [field.name for field in FIELDS].index(one.field)) for one in REASONS]

    assert order == sorted(order)
    for field in FIELDS:
        lost = [one.lost for one in REASONS if one.field == field.name]
        assert lost == sorted(lost, reverse=True)


@pytest.mark.parametrize("prices", GRADINGS)
def test_every_fault_has_a_reason_of_the_registry(prices):
    known = {one.reason: (one.field, one.stage, one.kind, one.why) for one in REASONS}
    faults = [fault for of_field in prices.faults for fault in of_field]
    never = {"secondaryImages.missing", "attributes.missing"}

    assert {fault.reason for fault in faults} == known.keys() | never
    assert all(
        known[fault.reason] == (fault.field, fault.stage, fault.kind, fault.why)
        for fault in faults
        if fault.reason not in never
    )


def test_advice_is_one_sentence_with_its_measure():
    for fault in (fault for of_field in GRADINGS[0].faults for fault in of_field):
        assert fault.advice[0].isupper()
        assert fault.advice.endswith(".")
        assert ("{value}" in fault.advice) == (fault.measure is not None)
        assert fault.measure is None or fault.measure in MEASURES


def test_no_field_has_more_checks_than_a_grade_can_tell():
    names = tuple(f"name {number}" for number in range(20))
    prices = grading(Weights(), tuple((f"Path {size}", names[:size]) for size in range(1, 21)))

    assert max(len(of_field) for of_field in prices.faults) <= 255


@pytest.mark.parametrize(
    ("difference", "advice"),
    [
        (
            {"title": "Lumina " + "floor lamp of walnut " + "x" * 184},
            "The title has 212 characters; channels cut at 150.",
        ),
        (
            {"_image_width": 320, "_image_height": 900},
            "The image is 320 pixels at its shorter side; channels ask for 500.",
        ),
        ({"_shared_gtin": 3}, "Unlike products with the same GTIN: 3; a GTIN names one product."),
        ({"categoryPath": "Home"}, "Levels of the category path: 1; three are wanted."),
        ({"gtin": None}, "Fill in the GTIN printed under the barcode."),
        ({"metaTitle": "Lamp " * 20}, "The meta title has 100 characters; search results cut at 60."),
    ],
)
def test_advice_names_the_value_and_the_limit(grade, difference, advice):
    (row,) = grade(difference)

    assert [gap.advice for gap in row["breakdown"].gaps] == [advice]


def test_advice_of_a_score_without_its_measure_is_still_a_sentence():
    (fault,) = (one for one in GRADINGS[0].faults[4] if one.reason == "title.too_long")
    grades = bytearray([255] * 8)
    grades[4] = GRADINGS[0].faults[4].index(fault)
    breakdown = GRADINGS[0].explain(int.from_bytes(grades, "little"), 2**64 - 1, {})

    assert [gap.advice for gap in breakdown.gaps] == ["The title has ? characters; channels cut at 150."]


def test_page_is_what_the_registry_says():
    assert PAGE.read_text() == render(), "run python -m services.gold.rubric.page > docs/rubric.md"
