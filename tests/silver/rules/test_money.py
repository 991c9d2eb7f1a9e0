import pytest


@pytest.mark.parametrize(
    ("source", "price", "currency"),
    [
        ("19.99", "19.99", None),
        (19.9, "19.9", None),
        (20, "20", None),
        ("19,99", "19.99", None),
        ("1.299,00 €", "1299.00", "EUR"),
        ("1,299.00", "1299.00", None),
        ("1'299.00", "1299.00", None),
        ("1 299,50", "1299.50", None),
        ("1\u202f299,50 €", "1299.50", "EUR"),
        ("69.71 gbp", "69.71", "GBP"),
        ("$399.00", "399.00", "USD"),
        ("7900.00 SEK", "7900.00", "SEK"),
        ("R$ 1.299,90", "1299.90", "BRL"),
        ("USD 1,234,567.89", "1234567.89", "USD"),
        ("CHF 1'234.50", "1234.50", "CHF"),
        ("€ 15,-", "15", "EUR"),
        ("49,90 zł", "49.90", "PLN"),
        ("0,5", "0.5", None),
        (".5", "0.5", None),
        ("007.50", "7.50", None),
        ("\u200b12.50", "12.50", None),
        ("12 kr", "12", None),
        ("1,00,000.00", "100000.00", None),
        ("$1,299.00 USD", "1299.00", "USD"),
        ("CAD $20.00", "20.00", "CAD"),
        ("19,99 EUR €", "19.99", "EUR"),
        ("C $20.00", "20.00", "CAD"),
        ("¥1200 JPY", "1200", "JPY"),
        ("1.299,- kr", "1299", None),
        ("1.299,--", "1299", None),
        ("CHF 99.-", "99", "CHF"),
        ("99.–", "99", None),
        ("Rs. 1,299.00", "1299.00", None),
        ("1\u200b2,5\u200b0 €", "12.50", "EUR"),
        ("'1  299,50  EUR'", "1299.50", "EUR"),
        ("１２,５０ €", "12.50", "EUR"),
        ("000,50 €", "0.50", "EUR"),
        ("1.299,00 TL", "1299.00", "TRY"),
        ("1 299 руб.", "1299", "RUB"),
        ("R 1 299.00", "1299.00", "ZAR"),
        ("S/ 129.90", "129.90", "PEN"),
        ("1 299:-", "1299", None),
        ("Rs. 1,299/-", "1299", None),
        ("¥1,299", "1299", None),
        ("12.900 ₫", "12900", "VND"),
        ("1,299円", "1299", "JPY"),
        ("٣٤٫٩٩", "34.99", None),
        ("१९.९९", "19.99", None),
        ("19,99 € inkl. MwSt.", "19.99", "EUR"),
        ("19.99 incl. VAT", "19.99", None),
        ("19,99 € TTC", "19.99", "EUR"),
        ("19,99 €*", "19.99", "EUR"),
        ("Price: $19.99 USD", "19.99", "USD"),
        ("19.99/ea", "19.99", None),
        ("=19.99", "19.99", None),
    ],
)
def test_notations(run, source, price, currency):
    (product,) = run({"price": source})
    assert (product["price"], product["currency"]) == (price, currency)


def test_a_plain_decimal_is_no_change(run):
    products = run({"price": "19.90"}, {"price": 19.9}, {"price": "19,90"})
    assert [product["_fields_normalized"] for product in products] == [0, 0, 1]
    assert products[2]["changes"] == [
        {"field": "price", "before": "19,90", "after": "19.90", "rule": "money.decimal_comma"}
    ]


