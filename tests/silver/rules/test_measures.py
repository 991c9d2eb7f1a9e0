import json

import pytest

from services.silver.rules.header_words import measure_in, measures_of


@pytest.fixture
def read(run):
    """Attribute in, (value, rules of its changes, rules of its issues) out, one per value of a column."""

    def read(name, *values):
        return [
            (product["attributes"].get(name), [change["rule"] for change in product["changes"]], product["rules"])
            for product in run(*[{name: value} for value in values])
        ]

    return read


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("1.5kg", "1.5 kg"),
        ("2 KGS.", "2 kg"),
        ("0,5 Kilogramm", "0.5 kg"),
        ("1 200 g", "1200 g"),
        ("5 lbs", "5 lb"),
        ("8.5 ounces", "8.5 oz"),
        (".5 kg", "0.5 kg"),
        ("007 g", "7 g"),
        ("1 1/2 pounds", "1 1/2 lb"),
        ("3 kg - 5kg", "3-5 kg"),
        ("180 g/m2", "180 g/m²"),
        ("1.5 kg", "1.5 kg"),
    ],
)
def test_weights_have_one_spelling(run, source, spelled):
    (product,) = run({"Weight": source})
    assert (product["attributes"], product["rules"]) == ({"Weight": spelled}, [])


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("10x20x30cm", "10 x 20 x 30 cm"),
        ("10cm x 20cm x 30 cm", "10 x 20 x 30 cm"),
        ("10,5 × 20,5 × 3 cm", "10.5 x 20.5 x 3 cm"),
        ("10*20 mm", "10 x 20 mm"),
        ('10" L x 5" W x 3" H', "L 10 x W 5 x H 3 in"),
        ("L10 x W20 x H30 cm", "L 10 x W 20 x H 30 cm"),
        ("Ø 30 cm", "Ø 30 cm"),
        ("2 Meter", "2 m"),
        ("15 Zoll", "15 in"),
    ],
)
def test_dimensions_have_one_spelling(run, source, spelled):
    (product,) = run({"Dimensions": source})
    assert (product["attributes"], product["rules"]) == ({"Dimensions": spelled}, [])


def test_the_unit_may_stand_in_the_name_of_the_column(read):
    assert read("Weight (kg)", "1.5", "0,75", "500 g") == [
        ("1.5 kg", ["measure.unit"], []),
        ("0.75 kg", ["measure.unit"], []),
        ("500 g", [], []),
    ]
    assert read("Variant Grams", "500") == [("500 g", ["measure.unit"], [])]
    assert read("Abmessungen in cm", "10 x 20 x 30") == [("10 x 20 x 30 cm", ["measure.unit"], [])]


def test_the_unit_may_stand_in_the_column_beside(run):
    (amazon,) = run({"item_weight": "1.5", "item_weight_unit_of_measure": "KG"})
    assert amazon["attributes"] == {"item_weight": "1.5 kg", "item_weight_unit_of_measure": "KG"}
    (cart,) = run({"width": "30", "height": "40", "length_unit": "cm", "weight": "2", "weight_unit": "lb"})
    assert [cart["attributes"][name] for name in ("width", "height", "weight")] == ["30 cm", "40 cm", "2 lb"]


def test_nothing_is_converted(read):
    assert read("Weight (kg)", "500 g") == [("500 g", [], [])]


def test_the_columns_own_numbers_tell_what_a_separator_means(read):
    assert [value for value, _, _ in read("Weight (g)", "1.250", "1 250,5")] == ["1250 g", "1250.5 g"]
    assert [value for value, _, _ in read("Weight (g)", "1,250", "12.5")] == ["1250 g", "12.5 g"]
    assert [value for value, _, _ in read("Weight (kg)", "1,250", "2,5")] == ["1.250 kg", "2.5 kg"]
    assert [value for value, _, _ in read("Weight (kg)", "1.250", ".5")] == ["1.250 kg", "0.5 kg"]
    assert [value for value, _, _ in read("Weight (kg)", "1.250", ",5")] == ["1250 kg", "0.5 kg"]


def test_a_separator_without_evidence_stays(read):
    assert read("Weight (kg)", "1.250") == [("1.250", [], ["measure.ambiguous"])]


def test_a_number_that_is_not_read_is_no_witness(read):
    assert [value for value, _, _ in read("Weight", "1,250 kg", "2.52,5", "0,00")] == ["1,250 kg", "2.52,5", "0,00"]


def test_where_a_column_writes_both_marks_commas_stay_as_they_came(read):
    assert [value for value, _, _ in read("Weight", "1,250 kg", "2.5 kg", "3,5kg")] == ["1,250 kg", "2.5 kg", "3,5kg"]


@pytest.mark.parametrize(
    ("name", "source", "rule"),
    [
        ("Weight", "ca. 2 kg", "measure.unknown"),
        ("Weight", "light", "measure.unknown"),
        ("Weight", "-1 kg", "measure.unknown"),
        ("Height", "5'10\"", "measure.unknown"),
        ("Dimensions", "10 cm x 5 m", "measure.unknown"),
        ("Weight", "12", "measure.unit_missing"),
        ("Weight", "10 cm", "measure.unit_conflict"),
        ("Weight", "0", "measure.zero"),
        ("Variant Grams", "0", "measure.zero"),
        ("Weight (kg)", "0,00", "measure.zero"),
    ],
)
def test_what_is_not_understood_stays_and_is_flagged(read, name, source, rule):
    assert read(name, source) == [(source, [], [rule])]


