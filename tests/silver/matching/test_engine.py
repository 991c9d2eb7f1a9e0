"""Likely duplicates are found, and different things stay apart."""

import random
from itertools import pairwise

import polars as pl
import pytest

from services.silver.matching import PAIR_SCHEMA, PRODUCT_SCHEMA, Strictness, find_likely

FILLER = [
    {"product_id": f"F{number}", "title": f"{brand} {noun} {letters}-{1000 + number * 37}", "brand": brand}
    for number, (brand, noun, letters) in enumerate(
        (brand, noun, letters)
        for brand in ("Elmora", "Fennik", "Garthwell")
        for noun in ("desk lamp", "coffee grinder", "wall clock", "wool blanket")
        for letters in ("QRT", "VBN", "PLM")
    )
]


def catalog(*products):
    rows = [*FILLER, *({"product_id": f"P{place}", **product} for place, product in enumerate(products))]
    return pl.DataFrame([{"sequence": place, **row} for place, row in enumerate(rows)], schema=PRODUCT_SCHEMA)


def found(*products, strictness=Strictness.NORMAL):
    return set(find_likely(catalog(*products), strictness).select("earlier", "later").iter_rows())


def test_a_model_number_in_other_words_is_found_with_its_evidence():
    pairs = find_likely(
        catalog(
            {"title": "Zorvex compact camera black - DSCW120B", "brand": "Zorvex", "price": "199.00"},
            {"title": "Zorvex DSC-W120/B digital still camera, black", "brand": "ZORVEX", "price": "205.00"},
        )
    )
    assert pairs.schema == PAIR_SCHEMA
    pair = pairs.row(0, named=True)
    assert (pair["earlier"], pair["later"]) == ("P0", "P1")
    assert 0.8 < pair["similarity"] <= 1
    assert {"model", "brand", "color", "price"} <= set(pair["agree"])
    assert "model" not in pair["disagree"]