@pytest.mark.parametrize(
    "source",
    [
        *("on request", "10 - 20", "from 9.99", "12 bananas", "1.2.3", "1e5", "10%", "1,2,3", "5.00-", "€5 USD"),
        *("19.99 excl. VAT", "19,99 € zzgl. MwSt.", "2 x 9.99", "was 29.99 now 19.99", "99¢", "19.99%", "(5.00)", "~5"),
    ],
)
def test_unreadable_prices_become_null_and_say_so(run, source):
    (product,) = run({"price": source})
    assert product["price"] is None
    assert product["rules"] == ["money.unreadable"]
    assert product["changes"] == [{"field": "price", "before": source, "after": None, "rule": "money.unreadable"}]


def test_the_column_decides_what_a_lone_separator_means(column):
    assert column("price", "1.234", "19,99") == ["1234", "19.99"]
    assert column("price", "1.234", "19.99") == ["1.234", "19.99"]
    assert column("price", "1,234", "19.99") == ["1234", "19.99"]


def test_a_price_that_is_not_read_is_no_witness(column):
    assert column("price", "1.234", "-0.5") == [None, None]
    assert column("price", "1.234", "from 9.99") == [None, None]
    assert column("price", "1.234", "19,99\u00a0€") == ["1234", "19.99"]


def test_a_lone_separator_without_evidence_is_not_guessed(run):
    (product,) = run({"price": "1.234"})
    assert (product["price"], product["rules"]) == (None, ["money.ambiguous"])
    assert run({"price": "1.234"}, decimal_mark=",")[0]["price"] == "1234"


def test_each_price_column_may_show_the_mark(run):
    (product,) = run({"price": "1.299", "original_price": "1.499,00"})
    assert (product["price"], product["originalPrice"]) == ("1299", "1499.00")


def test_a_shape_seen_before_is_read_with_the_mark_of_its_own_column(column):
    assert column("price", "1.111 €", "19,99") == ["1111", "19.99"]
    assert column("price", "2.222 €", "19.99") == ["2.222", "19.99"]
    assert column("price", "3.333 €") == [None]


def test_sale_price_is_paid_and_the_price_becomes_the_original(run):
    (product,) = run({"price": "50.00 EUR", "sale_price": "40.00 EUR"})
    assert (product["price"], product["originalPrice"], product["currency"]) == ("40.00", "50.00", "EUR")


def test_sale_price_above_the_price_is_left_out(run):
    (product,) = run({"price": "50", "sale_price": "60"})
    assert (product["price"], product["originalPrice"]) == ("50", None)
    assert product["rules"] == ["money.sale_above_price"]


def test_regular_price_alone_is_the_price(run):
    (product,) = run({"Regular price": "45", "Sale price": ""})
    assert (product["price"], product["originalPrice"], product["_fields_normalized"]) == ("45", None, 0)


def test_equal_regular_and_sale_price_is_no_discount(run):
    (product,) = run({"regularPrice": 5.49, "salePrice": 5.49})
    assert (product["price"], product["originalPrice"]) == ("5.49", None)


def test_compare_at_price(run):
    (product,) = run({"Variant Price": "40", "Variant Compare At Price": "50"})
    assert (product["price"], product["originalPrice"]) == ("40", "50")


def test_price_zero_and_negative(run):
    zero, negative = run({"price": "0.00"}, {"price": "-5"})
    assert (zero["price"], zero["rules"]) == ("0.00", ["money.zero"])
    assert (negative["price"], negative["rules"]) == (None, ["money.negative"])


def test_original_below_price_is_flagged(run):
    assert run({"price": "50", "original_price": "40"})[0]["rules"] == ["money.original_below_price"]


@pytest.mark.parametrize(("source", "code"), [("eur", "EUR"), ("€", "EUR"), ("US$", "USD"), ("Euro", "EUR")])
def test_currency_column(column, source, code):
    assert column("currency", source) == [code]


def test_unknown_currency_stays_and_is_flagged(run):
    (product,) = run({"currency": "Taler"})
    assert (product["currency"], product["rules"]) == ("Taler", ["money.currency_unknown"])


def test_currency_conflict_keeps_the_column(run):
    (product,) = run({"price": "10 EUR", "currency": "GBP"})
    assert (product["currency"], product["rules"]) == ("GBP", ["money.currency_conflict"])