def test_changes_and_issues_name_the_attribute(run):
    changed, flagged = run({'Weight "net"': "1,0 kg"}, {'Weight "net"': "light"})
    field = 'attributes.Weight "net"'
    assert changed["changes"] == [{"field": field, "before": "1,0 kg", "after": "1.0 kg", "rule": "measure.notation"}]
    assert changed["_fields_normalized"] == 1
    assert [issue["field"] for issue in flagged["issues"]] == [field]


@pytest.mark.parametrize(
    ("names", "family", "unit"),
    [
        ("Weight (kg), weight_kg, Poids net (kg), Gewicht in kg, Peso neto [kg], peso lordo (kg)", "weight", "kg"),
        ("Variant Grams, Weight value (grams), Variant Weight (grams)", "weight", "g"),
        ("shipping_weight, Versandgewicht, Nettogewicht, Poids, Peso líquido, nettogewicht", "weight", None),
        ("Länge, Breite (B), Höhe, Tiefe, Paketlänge, Produktbreite, Durchmesser", "length", None),
        ("longueur, largeur, hauteur, profondeur, largo, ancho, alto, profundidad", "length", None),
        ("comprimento, largura, altura, lunghezza, larghezza, altezza, lengte, hoogte, diepte", "length", None),
        ("Abmessungen, Maße, Dimensiones, Dimensões, dimensioni, afmetingen", "length", None),
        ("Package size, carton size", "any", None),
        ('Length (in), item_length_inches, Length (")', "length", "in"),
    ],
)
def test_names_that_hold_measures(names, family, unit):
    assert {measure_in(name) for name in names.split(", ")} == {(family, unit)}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Weight Unit",
            "item_weight_unit_of_measure",
            "Sleeve length",
            "Weight class",
            "energy_100g",
            "Label",
            "size",
        ),
        *("Mélange", "Longdrink", "lightweight", "Unit", "g", "Gewichtsklasse", "Length type"),
    ],
)
def test_names_that_hold_none(name):
    assert measure_in(name) is None


def test_a_column_with_its_unit_in_the_name_needs_none_beside():
    ((_, measure, beside),) = measures_of(("Weight (kg)", "Weight unit"))
    assert (measure.unit, beside) == ("kg", None)


def test_a_format_of_paper_is_no_length(read):
    assert read("Abmessungen", "A4", "H 20 cm") == [("A4", [], ["measure.unknown"]), ("H 20 cm", [], [])]


@pytest.mark.parametrize(
    ("item", "spelled"),
    [
        ({"value": 1.5, "unit": "kg"}, "1.5 kg"),
        ({"value": "0,5", "unit": "Kilogramm"}, "0.5 kg"),
        ({"@type": "QuantitativeValue", "value": 20, "unitCode": "GRM"}, "20 g"),
        ({"amount": 1.234, "uom": "LBS"}, "1.2340 lb"),  # a JSON number has no thousands
    ],
)
def test_a_measure_may_be_an_object(run, item, spelled):
    nested, cell = run({"Weight": item}, {"Weight": json.dumps(item)})
    assert (nested["attributes"], nested["rules"]) == ({"Weight": spelled}, [])
    assert (cell["attributes"], cell["rules"]) == ({"Weight": spelled}, [])


def test_an_object_of_more_than_a_measure_keeps_its_members(run):
    (weight,) = run({"Weight": {"value": 2, "unit": "lb", "source": "label"}})
    assert weight["attributes"] == {"Weight.value": "2 lb", "Weight.unit": "lb", "Weight.source": "label"}
    (box,) = run({"dimensions": {"length": 10, "width": 5, "unit": "cm"}, "power": {"value": 5, "unit": "W"}})
    assert box["attributes"] == {
        "dimensions.length": "10 cm",
        "dimensions.width": "5 cm",
        "dimensions.unit": "cm",
        "power.value": "5",
        "power.unit": "W",
    }


def test_a_json_number_has_one_reading(read):
    assert read("Weight (kg)", 1.234, "1.234") == [
        ("1.2340 kg", ["measure.unit"], []),
        ("1.234 kg", ["measure.unit"], []),
    ]
    assert [value for value, _, _ in read("Weight (kg)", 1.234, "2,5")] == ["1.2340 kg", "2.5 kg"]
    assert read("Weight", 1.234) == [("1.2340", ["measure.notation"], ["measure.unit_missing"])]
    assert read("Weight", "1.234") == [("1.234", [], ["measure.ambiguous"])]


def test_what_a_json_number_became_is_read_the_same_again(run):
    products = run({"Weight": 1.234}, {"Weight": "2,5 kg"}, {"Weight": "1.299 kg"})
    attributes = [product["attributes"] for product in products]
    assert [product["attributes"] for product in run(*attributes)] == attributes
