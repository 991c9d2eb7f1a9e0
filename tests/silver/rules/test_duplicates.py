import orjson
import polars as pl
import pytest

from services.silver.rules.duplicates import CANDIDATE_SCHEMA, Likely, find_duplicates


def found_in(*rows, likely=()):
    frame = pl.DataFrame(
        [{"product_id": f"p{index}", "sequence": index + 1, "title": "Chair"} | row for index, row in enumerate(rows)],
        schema=CANDIDATE_SCHEMA,
    )
    return find_duplicates(frame, likely)


def duplicates(*rows, likely=()):
    return found_in(*rows, likely=likely).duplicates


def likely(one, other, similarity=0.9):
    return Likely(one, other, similarity, ("model",), ("title",))


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cola 6x330ml", "Cola 330ml"),
        ('Television 55"', 'Television 65"'),
        ("Television 55 Zoll", "Television 65 Zoll"),
        ("Batterien 4er-Pack", "Batterien 8er-Pack"),
        ("Tomates 2 boîtes", "Tomates 4 boîtes"),
        ("Vin rouge lot de 6", "Vin rouge lot de 12"),
        ("Acqua confezione da 6", "Acqua confezione da 12"),
        ("Latte 6 pezzi", "Latte 12 pezzi"),
        ("Leche 1 litro", "Leche 2 litros"),
        ("Jeans W32 L34", "Jeans W34 L34"),
        ("Bettwäsche 135x200 cm", "Bettwäsche 155x220 cm"),
    ],
)
def test_packs_and_measures_of_titles_keep_products_apart_in_every_language(one, other):
    assert duplicates({"gtin14": "1", "title": one}, {"gtin14": "1", "title": other}) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cola 6x330ml", "Cola 6 × 330 ml"),
        ('Television 55"', "Television 55 inches"),
        ("Television 55 Zoll", "Television 55″"),
        ("Pen pack of 2", "Pen 2-pack"),
        ("Batterien 4er-Pack", "Batterien, 4 Stück"),
        ("Milk 1,5 litre", "Milk 1.5L"),
        ("Wein 750 ml", "Wine 75 cl"),
        ("Wein 0,75 l", "Wine 75cl"),
        ("Cola 33cl", "Cola 330 ml"),
        ("Cola 6x33cl", "Cola 6 x 0.33 l"),
        ("Mehl 1 kg", "Flour 1000 g"),
        ("Mehl 0,5kg", "Flour 500 gr"),
        ("Festplatte 1 TB", "Drive 1000 GB"),
    ],
)
def test_spellings_of_one_pack_or_measure_are_one(one, other):
    assert duplicates({"gtin14": "1", "title": one}, {"gtin14": "1", "title": other}) == {"p1": "p0"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("iPhone 13", "iPhone 14"),
        ("Apple iPhone 13, blue", "iPhone 14 by Apple"),
        ("Ring silver 54", "Ring silver 56"),
        ("Ring (54)", "Ring, 56"),
        ("Boot size 42", "Boot size 42 2/3"),
        ("Shoe 42", "Shoe 42½"),
        ("Calendar 2024", "Calendar 2025"),
        ("Phone 8 GB 256 GB", "Phone 8 GB 512 GB"),
        ("Cola 330 ml 6-pack", "Cola 330 ml"),
    ],
)
def test_numbers_of_titles_that_differ_keep_products_apart(one, other):
    for first, second in ((one, other), (other, one)):
        assert duplicates({"gtin14": "1", "title": first}, {"gtin14": "1", "title": second}) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("iPhone", "iPhone 13"),
        ("Apple iPhone 13", "Apple iPhone 13 (2021)"),
        ("Apple iPhone 13 2021", "Apple iPhone 13 128 GB"),
        ("Camera DSC-W120 4", "Camera W120"),
        ("iPhone 13", "iPhone13 6"),
        ('Television 55"', 'Television 55" 139 cm'),
        ("Phone 256 GB", "Phone 8 GB 256 GB"),
        ("Drill 0601234567", "Drill 18"),
        ("Boot EU 42", "Boot EU 42 UK 8"),
        ("Shoe 42,5", "Shoe 42 1/2"),
    ],
)
def test_numbers_that_only_one_title_has_contradict_nothing(one, other):
    for first, second in ((one, other), (other, one)):
        assert duplicates({"gtin14": "1", "title": first}, {"gtin14": "1", "title": second}) == {"p1": "p0"}


def test_a_product_without_a_number_joins_no_two_numbers():
    rows = [{"gtin14": "1", "title": title} for title in ("iPhone 13", "iPhone", "iPhone 14")]
    assert duplicates(*rows) == {"p1": "p0"}


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
    pairs = [likely(f"p{index}", f"p{index + 3}", 0.5 + index / 100) for index in range(0, 36, 4)]
    one = find_duplicates(pl.DataFrame(rows, schema=CANDIDATE_SCHEMA), pairs)
    two = find_duplicates(pl.DataFrame(rows[::-1], schema=CANDIDATE_SCHEMA), pairs[::-1])
    assert one == two


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


