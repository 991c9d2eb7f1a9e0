import pytest


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("Shoes > Running", "Shoes > Running"),
        ("> 12", "> 12"),  # "12" would be an id to the next run
        ("Shoes>Running>>Men", "Shoes > Running > Men"),
        ("Shoes/Running/Men", "Shoes > Running > Men"),
        ("/Shoes/Running/", "Shoes > Running"),
        ("Shoes|Running", "Shoes > Running"),
        ("Shoes » Running › Men", "Shoes > Running > Men"),
        ("Cameras > TV/Video", "Cameras > TV/Video"),
        ("Clothing, Shoes & Jewelry > Men", "Clothing, Shoes & Jewelry > Men"),
        ("Default Category/Gear/Bags", "Gear > Bags"),
        ("Shoes &gt; Running", "Shoes > Running"),
        ("> >", None),
        (["Apparel", "Shirts"], "Apparel > Shirts"),
        ("Pâtes à tartiner", "Pâtes à tartiner"),
        ("Shoes - Running – Men", "Shoes > Running > Men"),
        ("Cameras - TV/Video", "Cameras > TV/Video"),
        ("Shoes / Mid - Cut", "Shoes > Mid - Cut"),
        ("Shoes > Mid - Cut", "Shoes > Mid - Cut"),
        ("T-Shirts", "T-Shirts"),
        ("Toys 18 - 24 months", "Toys 18 - 24 months"),
        ("166 - Clothing", "166 - Clothing"),
    ],
)
def test_paths(column, source, path):
    assert column("categoryPath", source) == [path]


def test_a_number_is_an_id(run):
    (product,) = run({"google_product_category": "1604"})
    assert (product["categoryPath"], product["categoryId"], product["_fields_normalized"]) == (None, "1604", 0)


def test_the_deepest_of_several_categories(run):
    (product,) = run({"Categories": "Gear, Gear > Bags > Totes, Sale"})
    assert product["categoryPath"] == "Gear > Bags > Totes"


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("Root Catalog/Default Category/Gear", "Gear"),
        ("Default Category", None),
        ("Home > Shoes", "Shoes"),
        ("Home", "Home"),
        ("Men -> Shoes", "Men > Shoes"),
        ("Men=>Shoes", "Men > Shoes"),
        ("Men :: Shoes", "Men > Shoes"),
        ("Toys > 12-18", "Toys > 12-18"),
    ],
)
def test_roots_and_arrows(column, source, path):
    assert column("categoryPath", source) == [path]
    if path:
        assert column("categoryPath", path) == [path]


def test_a_long_row_of_dashes_takes_no_longer_than_its_length(column):
    assert column("categoryPath", "a" + "-" * 200_000 + "/b") == ["a" + "-" * 200_000 + " > b"]


def test_several_paths_in_one_cell_are_not_joined_to_one(column):
    several = "Men > Tops|Sale > Men"
    assert column("categoryPath", several, "Men > Tops | Shirts") == [several, "Men > Tops > Shirts"]
