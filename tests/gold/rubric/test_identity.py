import pytest


@pytest.mark.parametrize(
    ("sku", "expected"),
    [
        ("A-1", None),
        ("", (6.0, "missing", "absent")),
        (None, (6.0, "missing", "absent")),
        ("N/A", (6.0, "weak", "placeholder instead of a SKU")),
        ("x" * 50, (6.0, "weak", "placeholder instead of a SKU")),
        ("A" * 51, (1.2, "weak", "longer than 50 characters, the channels' limit for an id")),
    ],
)
def test_sku(gap_of, sku, expected):
    assert gap_of("sku", {"sku": sku}) == expected


@pytest.mark.parametrize(
    "gtin",
    [
        "4006381333931",  # 13 digits
        "036000291452",  # 12 digits
        "96385074",  # 8 digits
        "10614141000415",  # 14 digits
        "00036000291452",  # padded to 14
        "4006 3813-33931",  # spaces and dashes do not count
        "9780306406157",  # a book
        "9770317847001",  # a magazine
    ],
)
def test_gtin_is_good(gap_of, gtin):
    assert gap_of("gtin", {"gtin": gtin}) is None


@pytest.mark.parametrize(
    ("gtin", "why"),
    [
        ("8,72E+12", "not a number of 8, 12, 13 or 14 digits"),
        ("'4006381333931", "not a number of 8, 12, 13 or 14 digits"),
        ("40063813339", "not a number of 8, 12, 13 or 14 digits"),
        ("400638133393100", "not a number of 8, 12, 13 or 14 digits"),
        ("4006381333932", "wrong check digit"),
        ("1234567890128", "a made-up number"),
        ("00012345678905", "a made-up number"),
        ("0000000000000", "wrong check digit"),
        ("2000000000008", "restricted, coupon or test prefix"),  # in-store
        ("0200000000004", "restricted, coupon or test prefix"),  # variable weight
        ("200000000004", "restricted, coupon or test prefix"),  # the same in its 12-digit form
        ("0400000000008", "restricted, coupon or test prefix"),
        ("0500000000005", "restricted, coupon or test prefix"),  # US coupon
        ("9521234567899", "restricted, coupon or test prefix"),  # GS1's examples
        ("9800000000007", "restricted, coupon or test prefix"),  # refund receipt
        ("9900000000004", "restricted, coupon or test prefix"),
        ("20000004", "restricted, coupon or test prefix"),
    ],
)
def test_gtin_that_channels_refuse_is_worth_nothing(gap_of, gtin, why):
    assert gap_of("gtin", {"gtin": gtin}) == (8.0, "weak", why)


def test_gtin_absent_is_missing(gap_of):
    assert gap_of("gtin", {"gtin": None}) == (8.0, "missing", "absent")


def test_brand_is_worth_half_until_it_is_linked(gap_of):
    assert gap_of("brand", {"brandId": None}) == (3.0, "weak", "not linked to a brand of the workspace")


@pytest.mark.parametrize("brand", ["N/A", "Generic", "no brand", "Does not exist"])
def test_brand_placeholder_is_worth_nothing(gap_of, brand):
    assert gap_of("brand", {"brand": brand}) == (6.0, "weak", "placeholder instead of a brand")


def test_brand_absent_is_missing(gap_of):
    assert gap_of("brand", {"brand": None, "brandId": None}) == (6.0, "missing", "absent")


@pytest.mark.parametrize(("products", "expected"), [(None, None), (0, None), (2, "shared with unlike products")])
def test_gtin_that_unlike_products_share_is_worth_nothing(gap_of, products, expected):
    assert gap_of("gtin", {"_shared_gtin": products}) == (expected and (8.0, "weak", expected))


def test_brand_is_no_longer_than_channels_take(gap_of, flawless_product):
    brand = "Lumina" + " and Sons" * 8

    assert gap_of("brand", {"brand": brand}) == (1.2, "weak", "longer than 70 characters")
