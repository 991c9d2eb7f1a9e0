import polars as pl
import pytest

from services.silver.rules.pipeline import decimal_mark_in


@pytest.mark.parametrize(
    ("transform", "sku"),
    [
        ("trim", "aB 1"),
        ("uppercase", "AB 1"),
        ("lowercase", "ab 1"),
        ("prefix:DE- ", "DE- aB 1"),
        ("suffix:/x:y", "aB 1/x:y"),
        ("", "aB 1"),
    ],
)
def test_transforms(run, transform, sku):
    (product,) = run({"Art": "aB 1", "sku": "other"}, mappings=[("art", "sku", transform)])
    assert product["sku"] == sku
    assert [(c["before"], c["after"], c["rule"]) for c in product["changes"]] == (
        [("aB 1", sku, "mapping.transform")] if sku != "aB 1" else []
    )


def test_values_of_other_headers_are_not_transformed(run):
    products = run({"Art": "a", "sku": "x"}, {"sku": "b"}, {"Art": " "}, mappings=[("Art", "sku", "prefix:Z")])
    assert [product["sku"] for product in products] == ["Za", "b", None]


def test_a_mapping_alone_is_no_change(run):
    (product,) = run({"Wert 7": "Red shoe"}, mappings=[("wert_7", "title", "")])
    assert (product["title"], product["changes"], product["_fields_normalized"]) == ("Red shoe", [], 0)


def test_a_field_that_is_not_canonical_is_an_attribute(run):
    (product,) = run({"Care": "cold"}, mappings=[("care", "Washing", "")])
    assert product["attributes"] == {"Washing": "cold"}


def test_prices_are_read_after_their_transform(run):
    (product,) = run({"Cost": "9,50"}, mappings=[("cost", "price", "suffix: CHF")])
    assert (product["price"], product["currency"]) == ("9.50", "CHF")


@pytest.mark.parametrize("columns", [{}, {"sale price": "5", "msrp": "30"}, {"sale price": "5"}])
def test_what_a_transform_makes_of_a_price_is_a_change(run, columns):
    """Prices are moved about: the change stands where the value ended up."""
    (product,) = run({"Cost": "9.50"} | columns, mappings=[("cost", "price", "prefix:1")])
    field = "price" if not columns else "originalPrice"
    told = {change["field"]: change for change in product["changes"]}
    if len(columns) == 2:
        assert (product["price"], product["originalPrice"], told) == ("5", "30", {})
        return
    assert told[field] == {"field": field, "before": "9.50", "after": "19.50", "rule": "mapping.transform"}
    assert product["_fields_normalized"] == 1


def test_a_price_that_was_transformed_and_read_tells_what_the_source_said(run):
    products = run({"Cost": "9,50"}, {"price": "7,25"}, mappings=[("cost", "price", "prefix:1")])
    told = [
        (change["before"], change["after"], change["rule"]) for product in products for change in product["changes"]
    ]
    assert told == [("9,50", "19.50", "money.decimal_comma"), ("7,25", "7.25", "money.decimal_comma")]


def test_transforms_of_attributes_are_changes_too(run):
    documents = [{"Care": " cold "}, {"Care": ["a", "b"]}, {"Care": " "}, {"Other": "x"}]
    products = run(*documents, mappings=[("care", "Washing", "prefix:Wash ")])
    assert [product["attributes"] for product in products] == [
        {"Washing": "Wash cold"},
        {"Washing": ["a", "b"]},
        {},
        {"Other": "x"},
    ]
    assert [product["changes"] for product in products] == [
        [{"field": "attributes.Washing", "before": " cold ", "after": "Wash cold", "rule": "mapping.transform"}],
        [],
        [],
        [],
    ]


@pytest.mark.parametrize(
    ("transform", "tags"), [("prefix:$1-", ["$1-a", "$1-b"]), ("suffix:!", ["a!", "b!"]), ("uppercase", ["A", "B"])]
)
def test_a_list_is_transformed_item_by_item(run, transform, tags):
    (product,) = run({"Labels": "a, b"}, mappings=[("labels", "tags", transform)])
    assert product["tags"] == tags


def test_lines_of_a_text_are_no_items(run):
    (product,) = run({"Info": "One.\nTwo."}, mappings=[("info", "description", "suffix: End$1.")])
    assert product["description"] == "One.\nTwo. End$1."