def test_same_brand_and_stock_number():
    rows = [{"brand_sku_key": "a\x1fx1"}, {"brand_sku_key": "a\x1fx1"}]
    assert duplicates(*rows) == {"p1": "p0"}


def test_two_stock_numbers_of_one_barcode_are_one_product():
    rows = [{"brand_sku_key": "a\x1fx1", "gtin14": "1"}, {"brand_sku_key": "a\x1fx2", "gtin14": "1"}]
    assert duplicates(*rows) == {"p1": "p0"}


def test_a_barcode_that_many_unlike_products_share_is_told_of_all_of_them():
    found = found_in(*[{"gtin14": "1", "title": f"Product {word}"} for word in "abcdefghijk"], {"gtin14": "2"})
    assert found.shared == {"1": 11}
    assert found_in(*[{"gtin14": "1"} for _ in range(20)]).shared == {}


def test_likely_pairs_join_groups_and_chains_point_at_the_first():
    assert duplicates({}, {}, {}, {}, likely=[likely("p3", "p1"), likely("p1", "p0")]) == {"p1": "p0", "p3": "p0"}


def test_likely_pairs_never_put_together_what_differs():
    assert duplicates({"size": "M"}, {"size": "L"}, likely=[likely("p0", "p1")]) == {}
    assert duplicates({"title": "Cola 500 ml"}, {"title": "Cola 1 l"}, likely=[likely("p0", "p1")]) == {}
    rows = [{"color": "red"}, {}, {"color": "blue"}]
    assert duplicates(*rows, likely=[likely("p0", "p1", 0.8), likely("p1", "p2", 0.9)]) == {"p2": "p1"}


def test_what_a_company_numbers_apart_is_not_joined_by_a_third_that_has_no_number():
    rows = [{"gtin": "20 00000-00001-8"}, {}, {"gtin": "2000000000025"}]
    assert duplicates(*rows, likely=[likely("p0", "p1", 0.8), likely("p1", "p2", 0.9)]) == {"p2": "p1"}
    same = [{"gtin": "2000000000025"}, {}, {"gtin": "2000000000025"}]
    assert duplicates(*same, likely=[likely("p0", "p1", 0.8), likely("p1", "p2", 0.9)]) == {"p1": "p0", "p2": "p0"}
    certain = [row | {"brand_mpn_key": "a|1"} for row in rows]
    assert duplicates(*certain) == {"p1": "p0", "p2": "p0"}


def test_certain_pairs_come_before_likely_ones():
    rows = [{"color": "red"}, {"gtin14": "1"}, {"gtin14": "1", "color": "blue"}]
    assert duplicates(*rows, likely=[likely("p0", "p1", 0.99)]) == {"p2": "p1"}


def test_a_likely_pair_with_a_product_that_is_not_there_is_no_pair():
    assert duplicates({}, {}, likely=[likely("p0", "p9")]) == {}


def test_evidence_of_a_certain_duplicate_names_keys_and_fields():
    rows = [
        {"gtin14": "1", "brand": "Acme", "brand_mpn_key": "acme\x1fm100", "mpn": "M-100", "price": "9.99"},
        {"gtin14": "1", "brand": "ACME", "brand_mpn_key": "acme\x1fm100", "mpn": "m100", "price": "10.49"},
    ]
    found = found_in(rows[0] | {"title": "Chair"}, rows[1] | {"title": "Acme chair"})
    assert orjson.loads(found.evidence["p1"]) == {
        "strength": "certain",
        "matched": "p0",
        "keys": ["gtin", "brand_mpn"],
        "similarity": 1.0,
        "agree": ["brand", "mpn", "gtin"],
        "disagree": ["title", "price"],
    }


def test_evidence_of_a_likely_duplicate_is_what_the_search_told():
    found = found_in({}, {}, {}, likely=[likely("p0", "p1", 0.7), likely("p2", "p1", 0.9)])
    first, second = orjson.loads(found.evidence["p1"]), orjson.loads(found.evidence["p2"])
    assert (first["strength"], first["matched"], first["similarity"]) == ("likely", "p0", 0.7)
    assert (second["matched"], second["similarity"]) == ("p1", 0.9)
    assert (second["keys"], second["agree"], second["disagree"]) == ([], ["model"], ["title"])


def test_colours_that_only_the_titles_name_keep_products_apart():
    assert duplicates({"gtin14": "1", "title": "Hemd rot"}, {"gtin14": "1", "title": "Hemd blau"}) == {}
    assert duplicates({"gtin14": "1", "title": "Hemd rot"}, {"gtin14": "1", "title": "Red shirt"}) == {"p1": "p0"}
    assert duplicates({"gtin14": "1", "title": "Hemd rot/schwarz"}, {"gtin14": "1", "title": "black shirt"}) == {
        "p1": "p0"
    }
    rows = [
        {"gtin14": "1", "title": "Hemd rot"},
        {"gtin14": "1", "title": "Hemd"},
        {"gtin14": "1", "title": "Hemd blau"},
    ]
    assert duplicates(*rows) == {"p1": "p0"}
