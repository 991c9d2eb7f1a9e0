import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.gold.rubric.features import TOLD
from services.gold.rubric.fields import FIELDS, STAGES
from services.gold.rubric.grading import UNITS_PER_POINT, Grading, grading
from services.gold.rubric.score import MEASURES, score
from services.gold.rubric.steps import FEW
from services.gold.rubric.weights import Weights
from tests.gold.rubric.conftest import FLAWLESS, TYPES

FINE = 0xFFFF_FFFF_FFFF_FFFF
TEXTS = ("sku", "gtin", "brand", "brandId", "categoryPath", "categoryId", "title", "description", "shortDescription")
MORE_TEXTS = ("primaryImageUrl", "price", "originalPrice", "currency", "availability", "color", "size", "material")
LAST_TEXTS = ("gender", "ageGroup", "attributes", "url", "metaTitle", "metaDescription")

# Weak and missing values that still speak of the same thing: a repaired title takes no common word from another field,
# and a category that falls short is so many levels of the right one.
FAULTS = {
    "sku": [None, "N/A", "A" * 60],
    "gtin": [None, "8,72E+12", "4006381333932", "2000000000008"],
    "brand": [None, "", "Generic", "Acme", "Lumina " * 12],
    "brandId": [None],
    "categoryPath": [None, "Uncategorized", 1, 2],
    "title": [None, "Lamp", "WALNUT FLOOR LAMP WITH WARM LIGHT", "<b>Walnut</b> lamp", "Product 1"],
    "description": [
        None,
        "A lamp.",
        "Lumina Walnut Floor Lamp with Dimmable Warm Light",
        "Lorem ipsum dolor sit amet",
        "Walnut Floor Lamp",
        "<p>Good light.</p>",
    ],
    "shortDescription": [None, "A lamp.", "LAMP OF WALNUT, OILED BY HAND AND HEART"],
    "primaryImageUrl": [None, "lamp.jpg", "https://cdn.example.com/no-image.png"],
    "secondaryImages": [None, [], ["https://cdn.example.com/1.jpg"], ["x"]],
    "price": [None, "0", "free", "200"],
    "currency": [None, "€"],
    "availability": [None, "maybe"],
    "color": [None, "N/A"],
    "size": [None, "-"],
    "material": [None, "linen"],
    "_image_fault": [None, "status"],
    "_image_width": [None, 100, 400],
    "_secondary_faults": [None, 1],
    "_category_unlinked": [None, True],
    "_shared_gtin": [None, 2],
    "url": [None, "/lamp"],
    "metaTitle": [None, "Floor lamp", "Lamp " * 20],
    "metaDescription": [None, "A floor lamp.", "Lamp " * 50],
}

LONG_TEXTS = ["x" * 10_000, "sale! " * 1667, "<b>" * 3334, "é\u0301🔥" * 2500, ". " * 5000, '\\"{[' * 2500, "> " * 5000]
PATHS = [
    "Home & Garden > Lighting > Floor Lamps",
    "Apparel > Clothing > Shirts",
    "Jewellery > Rings > Gold",
    "Electronics > Audio > Speakers",
    "Food > Oils > Olive Oil",
    "Books > Cooking > Pasta",
]
EXPECTED = st.sampled_from([(), (("Home & Garden", ("Wattage", "Socket")), ("Apparel", ("Fit", "color", "Collar")))])

any_product = st.fixed_dictionaries(
    {name: st.none() | st.text(max_size=60) for name in (*TEXTS, *MORE_TEXTS, *LAST_TEXTS)}
    | {"secondaryImages": st.none() | st.lists(st.none() | st.text(max_size=30), max_size=4)}
)
faulty_product = st.fixed_dictionaries({}, optional={name: st.sampled_from(of) for name, of in FAULTS.items()})
weights = st.lists(st.integers(0, 10_000), min_size=6, max_size=6).map(
    lambda cuts: Weights(
        *(centi / 100 for centi in (b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 10_000], strict=True)))
    )
)


def frame_of(*products):
    return pl.DataFrame(products, schema=TYPES).with_columns(product_id=pl.lit("p"))


def fields_of(row):
    return [gap.field for gap in row["breakdown"].gaps]


def exact(row):
    return 100 * UNITS_PER_POINT - sum(gap.units for gap in row["breakdown"].gaps)


def test_documented_example_scores_82(grade):
    (row,) = grade({"gtin": None, "secondaryImages": None})

    assert row["score"] == 82
    assert fields_of(row) == ["secondaryImages", "gtin"]
    assert row["breakdown"].missing == ["gtin"]


def test_order_of_the_second_documented_example(grade):
    no_image = {"primaryImageUrl": "https://cdn.example.com/no-image.png"}
    (row,) = grade({"description": None, "gtin": None, "brandId": None, **no_image}, weights=Weights(20, 15, 39, 6))

    assert fields_of(row) == ["description", "gtin", "brand", "images"]
    assert row["breakdown"].missing == ["description", "gtin"]


def test_flawless_product_scores_100_without_gaps(grade):
    (row,) = grade({})

    assert [row[name] for name in ("product_id", "score", "units")] == ["prod_abc", 100, 0]
    assert (row["grades0"], row["grades1"]) == (FINE, FINE)
    assert row["breakdown"].stages == dict.fromkeys(STAGES, 100.0)


def test_empty_product_scores_0_with_every_field_a_gap(explained):
    (row,) = explained(pl.DataFrame({"product_id": ["p"]}))

    assert (row["score"], row["units"], len(fields_of(row))) == (0, 100 * UNITS_PER_POINT, len(FIELDS))
    assert sorted(set(fields_of(row)) - set(row["breakdown"].missing)) == ["attributes", "secondaryImages"]


