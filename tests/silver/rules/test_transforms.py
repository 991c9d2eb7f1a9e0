import pytest


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
