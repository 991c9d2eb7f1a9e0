import pytest

FAIR = "A sound title of a product with words enough"


def rules_of(run, field, text, others=0):
    """Rules of the first product, alone or among so many others."""
    return run({field: text}, *[{field: FAIR}] * others)[0]["rules"]


@pytest.mark.parametrize("others", [0, 20])
@pytest.mark.parametrize(
    "title",
    [
        *("PRODUCT 1", "Product #12", "test", "Test 2", "TBD", "N/A", "Lorem ipsum", "-", "?", "Untitled", "Produkt 7"),
        *("Lorem ipsum dolor sit amet, consectetur", "Artikel_001", "sample product 3", "asdf"),
    ],
)
def test_placeholders_are_no_titles(run, title, others):
    assert rules_of(run, "title", title, others) == ["title.placeholder"]


@pytest.mark.parametrize("others", [0, 20])
@pytest.mark.parametrize(
    "title",
    [
        *(
            "Winter jacket FREE SHIPPING",
            "Jacket -50%",
            "-50% winter jacket",
            "Jacket 20% off",
            "SALE! Jacket",
            "Sale winter jacket, blue",
        ),
        *("Jacke versandkostenfrei", "Veste livraison gratuite", "Chaqueta envío gratis", "Jaqueta frete grátis"),
        *("Giacca spedizione gratuita", "Jas gratis verzending", "Jacket, best price", "Jacke 30 % Rabatt"),
        *("Buy 1 get 1 free jacket", "Save $20 on this jacket", "Veste en soldes"),
    ],
)
def test_promotion_does_not_belong_into_a_title(run, title, others):
    assert rules_of(run, "title", title, others) == ["title.promotional"]


@pytest.mark.parametrize("others", [0, 20])
@pytest.mark.parametrize(
    "title",
    [
        *("100% cotton shirt", "Wholesale box of soap", "Gluten free bread, 500 g", "Test tube, 20 ml", "iPhone 12"),
        *("Kindle price tag holder", "Product 19 serum by Acme", "Salesforce handbook", "Item", "Hot sauce, mild"),
        *("Light milk -1,5% fat", "Chips (-30% de sel)", "Muesli - 82% wheat", "Angebotsmappe A4", "Wood glue D3"),
    ],
)
def test_fair_titles_are_left_alone(run, title, others):
    assert rules_of(run, "title", title, others) == (["title.placeholder"] if title == "Item" else [])


@pytest.mark.parametrize("others", [0, 20])
def test_long_titles_and_descriptions(run, others):
    assert rules_of(run, "title", "é" * 150, others) == []
    assert rules_of(run, "title", "é" * 151, others) == ["title.too_long"]
    assert rules_of(run, "description", "word " * 1_000, others) == []
    assert rules_of(run, "description", "word " * 1_001, others) == ["description.too_long"]


@pytest.mark.parametrize("others", [0, 20])
def test_placeholders_are_no_descriptions(run, others):
    text = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."
    assert rules_of(run, "description", text, others) == ["description.placeholder"]
    assert rules_of(run, "description", "TBD", others) == ["description.placeholder"]
    assert rules_of(run, "description", "A lamp.", others) == []


def test_flags_change_nothing(run):
    (product,) = run({"title": "Product 1"})
    assert (product["title"], product["changes"]) == ("Product 1", [])