@pytest.mark.parametrize("target", ["primaryImageUrl", "Primary Image URL", "primary_image_url", "PRIMARYIMAGEURL"])
def test_a_target_is_a_canonical_field_however_it_is_spelled(run, target):
    (product,) = run({"Pic": "https://img.example/a.jpg"}, mappings=[("pic", target, "")])
    assert (product["primaryImageUrl"], product["attributes"]) == ("https://img.example/a.jpg", {})


@pytest.mark.parametrize("target", ["_salePrice", "EAN", "_ignored"])
def test_a_target_that_is_no_canonical_field_is_an_attribute(run, target):
    (product,) = run({"Code": "4006381333931"}, mappings=[("code", target, "")])
    assert product["attributes"] == {target: "4006381333931"}


def test_one_header_may_go_to_several_targets(run):
    mappings = [("Code", "sku", "prefix:S-"), ("Code", "mpn", ""), ("code", "Supplier code", "lowercase")]
    (product,) = run({"CODE": "A1"}, mappings=mappings)
    assert (product["sku"], product["mpn"], product["attributes"]) == ("S-A1", "A1", {"Supplier code": "a1"})


def test_of_several_headers_for_one_field_the_first_mapping_with_a_value_wins(run):
    mappings = [("second", "title", "uppercase"), ("first", "title", "")]
    products = run({"first": "a", "second": "b"}, {"first": "a", "second": ""}, mappings=mappings)
    assert [product["title"] for product in products] == ["B", "a"]


def test_normalising_what_came_out_changes_nothing(run):
    mappings = [("Art", "sku", "prefix:DE-"), ("Cost", "price", "suffix: CHF"), ("Care", "Washing", "uppercase")]
    (product,) = run({"Art": "7 a", "Cost": "9,50", "Care": "cold"}, mappings=mappings)
    again = {name: product[name] for name in ("sku", "price", "currency")} | product["attributes"]
    (same,) = run(again, mappings=mappings)
    assert (same["changes"], same["attributes"]) == ([], product["attributes"])
    assert [same[name] for name in ("sku", "price", "currency")] == ["DE-7 a", "9.50", "CHF"]


def test_the_decimal_mark_is_seen_in_a_header_of_the_workspace_s_own():
    documents = pl.Series(['{"Cost": "1.234"}', '{"Cost": "19,99"}'])
    assert decimal_mark_in(documents) is None
    assert decimal_mark_in(documents, [("cost", "price", "")]) == ","


CDN = "prefix:https://cdn.example/"


@pytest.mark.parametrize("cell", ["a.jpg,b.jpg", "a.jpg|b.jpg", ["a.jpg", "b.jpg"]])
def test_every_image_of_a_cell_is_transformed(run, cell):
    (product,) = run({"pics": cell}, mappings=[("pics", "primaryImageUrl", CDN)])
    assert (product["primaryImageUrl"], product["secondaryImages"]) == (
        "https://cdn.example/a.jpg",
        ["https://cdn.example/b.jpg"],
    )
    told = {change["field"]: (change["before"], change["after"]) for change in product["changes"]}
    assert told == {
        "primaryImageUrl": ("a.jpg", "https://cdn.example/a.jpg"),
        "secondaryImages": (["b.jpg"], ["https://cdn.example/b.jpg"]),
    }


def test_images_of_other_columns_stay_as_they_are(run):
    document = {"pic": "a.jpg", "image 2": "https://img.example/b.jpg"}
    (product,) = run(document, mappings=[("pic", "primaryImageUrl", CDN)])
    assert (product["primaryImageUrl"], product["secondaryImages"]) == (
        "https://cdn.example/a.jpg",
        ["https://img.example/b.jpg"],
    )


def test_the_first_of_a_list_is_transformed(run):
    (product,) = run({"Brands": "acme, other"}, mappings=[("brands", "brand", "uppercase")], known=["Acme"])
    assert (product["brand"], product["changes"][0]["before"]) == ("Acme", "acme")


def test_the_same_text_of_another_column_is_not_transformed(run):
    products = run({"Art": "", "sku": "x"}, {"Art": "x", "sku": "x"}, mappings=[("Art", "sku", "prefix:Z")])
    assert [product["sku"] for product in products] == ["x", "Zx"]


def test_an_attribute_is_mended_after_its_transform(run):
    (product,) = run({"Hint": "MÃ¼ller"}, mappings=[("hint", "Note", "prefix:x ")])
    assert product["attributes"] == {"Note": "x Müller"}
