import polars as pl

from services.silver.rules.duplicates import CANDIDATE_SCHEMA, find_duplicates


def duplicates(*rows):
    frame = pl.DataFrame(
        [{"product_id": f"p{index}", "sequence": index + 1, "title": "Chair"} | row for index, row in enumerate(rows)],
        schema=CANDIDATE_SCHEMA,
    )
    found = find_duplicates(frame)
    return dict(found.iter_rows())


def test_same_barcode():
    assert duplicates({"gtin14": "1"}, {"gtin14": "2"}, {"gtin14": "1"}) == {"p2": "p0"}


def test_same_brand_and_part_number():
    assert duplicates({"brand_mpn_key": "a|1"}, {"brand_mpn_key": "a|1"}) == {"p1": "p0"}


def test_the_first_ingested_is_canonical_whatever_the_order_of_rows():
    assert duplicates({"gtin14": "1", "sequence": 9}, {"gtin14": "1", "sequence": 3}) == {"p0": "p1"}


def test_chains_point_at_the_one_canonical():
    rows = [
        {"brand_mpn_key": "m"},
        {"brand_mpn_key": "m", "gtin14": "1"},
        {"gtin14": "1"},
    ]
    assert duplicates(*rows) == {"p1": "p0", "p2": "p0"}


def test_nothing_without_keys():
    assert duplicates({"gtin14": None}, {"gtin14": None}) == {}


def test_one_product_repeats_none():
    assert duplicates() == duplicates({"gtin14": "1"}) == {}


def test_variants_of_one_parent_stay_apart():
    assert duplicates({"gtin14": "1", "parent_id": "x"}, {"gtin14": "1", "parent_id": "x"}) == {}


def test_a_variant_is_no_duplicate_of_its_parent():
    assert duplicates({"gtin14": "1"}, {"gtin14": "1", "parent_id": "p0"}) == {}


def test_products_that_differ_in_a_trait_stay_apart():
    for trait in ("color", "size", "material"):
        assert duplicates({"gtin14": "1", trait: "a"}, {"gtin14": "1", trait: "b"}) == {}
        assert duplicates({"gtin14": "1", trait: "A"}, {"gtin14": "1", trait: "a"}) == {"p1": "p0"}
        assert duplicates({"gtin14": "1", trait: "A"}, {"gtin14": "1"}) == {"p1": "p0"}


def test_products_that_differ_in_pack_stay_apart():
    assert duplicates({"gtin14": "1", "title": "Cola 500 ml"}, {"gtin14": "1", "title": "Cola 1 l"}) == {}
    assert duplicates({"gtin14": "1", "title": "Cola 6-pack"}, {"gtin14": "1", "title": "Cola pack of 12"}) == {}
    assert duplicates({"gtin14": "1", "title": "Cola 500 ml"}, {"gtin14": "1", "title": "500ml Cola"}) == {"p1": "p0"}


def test_a_colourless_product_joins_no_two_colours():
    rows = [{"gtin14": "1", "color": "red"}, {"gtin14": "1"}, {"gtin14": "1", "color": "blue"}]
    assert duplicates(*rows) == {"p1": "p0"}


def test_a_barcode_on_many_different_products_proves_nothing():
    assert duplicates(*[{"gtin14": "1", "title": f"Product {word}"} for word in "abcdefghijk"]) == {}


def test_many_equal_products_are_all_duplicates_of_the_first():
    found = duplicates(*[{"gtin14": "1"} for _ in range(70)])
    assert len(found) == 69
    assert set(found.values()) == {"p0"}


def test_the_order_of_rows_changes_nothing():
    rows = [
        {"product_id": f"p{index}", "sequence": index, "gtin14": str(index % 7), "title": "t"} for index in range(40)
    ]
    one = find_duplicates(pl.DataFrame(rows, schema=CANDIDATE_SCHEMA)).sort("product_id")
    two = find_duplicates(pl.DataFrame(rows[::-1], schema=CANDIDATE_SCHEMA)).sort("product_id")
    assert one.equals(two)


def test_two_barcodes_are_two_trade_items():
    rows = [{"brand_mpn_key": "a\x1f1", "gtin14": "1"}, {"brand_mpn_key": "a\x1f1", "gtin14": "2"}]
    assert duplicates(*rows) == {}
    assert duplicates(*rows, {"brand_mpn_key": "a\x1f1"}) == {"p2": "p0"}


def test_two_part_numbers_of_one_brand_are_two_models():
    one, two = {"gtin14": "1", "brand_mpn_key": "a\x1f1"}, {"gtin14": "1", "brand_mpn_key": "a\x1f2"}
    assert duplicates(one, two) == {}
    assert duplicates(one, two | {"brand_mpn_key": "b\x1f2"}) == {"p1": "p0"}
    assert duplicates(*[one, two] * 30) == {f"p{n}": f"p{n % 2}" for n in range(2, 60)}


def test_sizes_that_only_the_titles_name_keep_products_apart():
    assert duplicates({"brand_mpn_key": "m", "title": "Shirt M"}, {"brand_mpn_key": "m", "title": "Shirt XL"}) == {}
    assert (
        duplicates({"brand_mpn_key": "m", "title": "Boot EU 42"}, {"brand_mpn_key": "m", "title": "Boot, EU 43"}) == {}
    )
    assert duplicates({"brand_mpn_key": "m", "title": "Shirt M"}, {"brand_mpn_key": "m", "title": "Men's shirt M"}) == {
        "p1": "p0"
    }
