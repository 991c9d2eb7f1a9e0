import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gold.rubric.fields import FIELDS, STAGES, names_of
from services.gold.rubric.score import score
from services.gold.rubric.weights import Weights

TEXTS = ("sku", "gtin", "brand", "brandId", "categoryPath", "categoryId", "title", "description", "shortDescription")
MORE_TEXTS = ("primaryImageUrl", "price", "originalPrice", "currency", "availability", "color", "size", "material")
LAST_TEXTS = ("gender", "ageGroup", "attributes", "url", "metaTitle", "metaDescription")
TYPES = dict.fromkeys((*TEXTS, *MORE_TEXTS, *LAST_TEXTS), pl.String) | {"secondaryImages": pl.List(pl.String)}

# Weak and missing values that still speak of the same thing: a repaired title takes no common word from another field.
FAULTS = {
    "sku": [None, "N/A", "A" * 60],
    "gtin": [None, "8,72E+12", "4006381333932", "2000000000008"],
    "brand": [None, "", "Generic", "Acme"],
    "brandId": [None],
    "categoryPath": [None, "Uncategorized", "Home & Garden", "Home & Garden > Lighting"],
    "title": [None, "Lamp", "WALNUT FLOOR LAMP WITH WARM LIGHT", "<b>Walnut</b> lamp", "Product 1"],
    "description": [None, "A lamp.", "Lorem ipsum dolor sit amet", "Walnut Floor Lamp", "<p>Good light.</p>"],
    "shortDescription": [None, "A lamp.", "LAMP OF WALNUT, OILED BY HAND AND HEART"],
    "primaryImageUrl": [None, "lamp.jpg", "https://cdn.example.com/no-image.png"],
    "secondaryImages": [None, [], ["https://cdn.example.com/1.jpg"], ["x"]],
    "price": [None, "0", "free", "200"],
    "currency": [None, "€"],
    "availability": [None, "maybe"],
    "color": [None, "N/A"],
    "size": [None, "-"],
    "material": [None],
    "url": [None, "/lamp"],
    "metaTitle": [None, "Floor lamp", "Lamp " * 20],
    "metaDescription": [None, "A floor lamp.", "Lamp " * 50],
}

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


def scored(product, *args, **options):
    return score(pl.DataFrame([product], schema=TYPES).with_columns(product_id=pl.lit("p")), *args, **options).row(
        0, named=True
    )


def fields_of(row):
    return [gap["field"] for gap in row["gaps"]]


def test_documented_example_scores_82(grade):
    (row,) = grade({"gtin": None, "secondaryImages": None})

    assert row["score"] == 82
    assert fields_of(row) == ["secondaryImages", "gtin"]
    assert row["missing"] == ["gtin"]


def test_order_of_the_second_documented_example(grade):
    no_image = {"primaryImageUrl": "https://cdn.example.com/no-image.png"}
    (row,) = grade({"description": None, "gtin": None, "brandId": None, **no_image}, weights=Weights(20, 15, 39, 6))

    assert fields_of(row) == ["description", "gtin", "brand", "images"]
    assert row["missing"] == ["description", "gtin"]


def test_flawless_product_scores_100_without_gaps(grade):
    (row,) = grade({})

    assert row == {
        "product_id": "prod_abc",
        "score": 100,
        "exact_score": 100.0,
        **dict.fromkeys(STAGES, 100.0),
        "gaps": [],
        "missing": [],
        "gap_mask": 0,
        "missing_mask": 0,
    }


def test_empty_product_scores_0_with_every_field_a_gap():
    (row,) = score(pl.DataFrame({"product_id": ["p"]})).to_dicts()

    assert (row["score"], len(row["gaps"]), row["gap_mask"]) == (0, len(FIELDS), 2 ** len(FIELDS) - 1)
    assert sorted(set(fields_of(row)) - set(row["missing"])) == ["attributes", "secondaryImages"]


def test_ties_come_in_the_table_s_order(grade):
    (row,) = grade({"sku": None, "brand": None, "price": None})

    assert fields_of(row) == ["sku", "brand", "price"]


def test_half_a_point_rounds_up(grade):
    (row,) = grade({"sku": None}, weights=Weights(15, 20))

    assert (row["exact_score"], row["score"]) == (95.5, 96)


def test_rows_keep_their_order_and_ids(grade):
    rows = grade({"product_id": "b"}, {"product_id": "a", "gtin": None}, {"product_id": "c"})

    assert [(row["product_id"], row["score"]) for row in rows] == [("b", 100), ("a", 92), ("c", 100)]


def test_no_rows_give_no_rows_of_the_same_shape(grade):
    empty = score(pl.DataFrame(schema={"product_id": pl.String}))

    assert empty.is_empty()
    assert empty.columns == list(grade({})[0])


def test_stage_of_weight_zero_has_no_gaps(grade):
    (row,) = grade({"gtin": None}, weights=Weights(0, 35))

    assert (row["score"], row["gaps"], row["identity"]) == (100, [], 60.0)


@pytest.mark.parametrize("wrong", [(20, 15, 25, 20, 10, 5, 4), (120, -5, -15, 0, 0, 0, 0), (20.01,)])
def test_weights_that_are_not_a_hundred_are_refused(wrong):
    with pytest.raises(ValueError, match="sum to 100"):
        Weights(*wrong)


@given(any_product, weights, st.booleans())
def test_any_product_scores_within_bounds_and_adds_up(product, weights, categories_linked):
    row = scored(product, weights, categories_linked=categories_linked)

    assert 0 <= row["score"] <= 100
    assert all(0 <= row[stage] <= 100 for stage in STAGES)
    assert sum(gap["points"] for gap in row["gaps"]) + row["exact_score"] == pytest.approx(100, abs=1e-9)


@given(any_product)
def test_same_product_scores_the_same_alone_and_in_company(product):
    twice = pl.DataFrame([product, {}, product], schema=TYPES).with_columns(product_id=pl.lit("p"))

    assert scored(product) == score(twice).row(0, named=True) == score(twice).row(2, named=True)


@given(faulty_product, weights)
def test_score_can_be_recomputed_from_the_stages(flawless_product, product, weights):
    row = scored(flawless_product | product, weights)
    by_hand = sum(row[stage] * centi / 100 for stage, centi in weights.centi().items()) / 100

    assert by_hand == pytest.approx(row["exact_score"], abs=1e-9)


@given(faulty_product, st.sampled_from(sorted(FAULTS)))
def test_filling_a_gap_never_lowers_the_score(flawless_product, product, name):
    before = scored(flawless_product | product)
    after = scored(flawless_product | product | {name: flawless_product[name]})

    assert after["exact_score"] >= before["exact_score"]
    assert after["score"] >= before["score"]


@given(any_product)
def test_gaps_are_sorted_and_the_masks_say_the_same(product):
    row = scored(product)
    points = [gap["points"] for gap in row["gaps"]]

    assert points == sorted(points, reverse=True)
    assert min(points, default=1) > 0
    assert sorted(names_of(row["gap_mask"])) == sorted(fields_of(row))
    assert sorted(names_of(row["missing_mask"])) == sorted(row["missing"])
    assert row["missing"] == [gap["field"] for gap in row["gaps"] if gap["kind"] == "missing"]
