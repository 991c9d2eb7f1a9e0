import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.silver.rules.gtin import check_digit_fits, normalize_gtin
from services.silver.rules.sheet import Sheet


@pytest.mark.parametrize(
    ("source", "gtin", "key"),
    [
        ("4006381333931", "4006381333931", "04006381333931"),
        (4006381333931, "4006381333931", "04006381333931"),
        ("'4006381333931", "4006381333931", "04006381333931"),
        ("4006381 333931", "4006381333931", "04006381333931"),
        ("400-6381-333931", "4006381333931", "04006381333931"),
        ("4006381333931.0", "4006381333931", "04006381333931"),
        ("EAN: 4006381333931", "4006381333931", "04006381333931"),
        ("4006381333931-01", "4006381333931", "04006381333931"),
        ("036000291452", "036000291452", "00036000291452"),
        ("36000291452", "036000291452", "00036000291452"),
        ('="4006381333931"', "4006381333931", "04006381333931"),
        ("96385074", "96385074", "00000096385074"),
        ("978-3-16-148410-0", "9783161484100", "09783161484100"),
        ("080442957X", "9780804429573", "09780804429573"),
        ("14006381333938", "14006381333938", "14006381333938"),
    ],
)
def test_usable(run, source, gtin, key):
    (product,) = run({"gtin": source})
    assert (product["gtin"], product["_gtin14"], product["rules"]) == (gtin, key, [])


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("8,72E+12", "gtin.spreadsheet"),
        ("4.00638E+12", "gtin.spreadsheet"),
        ("4006381333932", "gtin.check_digit"),
        ("400638133393", "gtin.check_digit"),
        ("18999", "gtin.length"),
        ("00018999", "gtin.restricted"),
        ("20123451", "gtin.restricted"),
        ("00012345678905", "gtin.placeholder"),
        ("12345678901234567", "gtin.length"),
        ("0000000000000", "gtin.placeholder"),
        ("1234567890128", "gtin.placeholder"),
        ("2012345678903", "gtin.restricted"),
        ("0212345678909", "gtin.restricted"),
        ("9912345678909", "gtin.coupon"),
        ("does not apply", "gtin.not_digits"),
        ("4006381333931,4006381333948", "gtin.not_digits"),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "gtin.not_digits"),
    ],
)
def test_unusable_stays_as_it_came_and_is_flagged(run, source, rule):
    (product,) = run({"gtin": source})
    assert (product["gtin"], product["_gtin14"]) == (source, None)
    assert product["rules"] == [rule]


def test_restricted_prefixes_are_refused_in_13_digits_only(run):
    (product,) = run({"gtin": "212345678909"})
    assert product["rules"] == []


def test_lost_zeros_come_back_only_when_the_check_digit_fits(column):
    assert column("gtin", "36000291452", "36000291453") == ["036000291452", "36000291453"]


@pytest.mark.parametrize(("code", "fits"), [("4006381333931", True), ("4006381333930", False), ("036000291452", True)])
def test_check_digit(code, fits):
    assert check_digit_fits(code) is fits


@pytest.mark.parametrize(
    ("short", "gtin"),
    [
        ("04963406", "049000006346"),
        ("01234558", "01234558"),  # both readings fit
        ("04252614", "042100005264"),
        ("01234133", "012300000413"),
        ("01234543", "012340000053"),
        ("04963407", "04963407"),
    ],
)
def test_a_upc_e_becomes_the_upc_a_it_stands_for(column, short, gtin):
    assert column("gtin", short) == [gtin]


@given(
    st.lists(
        st.one_of(
            st.text("0123456789", min_size=6, max_size=15),
            st.sampled_from(["4006381333931", "96385074", "036000291452", "2000000000008", "05012345678900"]),
            st.text(max_size=14),
        ),
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_many_codes_are_judged_as_each_alone(codes):
    sound = ["4006381333931"] * 40

    def keys(column):
        sheet = Sheet(pl.Series("p", [str(row) for row in range(len(column))], dtype=pl.String))
        sheet.load("gtin", pl.Series("gtin", column, dtype=pl.String))
        found = normalize_gtin(sheet).to_list()
        return found, sheet.get("gtin").to_list()

    codes = [code.encode("utf-8", "replace").decode() for code in codes]
    many_keys, many_codes = keys(codes + sound)
    alone = [keys([code]) for code in codes]
    assert many_keys[: len(codes)] == [key for (key,), _ in alone]
    assert many_codes[: len(codes)] == [code for _, (code,) in alone]


@pytest.mark.parametrize(
    ("source", "gtin"),
    [
        ("ISBN 978-3-16-148410-0", "9783161484100"),
        ("ISBN: 3-16-148410-X", "9783161484100"),
        ("ISBN-10: 0306406152", "9780306406157"),
        ("JAN 4901234567894", "4901234567894"),
        ("ISBN 12-X", "ISBN 12-X"),
    ],
)
def test_the_name_of_the_code_before_it_is_no_part_of_it(column, source, gtin):
    assert column("gtin", source) == [gtin]