def test_the_same_words_in_another_order_without_any_code_are_found():
    assert found(
        {"title": "Kelvaro Sunrise linen curtain", "brand": "Kelvaro"},
        {"title": "Linen curtain Sunrise by Kelvaro", "brand": "Kelvaro"},
    ) == {("P0", "P1")}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Zorvex camera DSC-W120", "Zorvex camera DSC-W130"),
        ("Zorvex camera DSC-1276", "Zorvex camera DSC-12766"),
        ("Zorvex camera DSC-W120 black", "Zorvex camera DSC-W120 silver"),
        ("Zorvex olive oil Virelle 500 ml", "Zorvex olive oil Virelle 250 ml"),
        ("Zorvex capsules Virelle 10 pack", "Zorvex capsules Virelle 50 pack"),
        ("Zorvex Virelle shirt M", "Zorvex Virelle shirt XL"),
        ("Zorvex Virelle phone 2nd generation", "Zorvex Virelle phone 3rd generation"),
        ("Zorvex pure pressed juice pineapple", "Zorvex pure pressed juice apple"),
        ("Zorvex muesli Virelle", "Zorvex muesli Virelle organic"),
        ("Zorvex Virelle drive 500GB", "Zorvex Virelle drive 1000 GB"),
        ("Zorvex bath salt Virelle 250 ml", "Zorvex bath salt Virelle 250 ml pack of 6"),
        ("Zorvex Badesalz Virelle", "Zorvex Badesalz Virelle 6er Set"),
        ("Zorvex Virelle muesli", "Zorvex Virelle muesli chocolat"),
        ("Zorvex Virelle au miel", "Zorvex Virelle au cacao"),
        ("Zorvex Eau de parfum Virelle 66", "Zorvex Eau de parfum Virelle 18"),
        ("Zorvex Virelle slim kettle", "Zorvex Virelle cordless kettle"),
        ("Zorvex Virelle shirt", "Zorvex Virelle shirt with logo"),
        ("Zorvex Virelle 5", "Zorvex Virelle 5 Digital Edition"),
        ("Zorvex Virelle S22", "Zorvex Virelle S22+"),
        ("Zorvex DSC-W120B television 55 inch", "Zorvex DSCW120B television 65 inch"),
        ("Zorvex Virelle noir 70 %", "Zorvex Virelle noir 85%"),
        ("Zorvex Virelle yaourt", "Zorvex Virelle yaourt sucré"),
        ("Zorvex Virelle yaourt nature", "Zorvex Virelle yaourt nature sans sucre"),
        ("Zorvex Virelle cola", "Zorvex Virelle cola light"),
        ("Zorvex Virelle cola", "Zorvex Virelle cola zéro"),
        ("Zorvex Virelle shirt", "Zorvex Virelle shirt XL"),
        ("Zorvex Virelle earbuds", "Zorvex Virelle earbuds Pro"),
        ("Zorvex Virelle earbuds", "Zorvex Virelle earbuds Ex"),
        ("Zorvex Virelle phone", "Zorvex Virelle phone Max"),
        ("Zorvex Virelle phone Plus", "Zorvex Virelle phone"),
        ("Zorvex Virelle speaker", "Zorvex Virelle speaker mini"),
        ("Zorvex phone Note9 64 GB", "Zorvex phone Note9 Pro 64 GB"),
        ("Zorvex phone", "Zorvex phone 2"),
        ("Zorvex Virelle earbuds", "Zorvex Virelle earbuds 2nd generation"),
        ("Zorvex sneaker Virelle 42", "Zorvex sneaker Virelle 42 2/3"),
        ("Zorvex sneaker Virelle GX1234 42", "Zorvex sneaker Virelle GX1234 42 2/3"),
        ("Zorvex sneaker Virelle GX1234 size 42", "Zorvex sneaker Virelle GX1234 size 43"),
        ("Zorvex sneaker GX1234 EU 42 leather", "Zorvex GX1234 trainer EU 43"),
        ("Zorvex processor i5-12400", "Zorvex processor i5-12400F"),
        ("Zorvex processor i5-12400K", "Zorvex processor i5-12400F"),
        ("Zorvex CPU i5-12400, six cores", "Zorvex processor i5-12400F boxed"),
        ("Zorvex keyboard KB-7300 QWERTY", "Zorvex keyboard KB-7300 AZERTY"),
        ("Zorvex keyboard KB-7300 US layout", "Zorvex keyboard KB-7300 UK layout"),
        ("Zorvex keyboard KB-7300 QWERTZ", "Zorvex KB7300 keyboard (US)"),
        ("Zorvex notebook NB-7300 German keyboard", "Zorvex NB7300 notebook, clavier français"),
        ("Zorvex EOS 90D camera", "Zorvex EOS 90D camera + 18-135 kit"),
        ("Zorvex camera EOS2000D", "Zorvex camera EOS2000D + battery"),
        ("Zorvex camera EOS2000D", "Zorvex camera EOS2000D with bag"),
        ("Zorvex Kamera EOS2000D", "Zorvex Kamera EOS2000D inkl. 2 Akkus"),
        ("Zorvex laptop cushion F8N044ORG", "Zorvex laptop cushion F8N044SLV"),
    ],
)
def test_model_colour_size_pack_and_generation_keep_apart(first, second):
    assert found({"title": first, "brand": "Zorvex"}, {"title": second, "brand": "Zorvex"}) == set()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Zorvex olive oil Virelle 750 ml", "Zorvex olive oil Virelle 75 cl"),
        ("Zorvex olive oil Virelle 0,75 l", "Zorvex olive oil Virelle 75cl"),
        ("Zorvex lemonade Virelle 33cl", "Zorvex lemonade Virelle 330ml"),
        ("Zorvex lemonade Virelle 6 x 33 cl", "Zorvex lemonade Virelle 6x0.33 l"),
        ("Zorvex lemonade Virelle 330 ml pack of 6", "Zorvex lemonade Virelle 6 x 330ml"),
        ("Zorvex flour Virelle 1 kg", "Zorvex flour Virelle 1000 g"),
        ("Zorvex Virelle drive 1TB", "Zorvex Virelle drive 1000 GB"),
        ("Zorvex sandal Virelle 42 1/2", "Zorvex sandal Virelle 42,5"),
        ("Zorvex camera DSC-W120 black", "Zorvex camera DSCW120B black"),
        ("Zorvex camera DSC-W120", "Zorvex camera DSC-W120/T"),
        ("Zorvex keyboard KB-7300 QWERTZ", "Zorvex KB7300 keyboard (German)"),
        ("Zorvex phone Note9 Pro 64 GB", "Zorvex phone 64GB Note9 Pro"),
        ("Zorvex HESV1000 Blu-ray recorder", "Zorvex recorder in black HESV1000"),
        ("Zorvex Virelle tool 7 Professional", "Zorvex Virelle tool Pro 7"),
        ("Zorvex Virelle muesli bio", "Zorvex Corporation Virelle muesli organic"),
        ("Zorvex hard shell IPH3GBLKTS", "Zorvex shell, hard, IPH3G-BLK-TS"),
    ],
)
def test_two_spellings_are_one(first, second):
    assert found({"title": first, "brand": "Zorvex"}, {"title": second, "brand": "Zorvex"}) == {("P0", "P1")}


