import pytest

from services.silver.rules.header_words import is_date


@pytest.mark.parametrize(
    ("source", "iso"),
    [
        ("2026-02-13", "2026-02-13"),
        ("2026/2/3", "2026-02-03"),
        ("20260213", "2026-02-13"),
        ("13/02/2026", "2026-02-13"),
        ("02-13-2026", "2026-02-13"),
        ("13.02.2026", "2026-02-13"),
        ("05/05/2026", "2026-05-05"),
        ("01.02.2025", "2025-02-01"),
        ("1.2.2025 14:30", "2025-02-01T14:30"),
        ("01.02.2025 - 03.02.2025", "2025-02-01/2025-02-03"),
        ("02.13.2026", "2026-02-13"),
        ("2026-02-13 14:30:00", "2026-02-13T14:30:00"),
        ("2026-02-13T14:30+0100", "2026-02-13T14:30+01:00"),
        ("2026-02-13T14:30:00.000Z", "2026-02-13T14:30:00.000Z"),
        ("1/15/2026, 2:30 PM", "2026-01-15T14:30"),
        ("12/31/2026 12:05 am", "2026-12-31T00:05"),
        ("2026-02-01 / 2026-02-28", "2026-02-01/2026-02-28"),
        ("2026-02-01T0:00-0800/2026-02-28T23:59-0800", "2026-02-01T00:00-08:00/2026-02-28T23:59-08:00"),
        ("01.02.2026 - 28.02.2026", "2026-02-01/2026-02-28"),
        ("1. März 2026 bis 3. April 2026", "2026-03-01/2026-04-03"),
        ("2026-02", "2026-02"),
        ("12/2026", "2026-12"),
        ("2.2026", "2026-02"),
        ("février 2026", "2026-02"),
        ("Fri, 13 Feb 2026 10:00:00 GMT", "2026-02-13T10:00:00Z"),
        ("2026", "2026"),
    ],
)
def test_notations(run, source, iso):
    (product,) = run({"availability_date": source})
    assert (product["attributes"], product["rules"]) == ({"availability_date": iso}, [])
    assert [change["rule"] for change in product["changes"]] == ["date.iso"] * (source != iso)


@pytest.mark.parametrize(
    "texts",
    [
        "March 13, 2026; Mar 13 2026; 13th March 2026; 13 Mar 2026",
        "13. März 2026; 13. Mrz. 2026; Freitag, 13. März 2026",
        "13 mars 2026; le 13 mars 2026",
        "13 de marzo de 2026; 13 mar. 2026",
        "13 de março de 2026; 13 março 2026",
        "13 marzo 2026; il 13 marzo 2026",
        "13 maart 2026; 13 mrt 2026",
    ],
)
def test_months_of_seven_languages(run, texts):
    products = run(*[{"Release date": text} for text in texts.split("; ")])
    assert {product["attributes"]["Release date"] for product in products} == {"2026-03-13"}


def test_the_first_of_a_month_in_french(run):
    assert run({"date": "1er août 2026"})[0]["attributes"] == {"date": "2026-08-01"}


def test_the_column_decides_what_stands_first(run):
    def column(*texts):
        return [product["attributes"]["date"] for product in run(*[{"date": text} for text in texts])]

    assert column("03/02/2026", "13/02/2026") == ["2026-02-03", "2026-02-13"]
    assert column("03/02/2026", "02/13/2026") == ["2026-03-02", "2026-02-13"]
    assert column("03/02/2026", "13/02/2026", "02/13/2026") == ["03/02/2026", "2026-02-13", "2026-02-13"]
    assert column("03/02/2026", "31/02/2026") == ["03/02/2026", "31/02/2026"]
    assert column("03.02.2026", "02.13.2026") == ["2026-03-02", "2026-02-13"]


def test_dots_say_nothing_of_slashes(run):
    dates = [product["attributes"]["date"] for product in run({"date": "01.02.2026"}, {"date": "03/02/2026"})]
    assert dates == ["2026-02-01", "03/02/2026"]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("03/02/2026", "date.ambiguous"),
        ("03/02/26", "date.ambiguous"),
        ("03.02.26", "date.ambiguous"),
        ("03-02-2026", "date.ambiguous"),
        ("13-Feb-26", "date.ambiguous"),
        ("13/2026", "date.unknown"),
        ("44561", "date.serial"),
        ("1767225600", "date.serial"),
        ("2026-02-31", "date.unknown"),
        ("31/02/2026", "date.unknown"),
        ("0000-00-00", "date.unknown"),
        ("2026-02-13 25:00", "date.unknown"),
        ("soon", "date.unknown"),
        ("13 Brumaire 2026", "date.unknown"),
    ],
)
def test_what_is_no_certain_date_stays_and_is_flagged(run, source, rule):
    (product,) = run({"Expiry date": source})
    assert (product["attributes"], product["rules"], product["changes"]) == ({"Expiry date": source}, [rule], [])
    assert product["issues"][0]["field"] == "attributes.Expiry date"


@pytest.mark.parametrize(
    "name",
    [
        *("availability_date", "sale_price_effective_date", "Date sale price starts", "special_price_from_date"),
        *("created_at", "updated at", "releaseDate", "Erscheinungsdatum", "MHD", "best before", "date de sortie"),
        *("fecha de lanzamiento", "data di scadenza", "data de validade", "verschijningsdatum"),
    ],
)
def test_names_that_hold_dates(name):
    assert is_date(name)


@pytest.mark.parametrize("name", ["data sheet", "Data", "update", "candidate", "date format", "mandate", "Dateiname"])
def test_names_that_hold_none(name):
    assert not is_date(name)
