import pytest


@pytest.mark.parametrize(
    ("source", "colour"),
    [
        ("red / blue", "red/blue"),
        ("red|blue", "red/blue"),
        ("red; blue", "red/blue"),
        ("red, blue", "red/blue"),
        ("Dark red", "Dark red"),
        ("/", "/"),
        ("60% cotton, 40% wool", "60% cotton, 40% wool"),
    ],
)
def test_separators(column, source, colour):
    assert column("color", source) == [colour]
    assert column("material", source) == [colour]


def test_the_change_is_explained(run):
    (product,) = run({"color": "red, blue"})
    assert product["changes"] == [
        {"field": "color", "before": "red, blue", "after": "red/blue", "rule": "color.separator"}
    ]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("Multicolor", "color.placeholder"),
        ("various", "color.placeholder"),
        ("N/A", "color.placeholder"),
        ("#ff0000", "color.code"),
        ("ff00aa", "color.code"),
        ("12", "color.code"),
        ("RAL 9005", "color.code"),
        ("BLK", "color.abbreviation"),
        ("BLK/WHT", "color.abbreviation"),
    ],
)
def test_what_is_no_colour_stays_and_is_flagged(run, source, rule):
    (product,) = run({"color": source})
    assert (product["color"], product["rules"]) == (source, [rule])


def test_colours_are_no_issue(run):
    assert [product["rules"] for product in run({"color": "Schwarz"}, {"color": "red/blue"}, {"color": "赤"})] == [
        []
    ] * 3


@pytest.mark.parametrize(
    ("source", "colour"),
    [
        ("NAVY BLUE", "Navy Blue"),
        ("RED / BLUE", "Red/Blue"),
        ("WEISS MIT BLAU", "Weiss mit Blau"),
        ("navy blue", "navy blue"),
        ("Navy blue", "Navy blue"),
        ("BLK", "BLK"),
        ("RAL 9005", "RAL 9005"),
        ("AÇIK YEŞİL", "AÇIK YEŞİL"),
    ],
)
def test_only_shouted_colours_are_recased(column, source, colour):
    assert column("color", source) == [colour]


def test_the_italian_blue_is_no_abbreviation(run):
    products = run({"color": "Blu"}, {"color": "BLU"})
    assert [(product["color"], product["rules"]) for product in products] == [("Blu", []), ("Blu", [])]
