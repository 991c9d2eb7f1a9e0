import pytest

from services.silver.rules.keys import text_key
from services.silver.rules.spellings import MORE


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("in_stock", "in_stock"),
        ("In Stock", "in_stock"),
        ("https://schema.org/InStock", "in_stock"),
        ("auf Lager", "in_stock"),
        ("En stock", "in_stock"),
        ("em estoque", "in_stock"),
        ("+", "in_stock"),
        (True, "in_stock"),
        ("1", "in_stock"),
        ("0", "out_of_stock"),
        ("Ausverkauft", "out_of_stock"),
        ("agotado", "out_of_stock"),
        ("épuisé", "out_of_stock"),
        ("pre_order", "preorder"),
        ("Vorbestellung", "preorder"),
        ("on backorder", "backorder"),
        ("Discontinued", "discontinued"),
    ],
)
def test_availability(column, source, value):
    assert column("availability", source) == [value]


@pytest.mark.parametrize(
    ("field", "source", "value"),
    [
        ("condition", "NewCondition", "new"),
        ("condition", "gebraucht", "used"),
        ("condition", "reconditionné", "refurbished"),
        ("gender", "Damen", "female"),
        ("gender", "Men's", "male"),
        ("gender", "unissex", "unisex"),
        ("ageGroup", "Erwachsene", "adult"),
        ("ageGroup", "bébé", "infant"),
        ("ageGroup", "Kids", "kids"),
    ],
)
def test_other_lists(column, field, source, value):
    assert column(field, source) == [value]


def test_what_is_not_understood_becomes_null_and_is_flagged(run):
    (product,) = run({"availability": "perhaps"})
    assert (product["availability"], product["rules"]) == (None, ["availability.unknown"])
    assert product["changes"][0]["rule"] == "availability.unknown"


def test_a_canonical_value_is_no_change(run):
    assert run({"availability": "in_stock"})[0]["_fields_normalized"] == 0


@pytest.mark.parametrize(
    ("stock", "value"), [("5", "in_stock"), (0, "out_of_stock"), ("-3", "out_of_stock"), ("?", None)]
)
def test_stock_figure_speaks_where_no_word_does(run, stock, value):
    (product,) = run({"quantity": stock})
    assert product["availability"] == value
    assert ("availability.negative_stock" in product["rules"]) == (stock == "-3")


def test_a_word_wins_over_the_stock_figure(run):
    assert run({"quantity": 0, "availability": "backorder"})[0]["availability"] == "backorder"


def test_uncounted_stock_of_zero_says_nothing(run):
    document = {"Variant Inventory Qty": "0", "Variant Inventory Tracker": ""}
    other = {"Variant Inventory Qty": "0", "Variant Inventory Tracker": "shopify"}
    assert [product["availability"] for product in run(document, other)] == [None, "out_of_stock"]


@pytest.mark.parametrize(
    ("source", "value"),
    [("5", "in_stock"), ("-1", "out_of_stock"), ("0.0", "out_of_stock"), (12, "in_stock"), ("1.0", "in_stock")],
)
def test_a_figure_in_the_availability_column_is_a_stock_figure(column, source, value):
    assert column("availability", source) == [value]


@pytest.mark.parametrize(
    ("field", "source", "value"),
    [
        ("availability", "schema.org/InStock", "in_stock"),
        ("availability", "http://www.schema.org/OutOfStock", "out_of_stock"),
        ("gender", "https://schema.org/Male", "male"),
        ("availability", "nicht lagernd", "out_of_stock"),
        ("availability", "Hors stock", "out_of_stock"),
        ("condition", "Open Box", "used"),
        ("condition", "wie neu", "used"),
        ("condition", "fabrikneu", "new"),
        ("gender", "Women, Men", "unisex"),
        ("gender", "unisex-adult", "unisex"),
        ("ageGroup", "Säuglinge", "infant"),
        ("ageGroup", "Jugendliche", "adult"),
    ],
)
def test_more_spellings(column, field, source, value):
    assert column(field, source) == [value]


@pytest.mark.parametrize(
    ("field", "spellings"),
    [
        (
            "availability",
            "in_stock: auf Lager, En stock, disponibile, op voorraad, hay stock, em estoque, +",
        ),
        (
            "availability",
            "out_of_stock: esaurito, uitverkocht, niet leverbaar, non disponibile, vergriffen",
        ),
        ("availability", "preorder: prenotabile, voorbestelling, pre_order, à paraître, próximamente, em breve"),
        ("availability", "backorder: su ordinazione, in nabestelling, BackOrder, sob pedido, bajo demanda"),
        ("availability", "discontinued: fuori produzione, niet meer leverbaar, nicht mehr lieferbar, fora de linha"),
        ("condition", "new: nuovo, nieuw, neuf, Neuware, nuevo, novo"),
        ("condition", "refurbished: ricondizionato, gereviseerd, generalüberholt, reconditionné, reacondicionado"),
        ("condition", "used: usato, tweedehands, gebraucht, seconde main, segunda mano, seminovo"),
        ("gender", "male: uomo, heren, Herren, homme, hombre, homem, Men's"),
        ("gender", "female: donna, dames, Damen, femme, mujer, mulher, Ladies"),
        ("gender", "unisex: uomo/donna, dames/heren, Damen & Herren, mixte, unisexo"),
        ("ageGroup", "infant: lattante, baby's, Säugling, nourrisson, bebé, bebê"),
        ("ageGroup", "kids: bambini, kinderen, Kinder, enfants, niños, crianças"),
        ("ageGroup", "adult: adulti, volwassenen, Erwachsene, adultes, adultos"),
    ],
)
def test_spellings_of_seven_languages(column, field, spellings):
    value, texts = spellings.split(": ")
    assert set(column(field, *texts.split(", "))) == {value}


def test_no_spelling_means_two_things():
    for field, values in MORE.items():
        keys = [text_key(spelling) for spellings in values.values() for spelling in spellings.split(",")]
        assert len(keys) == len(set(keys)), field


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("Auf Lager (5)", "in_stock"),
        ("En stock: 12", "in_stock"),
        ("Auf Lager: 3 Stück", "in_stock"),
        (">10", "in_stock"),
        ("10+", "in_stock"),
        ("In stock (0)", None),
        ("Ausverkauft (3)", None),
        ("in stock: 2026-01-01", None),
    ],
)
def test_a_word_and_a_figure_that_agree_are_understood(column, source, value):
    assert column("availability", source) == [value]


def test_several_genders_of_a_list_are_not_the_first_of_them(run):
    products = run({"gender": ["Men", "Women"]}, {"gender": ["Men", "Men"]}, {"ageGroup": ["adult", "kids"]})
    assert [product["gender"] for product in products] == ["unisex", "male", None]
    assert products[2]["rules"] == ["ageGroup.unknown"]
