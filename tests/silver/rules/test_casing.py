import pytest


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("RUNNING SHOES FOR MEN", "Running Shoes for Men"),
        ("USB CABLE 2M HDMI ADAPTER", "USB Cable 2M HDMI Adapter"),
        ("SONY WH-1000XM4 HEADPHONES", "Sony WH-1000XM4 Headphones"),
        ("500ML BOTTLE", "500ML Bottle"),
        ("MEN'S T-SHIRT L'ORIGINE", "Men's T-Shirt L'Origine"),
        ("ÉTAGÈRE EN BOIS", "Étagère en Bois"),
        ("STAUBSAUGER MIT HEPA-FILTER", "Staubsauger mit Hepa-Filter"),
        ("THE END (DELUXE)", "The End (Deluxe)"),
        ("Mixed CASE stays HERE", "Mixed CASE stays HERE"),
        ("A-1 XK", "A-1 XK"),
        ("LED TV", "LED TV"),
    ],
)
def test_shouting_titles(column, source, clean):
    assert column("title", source) == [clean]


def test_brand_keeps_its_own_spelling(run):
    lego, nike = run(
        {"title": "LEGO CITY STATION", "brand": "LEGO"},
        {"title": "ADIDAS RUNNER", "brand": "adidas"},
        known=("LEGO", "adidas"),
    )
    assert lego["title"] == "LEGO City Station"
    assert nike["title"] == "adidas Runner"
    assert nike["changes"][0]["rule"] == "casing.title"


def test_capitals_that_have_no_sure_small_form_stay(column):
    assert column("title", "İSTANBUL ÇAY BARDAĞI", "AT&T PHONE COVER") == ["İSTANBUL ÇAY BARDAĞI", "AT&T Phone Cover"]


def test_a_letter_alone_may_be_a_name(column):
    titles = ["OSRAM CLASSIC A 60", "VITAMIN E CREME", "KLASSE A", "S.OLIVER BLUSE U.S.A.", "CAMISETA Y PANTALON"]
    recased = ["Osram Classic A 60", "Vitamin E Creme", "Klasse A", "S.Oliver Bluse U.S.A.", "Camiseta y Pantalon"]
    assert column("title", *titles) == recased


@pytest.mark.parametrize(
    ("field", "transform", "source", "kept"),
    [
        ("title", "uppercase", "running shoe", "RUNNING SHOE"),
        ("color", "uppercase", "Navy Blue", "NAVY BLUE"),
        ("color", "uppercase", "navy; white", "NAVY/WHITE"),
        ("material", "uppercase", "cotton", "COTTON"),
        ("size", "lowercase", "XL", "xl"),
        ("title", "trim", " RUNNING SHOE", "Running Shoe"),
    ],
)
def test_the_case_that_the_workspace_asks_for_stays(run, field, transform, source, kept):
    mappings = [("own", field, transform)]
    (product,) = run({"own": source}, mappings=mappings)
    assert product[field] == kept
    (again,) = run({field: kept}, mappings=mappings)
    assert (again[field], again["changes"]) == (kept, [])
