import polars as pl
import pytest

from services.gold.rubric.expected import kinds

CLOTHES = "Apparel & Accessories > Clothing > Shirts"


@pytest.mark.parametrize(
    ("filled", "lost"),
    [
        ({}, 2.0),  # colour, size and material are filled, gender and age group are not
        ({"gender": "female", "ageGroup": "adult"}, None),
        ({"gender": "female", "ageGroup": "N/A"}, 1.0),
        ({"color": None, "size": None, "material": None}, 5.0),
    ],
)
def test_clothes_are_expected_to_have_five(gap_of, filled, lost):
    gap = gap_of("attributes", {"categoryPath": CLOTHES} | filled)

    assert (gap and gap[0]) == lost


@pytest.mark.parametrize(
    ("attributes", "lost"),
    [
        ('{"Wattage": "20", "Socket": ["E27"], "Voltage": 230}', None),
        ('{"Wattage": "20", "Socket": "", "Voltage": null, "Ports": [], "Dims": {}}', 2.5),
        ('{"Wattage": "20: \\"bright\\"", "Socket": "E27"}', 2.5),
        (None, 2.5),
    ],
)
def test_electronics_are_expected_to_have_three_details(gap_of, attributes, lost):
    gap = gap_of("attributes", {"categoryPath": "Electronics > Audio > Speakers", "attributes": attributes})

    assert (gap and gap[0]) == lost


@pytest.mark.parametrize("path", [None, "Sonstiges"])
def test_unknown_categories_fall_back_to_three(gap_of, path):
    gap = gap_of("attributes", {"categoryPath": path, "size": None})

    assert gap == (1.67, "weak", "some of the attributes expected in this category are not filled")


def test_empty_attributes_are_weak_not_missing(gap_of):
    nothing = {"color": None, "size": None, "material": None}

    assert gap_of("attributes", nothing) == (5.0, "weak", "none of the attributes expected in this category")


OWN = (
    ("Home & Garden", ("color",)),
    ("home & garden>LIGHTING > Floor Lamps", ("color", "Wattage", "Energy class", "Socket")),
    ("Home & Garden > Lighting", ("pattern",)),
)


@pytest.mark.parametrize(
    ("path", "attributes", "lost"),
    [
        ("Home & Garden > Lighting > Floor Lamps", None, 3.75),
        ("Home & Garden > Lighting > Floor Lamps > Arc", '{"WATTAGE":"20","energy class" : ["A"]}', 1.25),
        ("Home & Garden > Lighting > Floor Lamps", '{"Wattage":"","Socket":null,"Energy class":[]}', 3.75),
        ("Home & Garden > Lighting > Floor Lamps", '{"x":"\\"wattage\\":1","Socket":"E27"}', 2.5),
        ("Home & Garden > Lighting > Desk Lamps", None, 5.0),
        ("Home & Garden > Lighting & more", None, None),
        ("HOME & GARDEN", None, None),
        ("Home & Gardening", None, None),  # another category, by the built-in table
    ],
)
def test_a_workspace_s_own_table_goes_first_and_its_longest_path(gap_of, path, attributes, lost):
    gap = gap_of("attributes", {"categoryPath": path, "attributes": attributes}, expected=OWN)

    assert (gap and gap[0]) == lost


def test_of_a_path_that_comes_twice_the_first_counts(gap_of):
    own = (("Home & Garden", ("color",)), ("home & garden", ("pattern",)))

    assert gap_of("attributes", {}, expected=own) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Baby > Baby Clothing", 0),
        ("Electronics > Home Audio", 2),
        ("Möbel > Sofas", 4),
        ("Beauty > Make-up", 5),
        ("Libri > Cucina", 4),  # the first row that fits
        ("Sonstiges", 7),
        (None, 7),
    ],
)
def test_the_first_row_with_a_word_of_the_path_wins(path, kind):
    assert kinds(pl.Series([path, path, "x"], dtype=pl.String), ()).tolist() == [kind, kind, 7]


def test_advice_names_what_is_not_filled(grade):
    products = [{"categoryPath": CLOTHES, "size": None}, {"attributes": '{"Socket":"E27"}'}]
    rows = grade(*products, expected=OWN)
    advice = [gap.advice for row in rows for gap in row["breakdown"].gaps if gap.field == "attributes"]

    assert advice == [
        "Fill in what buyers of such products filter by: size, gender, ageGroup.",
        "Fill in what buyers of such products filter by: Wattage, Energy class.",
    ]