def test_what_fits_on_a_product_is_not_the_product():
    printer = {"title": "Zorvex colour printer MP6207", "brand": "Zorvex"}
    ink = {"title": "Zorvex ink cartridge CLI221YEL", "brand": "Zorvex", "description": "Fits MP6207 and MP9807"}
    bare = {"title": "Zorvex colour printer 29-2147", "brand": "Zorvex", "description": "MP6207, all in one"}
    assert found(printer, ink) == set()
    assert found(printer, bare) == {("P0", "P1")}


def test_a_price_that_only_one_has_does_not_agree():
    pairs = find_likely(
        catalog(
            {"title": "Zorvex camera DSC-W120", "brand": "Zorvex", "price": "199.00"},
            {"title": "Zorvex DSCW120 camera", "brand": "Zorvex"},
        )
    )
    assert "price" not in pairs["agree"][0].to_list() + pairs["disagree"][0].to_list()


def test_an_amount_is_no_model():
    assert (
        found({"title": "Zorvex rice Virelle 10 kg", "brand": "Zorvex"}, {"title": "Zorvex flour 10 kg Quell"}) == set()
    )


@pytest.mark.parametrize(
    ("field", "values"),
    [("color", ("black", "ochre")), ("size", ("41", "42")), ("gtin14", ("04006381333931", "04006381333948"))],
)
def test_columns_that_differ_keep_apart(field, values):
    same = {"title": "Zorvex sandal Virelle VX-4410", "brand": "Zorvex"}
    assert found({**same, field: values[0]}, {**same, field: values[1]}) == set()


def test_two_barcodes_for_use_inside_a_company_are_two_products():
    same = {"title": "Galettes Virelle pur beurre", "brand": "Zorvex"}
    assert found(same | {"gtin": "2000000000015"}, same | {"gtin": "2000000000022"}) == set()
    assert found(same | {"gtin": "20000004"}, same | {"gtin": "20000011"}) == set()
    for other in ("2000000000015", "02000000000015", "4006381333932", "unknown", None):
        assert found(same | {"gtin": "2000000000015"}, same | {"gtin": other}) == {("P0", "P1")}


@pytest.mark.parametrize("titles", [("Zorvex phone Note9", "Zorvex phone Note9 Pro"), ("Zorvex Virelle", "Virelle")])
def test_which_of_two_comes_first_does_not_matter(titles):
    one, two = ({"title": title, "brand": "Zorvex"} for title in titles)
    assert found(one, two) == found(two, one)


def test_variants_of_one_parent_are_no_duplicates():
    same = {"title": "Zorvex sandal Virelle VX-4410", "brand": "Zorvex", "parent_id": "G1"}
    assert found(same, same) == set()


def test_a_title_that_many_carry_says_nothing():
    same = {"title": "Gift card for every occasion", "brand": "Zorvex"}
    assert found(*[same] * 8) == set()


def test_a_catalog_without_duplicates_gives_none():
    assert find_likely(catalog()).height == 0


def test_no_products_give_no_pairs():
    assert find_likely(PRODUCT_SCHEMA.to_frame()).schema == PAIR_SCHEMA


def test_empty_titles_are_no_duplicates():
    assert found({}, {}, {"title": ""}, {"title": "   "}) == set()