def test_ties_come_in_the_table_s_order(grade):
    (row,) = grade({"sku": None, "brand": None, "price": None})

    assert fields_of(row) == ["sku", "brand", "price"]


def test_half_a_point_rounds_up(grade):
    (row,) = grade({"sku": None}, weights=Weights(15, 20))

    assert (exact(row) / UNITS_PER_POINT, row["score"]) == (95.5, 96)


def test_rows_keep_their_order_and_ids(grade):
    rows = grade({"product_id": "b"}, {"product_id": "a", "gtin": None}, {"product_id": "c"})

    assert [(row["product_id"], row["score"]) for row in rows] == [("b", 100), ("a", 92), ("c", 100)]


def test_no_rows_give_no_rows_of_the_same_shape(grade):
    empty = score(pl.DataFrame(schema={"product_id": pl.String}))

    assert dict(empty.schema) == {
        "product_id": pl.String,
        "score": pl.Int16,
        "units": pl.Int32,
        "grades0": pl.UInt64,
        "grades1": pl.UInt64,
        **dict.fromkeys(MEASURES, pl.Int32),
    }


def test_stage_of_weight_zero_has_faults_but_no_gaps(grade):
    (row,) = grade({"gtin": None}, weights=Weights(0, 35))

    assert (row["score"], row["units"], fields_of(row)) == (100, 0, [])
    assert row["breakdown"].stages["identity"] == 60.0


def test_grading_survives_storage():
    prices = grading(Weights(), (("Home", ("Wattage",)),))

    assert Grading.from_json(prices.to_json()) == prices


def test_other_weights_are_another_grading():
    assert grading(Weights()).id != grading(Weights(10, 25)).id


@pytest.mark.parametrize("wrong", [(20, 15, 25, 20, 10, 5, 4), (120, -5, -15, 0, 0, 0, 0), (20.01,)])
def test_weights_that_are_not_a_hundred_are_refused(wrong):
    with pytest.raises(ValueError, match="sum to 100"):
        Weights(*wrong)


def test_weights_with_more_than_two_decimals_are_refused():
    with pytest.raises(ValueError, match="two decimals"):
        Weights(20.004, 14.996)


@given(any_product, weights)
def test_any_product_scores_within_bounds(explained, product, weights):
    (row,) = explained(frame_of(product), weights)

    assert 0 <= row["score"] <= 100
    assert all(0 <= stage <= 100 for stage in row["breakdown"].stages.values())


@given(any_product, weights)
def test_points_lost_and_score_are_a_hundred(explained, product, weights):
    (row,) = explained(frame_of(product), weights)

    assert (exact(row) + UNITS_PER_POINT // 2) // UNITS_PER_POINT == row["score"]


@given(any_product, st.sampled_from(sorted({*TYPES} - {"secondaryImages", *TOLD})), st.sampled_from(LONG_TEXTS))
def test_long_texts_are_graded_like_any_other(explained, product, name, text):
    (row,) = explained(frame_of(product | {name: text}))

    assert exact(row) == 100 * UNITS_PER_POINT - row["units"]


@given(any_product)
def test_same_product_scores_the_same_alone_and_in_company(product):
    """Of more than a few products some steps look only at those that are left."""
    few, many = (score(frame_of(product, {}, *[product] * count)).rows() for count in (1, FEW + 1))

    assert score(frame_of(product)).rows() == few[:1] == few[2:]
    assert set(many[2:]) == set(few[:1])


@given(faulty_product.filter(lambda product: not isinstance(product.get("categoryPath"), int)), weights)
def test_score_can_be_recomputed_from_the_stages(explained, product, weights):
    (row,) = explained(frame_of(FLAWLESS | product), weights)
    by_hand = sum(row["breakdown"].stages[stage] * centi / 100 for stage, centi in weights.centi().items()) / 100

    assert by_hand == pytest.approx(exact(row) / UNITS_PER_POINT, abs=1e-9)


@given(faulty_product, st.sampled_from(sorted(FAULTS)), st.tuples(weights, EXPECTED), st.sampled_from(PATHS))
def test_filling_a_gap_never_lowers_the_score(explained, product, name, terms, path):
    """Whatever the weights, and also where a value makes another check possible: a brand that the title does not name,
    a category that asks for other attributes and for a title with a colour.
    """
    good = FLAWLESS | dict.fromkeys(TOLD) | {"categoryPath": path}
    if isinstance(levels := product.get("categoryPath"), int):
        product = product | {"categoryPath": " > ".join(path.split(" > ")[:levels])}
    before, after = explained(frame_of(good | product, good | product | {name: good[name]}), *terms)

    assert exact(after) >= exact(before)
    assert after["score"] >= before["score"]


@given(any_product, any_product, st.sampled_from([field.column for field in FIELDS]))
def test_any_value_is_as_good_as_none(explained, product, other, name):
    """Under the default weights, whatever the value; the title's words may be searched for in vain elsewhere."""
    assume(other[name] and str(other[name]).strip())
    before, after = explained(frame_of(product | {name: None}, product | {name: other[name]}))

    assert exact(after) >= exact(before)


@given(any_product, weights)
def test_gaps_are_sorted_and_cost_what_the_units_say(explained, product, weights):
    (row,) = explained(frame_of(product), weights)
    units = [gap.units for gap in row["breakdown"].gaps]

    assert units == sorted(units, reverse=True)
    assert sum(units) == row["units"]
    assert set(row["breakdown"].missing) <= set(fields_of(row))
