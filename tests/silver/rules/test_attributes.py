import pytest


@pytest.mark.parametrize(
    ("source", "clean", "rule"),
    [
        ("MÃ¼ller", "Müller", "text.mojibake"),
        ("a\u200bb", "ab", "text.invisible"),
        ("Cafe\u0301", "Café", "text.unicode"),
    ],
)
def test_encodings_and_unseen_characters_are_mended(run, source, clean, rule):
    (product,) = run({"Note": source, "Other": "plain"})
    assert product["attributes"] == {"Note": clean, "Other": "plain"}
    assert product["changes"] == [{"field": "attributes.Note", "before": source, "after": clean, "rule": rule}]


def test_markup_in_attributes_stays(run):
    (product,) = run({"Specs": "<b>5 &amp; 6</b>"})
    assert (product["attributes"], product["changes"]) == ({"Specs": "<b>5 &amp; 6</b>"}, [])


def test_each_attribute_keeps_its_own(run):
    first, second = run({"A": "MÃ¼ller", "B": "x"}, {"A": "y", "B": "Ã©tÃ©"})
    assert (first["attributes"], second["attributes"]) == ({"A": "Müller", "B": "x"}, {"A": "y", "B": "été"})


def test_json_inside_a_cell_of_a_measure_or_date_is_left_alone(run):
    (product,) = run({"Dimensions": '{"w": 1, "h": 2}', "Weight": "[1, 2]", "Release date": ["2026-01-01", "x"]})
    assert product["attributes"]["Weight"] == ["1", "2"]
    assert product["attributes"]["Release date"] == ["2026-01-01", "x"]
    assert product["attributes"]["Dimensions"] == '{"w": 1, "h": 2}'