def test_dollar_sign_agrees_with_another_dollar(run):
    (product,) = run({"price": "$10.00", "currency": "CAD"})
    assert (product["currency"], product["rules"]) == ("CAD", [])


def test_the_original_price_may_name_the_currency(run):
    (product,) = run({"Preis": "1.299,00", "UVP": "1.499,00 €"})
    assert (product["price"], product["originalPrice"], product["currency"]) == ("1299.00", "1499.00", "EUR")


def test_the_catalogs_currency_is_taken_where_the_product_says_nothing(run):
    bare, own, named, free = run(
        {"price": "5"}, {"price": "5", "currency": "GBP"}, {"price": "5 €"}, {"title": "x"}, currency="CHF"
    )
    assert [product["currency"] for product in (bare, own, named, free)] == ["CHF", "GBP", "EUR", None]
    assert bare["changes"] == [{"field": "currency", "before": None, "after": "CHF", "rule": "money.catalog_currency"}]


def test_a_bare_dollar_sign_is_the_dollar_of_the_catalog(run):
    (canadian,), (swiss,) = run({"price": "$5.00"}, currency="CAD"), run({"price": "$5.00"}, currency="CHF")
    assert (canadian["currency"], canadian["rules"]) == ("CAD", [])
    assert (swiss["currency"], swiss["rules"]) == ("USD", ["money.dollar_assumed"])


def test_signs_of_several_currencies_leave_it_to_the_catalog(run):
    assert [product["currency"] for product in run({"price": "12 kr"}, {"price": "¥1200"}, currency="SEK")] == [
        "SEK"
    ] * 2


@pytest.mark.parametrize("source", ["19,99²", "19⁹⁹ €", "①"])
def test_raised_figures_are_no_part_of_a_price(run, source):
    (product,) = run({"price": source})
    assert (product["price"], product["rules"]) == (None, ["money.unreadable"])


@pytest.mark.parametrize(
    ("source", "price"), [("12 €/Stk", "12"), ("12,90 € / Stück", "12.90"), ("12,50 €/kg", None), ("12 €/100 g", None)]
)
def test_a_price_for_one_piece_is_the_price_and_one_for_a_measure_is_not(column, source, price):
    assert column("price", source) == [price]


def test_prices_in_two_currencies_are_told(run):
    (mixed,) = run({"price": "12 EUR", "sale_price": "10 USD"})
    assert "money.currency_conflict" in mixed["rules"]
    (same,) = run({"price": "12 EUR", "sale_price": "10 €"})
    assert same["rules"] == []


@pytest.mark.parametrize(
    ("documents", "prices"),
    [
        ([{"price": 1.234}], ["1.2340"]),
        ([{"price": 1.234}, {"price": "1.299"}], ["1.2340", "1.299"]),
        ([{"price": 1.234}, {"price": "19,99"}], ["1.2340", "19.99"]),
        ([{"price": 1.234, "images": ["https://a.example/1.jpg"]}], ["1.2340"]),
        ([{"price": "1.234", "x": {"price": 1.234}}], [None]),
        ([{"price": {"value": 1.234, "currency": "KWD"}}], ["1.2340"]),
        ([{"variants": [{"price": 12.125}]}, {"price": 1.25}], ["12.1250", "1.25"]),
        ([{"price": "1.234", "cost": 1.234}, {"price": "x", "y": 1.234}], [None, None]),
        ([{"note": '"price": 1.234,', "price": "1.234"}], [None]),
    ],
)
def test_a_json_number_has_one_reading(run, documents, prices):
    products = run(*documents)
    assert [product["price"] for product in products] == prices
    assert [change for product in products for change in product["changes"] if change["after"] == "1.2340"] == []
    again = run(*({"price": price} for price in prices if price))
    assert [product["price"] for product in again] == [price for price in prices if price]
