"""The traps of real supplier files that Silver meets, each by its name, on rows of our own.

Which test has which trap ("import": tests/ingest/parsing/test_traps.py):

1. barcodes destroyed by a spreadsheet: here        8. price 0, sale above price, negative stock: here
2. apostrophes, lost zeros, wrong digits: here      9. columns renamed between deliveries: here, import
3. one made-up barcode on every product: here      10. JSON, lists and HTML inside cells: here
4. repeated headers, 500 columns: here, import     11. products that differ only in size or pack: here
5. encodings and delimiters: import                12. long, shouting, masked, promotional titles: here
6. line ends, breaks inside cells: import          13. one product over several rows: here, import
7. commas, dots and currencies in prices: here
"""

import polars as pl
import pytest

from services.silver.matching import PRODUCT_SCHEMA, find_likely


def test_trap_1_a_barcode_destroyed_by_a_spreadsheet_is_no_identity(run):
    products = run(*[{"ean": "8,72E+12", "title": f"Lamp {row}"} for row in range(100)])
    assert {(product["gtin"], product["_gtin14"]) for product in products} == {("8,72E+12", None)}
    assert all(product["rules"] == ["gtin.spreadsheet"] for product in products)


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("'4006381333931", "04006381333931"),
        ("36000291452", "00036000291452"),
        ("4006381333932", None),
        ("4006381333931-01", "04006381333931"),
        ("4 006381 333931", "04006381333931"),
    ],
)
def test_trap_2_apostrophes_lost_zeros_wrong_digits_suffixes_and_spaces(run, source, key):
    assert run({"barcode": source})[0]["_gtin14"] == key


def test_trap_3_a_made_up_barcode_is_nobodys(run):
    products = run(*[{"ean": "1234567890128", "title": f"Cup {row}"} for row in range(5)])
    assert {product["_gtin14"] for product in products} == {None}
    assert {rule for product in products for rule in product["rules"]} == {"gtin.placeholder"}


def test_trap_4_repeated_headers_and_five_hundred_columns(run):
    wide = {f"field {number}": f"value {number}" for number in range(520)}
    (product,) = run({"title": ["", "Chair"], "Feature": ["a", "b"]} | wide)
    assert product["title"] == "Chair"
    assert product["attributes"]["Feature"] == ["a", "b"]
    assert len(product["attributes"]) == 521


@pytest.mark.parametrize(
    ("source", "price", "currency"),
    [
        ("69.71 gbp", "69.71", "GBP"),
        ("$399.00", "399.00", "USD"),
        ("7900.00 SEK", "7900.00", "SEK"),
        ("1.299,00 €", "1299.00", "EUR"),
        ("1'299.50", "1299.50", None),
        ("1 299,50", "1299.50", None),
    ],
)
def test_trap_7_prices_as_they_are_written(run, source, price, currency):
    (product,) = run({"price": source})
    assert (product["price"], product["currency"]) == (price, currency)


def test_trap_8_zero_prices_sales_above_the_price_and_negative_stock(run):
    free, dear, owed = run({"price": "0.00"}, {"price": "10.00", "sale_price": "12.00"}, {"stock": "-3"})
    assert (free["price"], free["rules"]) == ("0.00", ["money.zero"])
    assert (dear["price"], dear["rules"]) == ("10.00", ["money.sale_above_price"])
    assert owed["rules"] == ["availability.negative_stock"]


def test_trap_9_columns_renamed_between_two_deliveries(run):
    (before,) = run({"Artikelname": "Stuhl", "Preis": "9,90", "Farbe": "rot"})
    (after,) = run({"Produktname": "Stuhl", "Verkaufspreis": "9,90", "colour": "rot", "Neu": "x"})
    fields = ("title", "price", "color")
    assert [after[field] for field in fields] == [before[field] for field in fields] == ["Stuhl", "9.90", "rot"]


def test_trap_10_json_lists_and_markup_inside_cells(run):
    (product,) = run(
        {
            "images": '["https://a.example/1.jpg", "https://a.example/2.jpg"]',
            "tags": "red|soft",
            "description": "<p>Warm &amp; soft</p><ul><li>Wool</li></ul>",
        }
    )
    assert product["primaryImageUrl"] == "https://a.example/1.jpg"
    assert product["secondaryImages"] == ["https://a.example/2.jpg"]
    assert product["tags"] == ["red", "soft"]
    assert product["description"] == "Warm & soft\n\nWool"


def test_trap_11_products_that_differ_only_in_size_flavour_pack_or_colour_are_no_duplicates(run):
    others = [
        {"title": f"{name} {noun} {number}", "brand": name}
        for name in ("Elmora", "Fennik", "Garthwell")
        for number, noun in enumerate(("desk lamp", "coffee grinder", "wall clock", "wool blanket"), start=411)
    ]
    apart = [
        {"title": "Velmora shower gel lavender 250 ml", "brand": "Velmora", "size": "250 ml"},
        {"title": "Velmora shower gel lavender 500 ml", "brand": "Velmora", "size": "500ml"},
        {"title": "Velmora shower gel rose 250 ml", "brand": "Velmora"},
        {"title": "Velmora bath salt pine, pack of 6", "brand": "Velmora"},
        {"title": "Velmora bath salt pine, pack of 12", "brand": "Velmora"},
        {"title": "Orvane trail shoe XR-2200", "brand": "Orvane", "color": "NAVY BLUE", "size": "EU 42"},
        {"title": "Orvane trail shoe XR-2200", "brand": "Orvane", "color": "Red", "size": "42 EU"},
    ]
    same = [
        {"title": "Zorvex compact camera black - DSCW120B", "brand": "Zorvex"},
        {"title": "Zorvex DSC-W120/B digital still camera, black", "brand": "ZORVEX"},
    ]
    products = run(*others, *apart, *same, unknown_brands="register")
    rows = [{name: product.get(name) for name in PRODUCT_SCHEMA} for product in products]
    for place, row in enumerate(rows):
        row["sequence"] = place
    pairs = set(find_likely(pl.DataFrame(rows, schema=PRODUCT_SCHEMA)).select("earlier", "later").iter_rows())
    first = len(others) + len(apart)
    assert pairs == {(f"p{first}", f"p{first + 1}")}


def test_trap_12_shouting_masked_and_promotional_titles_lose_their_dress(column):
    assert column("title", "★★ WINTER JACKET!!! ★★", "~*~ Soft scarf ~*~") == ["Winter Jacket!", "Soft scarf"]


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("PRODUCT 1", "title.placeholder"),
        ("Lorem ipsum dolor sit amet", "title.placeholder"),
        ("Scarf FREE SHIPPING", "title.promotional"),
        ("Warm scarf " * 20, "title.too_long"),
    ],
)
def test_trap_12_titles_that_nobody_can_mend_are_flagged(run, title, rule):
    assert run({"title": title})[0]["rules"] == [rule]


def test_trap_13_a_product_of_many_shopify_lines_is_one_product(run):
    variants = [{"Option1 Value": "S", "Variant SKU": "T-S"}, {"Option1 Value": "M", "Variant SKU": "T-M"}]
    document = {"Handle": "tee", "Title": "Tee", "images": ["https://a.example/1.jpg", "https://a.example/2.jpg"]}
    (product,) = run(document | {"variants": variants})
    assert (product["title"], product["sku"]) == ("Tee", "T-S")
    assert product["secondaryImages"] == ["https://a.example/2.jpg"]