def test_the_order_of_rows_changes_nothing():
    products = catalog(
        {"title": "Zorvex compact camera black - DSCW120B", "brand": "Zorvex"},
        {"title": "Zorvex DSC-W120/B digital still camera, black", "brand": "Zorvex"},
        {"title": "Linen curtain Sunrise by Kelvaro", "brand": "Kelvaro"},
        {"title": "Kelvaro Sunrise linen curtain", "brand": "Kelvaro"},
    )
    order = list(range(products.height))
    random.Random(3).shuffle(order)
    assert find_likely(products[order]).equals(find_likely(products))


def test_stricter_finds_no_more():
    products = catalog(
        {"title": "Zorvex compact camera black - DSCW120B", "brand": "Zorvex"},
        {"title": "Zorvex DSC-W120/B digital still camera, black", "brand": "Zorvex"},
        {"title": "Zorvex camcorder HDR-55", "brand": "Zorvex"},
        {"title": "Camcorder HDR-55XAA by somebody"},
    )
    counts = [find_likely(products, strictness).height for strictness in Strictness]
    assert all(more >= less for more, less in pairwise(counts))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Bio Sonne", "Ben Organic"),
        ("Biscuiterie de Chambord", "Biscuiterie de Villandry"),
        ("Nature Bio", "Nature & Compagnie"),
    ],
)
def test_two_brands_that_share_a_word_are_two(first, second):
    title = "Galettes Virelle pur beurre bio"
    assert found({"title": title, "brand": first}, {"title": title, "brand": second}) == set()


@pytest.mark.parametrize(("first", "second"), [("Zorvex", "Zorvex Electronics"), ("Dulcemar", "Dulce Mar")])
def test_two_spellings_of_a_brand_are_one(first, second):
    title = "Galettes Virelle pur beurre"
    assert found({"title": title, "brand": first}, {"title": title, "brand": second}) == {("P0", "P1")}


def test_words_that_sellers_shout_are_no_model():
    first = {"title": "SALE! Zorvex marble run with storage bag FREE SHIPPING", "brand": "Zorvex"}
    second = {"title": "SALE! Zorvex puzzle in a gift box FREE SHIPPING", "brand": "Zorvex"}
    assert found(first, second) == set()


def test_measures_of_one_model_may_be_rounded_differently():
    first = {"title": "Zorvex DSC-W120B camera 14.7 megapixel", "brand": "Zorvex"}
    second = {"title": "Zorvex DSCW120B camera 14 megapixel", "brand": "Zorvex"}
    assert found(first, second) == {("P0", "P1")}
    assert (
        found(
            first | {"title": "Zorvex Virelle camera 14.7 megapixel"},
            second | {"title": "Zorvex Virelle camera 14 megapixel"},
        )
        == set()
    )


def test_of_a_long_text_no_more_is_read_than_a_title_may_have():
    start = "Zorvex compact camera DSC-W120 black " + " ".join(f"word{number}" for number in range(100))
    assert found({"title": start + " in red" * 1_000}, {"title": start + " QRT-5000 in blue" * 1_000}) == {("P0", "P1")}


def test_a_title_that_many_carry_says_nothing_although_it_has_a_code():
    assert found(*({"title": "Zorvex desk lamp DX-1000 black"} for _ in range(150))) == set()


def test_what_many_have_in_common_is_no_model():
    for first, second in (
        ("Zorvex Virelle memory DDR4", "Zorvex Quell module DDR4"),
        ("Zorvex lamp Virelle E27", "Zorvex spotlight Quell E27"),
        ("Zorvex Virelle display 50,000:1", "Zorvex Quell screen 50,000:1"),
        ("Zorvex Virelle almanac 2007", "Zorvex Quell atlas 2007"),
    ):
        assert found({"title": first, "brand": "Zorvex"}, {"title": second, "brand": "Zorvex"}) == set()


def test_a_short_model_is_one_with_and_without_its_hyphen():
    first = {"title": "Zorvex countertop griddler - GR4", "brand": "Zorvex"}
    assert found(first, {"title": "Zorvex GR-4 griddler", "brand": "Zorvex"}) == {("P0", "P1")}


def test_dimensions_are_no_model():
    assert (
        found({"title": "Cushion cover velvet 45x45 mustard"}, {"title": "Cushion cover velvet 45x45 emerald"}) == set()
    )
