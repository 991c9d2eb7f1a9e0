import pytest

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
