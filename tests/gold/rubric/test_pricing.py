import pytest


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("0.01", None),
        ("159.00", None),  # the original price itself
        (None, (6.0, "missing", "absent")),
        ("0", (6.0, "weak", "not an amount above zero")),
        ("-3.50", (6.0, "weak", "not an amount above zero")),
        ("on request", (6.0, "weak", "not an amount above zero")),
        ("nan", (6.0, "weak", "not an amount above zero")),
        ("inf", (6.0, "weak", "not an amount above zero")),
        ("159.01", (3.0, "weak", "the original price is below the price")),
    ],
)
def test_price(gap_of, price, expected):
    assert gap_of("price", {"price": price}) == expected


def test_price_needs_no_original_price(gap_of):
    assert gap_of("price", {"originalPrice": None}) is None


@pytest.mark.parametrize(("currency", "lost"), [("SEK", None), ("XXX", 2.0), ("eur", 2.0), ("€", 2.0), (None, 2.0)])
def test_currency_is_a_code_of_iso_4217(gap_of, currency, lost):
    gap = gap_of("currency", {"currency": currency})

    assert (gap and gap[0]) == lost


@pytest.mark.parametrize(("availability", "lost"), [("backorder", None), ("auf Lager", 2.0), (None, 2.0)])
def test_availability_is_a_known_one(gap_of, availability, lost):
    gap = gap_of("availability", {"availability": availability})

    assert (gap and gap[0]) == lost


def test_an_original_price_of_zero_says_that_there_is_none(gap_of):
    assert gap_of("price", {"originalPrice": "0.00"}) is None
