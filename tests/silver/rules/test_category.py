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


@pytest.mark.parametrize(
    ("source", "path", "others"),
    [
        ("A/B|C/D", "A > B", ["C > D"]),
        ("A > B, C > D", "A > B", ["C > D"]),
        ("A > B,C > D; E > F", "A > B", ["C > D", "E > F"]),
        ("A/B; C/D", "A > B", ["C > D"]),
        ("A|B, C|D", "A > B", ["C > D"]),
        ("Men > Tops|Sale > Men", "Men > Tops", ["Sale > Men"]),
        ("Home > A, Home > B > C", "A", ["B > C"]),
        ("Men > Tops, Men > Tops > Shirts", "Men > Tops", ["Men > Tops > Shirts"]),
        ("Men > Tops > Shirts, Men > Tops", "Men > Tops > Shirts", None),
        ("166|A > B|C > D", "A > B", ["166", "C > D"]),
        ("A &gt; B, C &gt; D", "A > B", ["C > D"]),
        ("Men > Tops | Shirts", "Men > Tops > Shirts", None),
        ("TV/Video|Audio", "TV/Video > Audio", None),
        ("A > B / C", "A > B / C", None),
        ("Food > Grains, Rice & Cereal > Rice", "Food > Grains, Rice & Cereal > Rice", None),
        ("Essen > Reis, Nudeln und Brot > Reis", "Essen > Reis, Nudeln und Brot > Reis", None),
        ("Screws > 1,5 mm > Inox", "Screws > 1,5 mm > Inox", None),
        ("Default Category > TV/Video", "Default Category > TV/Video", None),
        ("> > | > >", None, None),
    ],
)
def test_of_several_paths_the_first_is_the_path_and_the_others_are_kept(run, source, path, others):
    (product,) = run({"category": source})
    assert (product["categoryPath"], product["attributes"].get("otherCategories")) == (path, others)
    if others:
        assert [change["rule"] for change in product["changes"]] == ["category.first"]
    again = {"categoryPath": path, "attributes": product["attributes"]}
    (same,) = run(again)
    assert (same["categoryPath"], same["attributes"], same["changes"]) == (path, product["attributes"], [])


def test_other_categories_that_the_source_names_itself_stay_beside_those_found(run):
    (product,) = run({"category": "A > B, C > D", "otherCategories": "Sale"})
    assert product["attributes"] == {"otherCategories": ["Sale", "C > D"]}


TYPE, GOOGLE = "Garden > Rakes", "Hardware > Tools"


@pytest.mark.parametrize(
    ("document", "path", "category_id", "attributes"),
    [
        (
            {"product_type": TYPE, "google_product_category": "2271"},
            TYPE,
            None,
            {"google_product_category": "2271"},
        ),
        (
            {"product_type": TYPE, "google_product_category": GOOGLE},
            TYPE,
            None,
            {"google_product_category": GOOGLE},
        ),
        ({"google_product_category": "2271"}, None, "2271", {"google_product_category": "2271"}),
        (
            {"google_product_category": "2271", "category id": "77"},
            None,
            "77",
            {"google_product_category": "2271"},
        ),
        ({"product_type": "<b>", "google_product_category": 8}, None, "8", {"google_product_category": "8"}),
        ({"product_type": "12", "category": "Shoes"}, "Shoes", None, {"product_type": "12"}),
        ({"google_product_category": GOOGLE}, GOOGLE, None, {}),
        ({"product_type": " > ", "google_product_category": GOOGLE}, GOOGLE, None, {}),
        ({"google_product_category": GOOGLE, "category": "Rakes"}, GOOGLE, None, {"category": "Rakes"}),
        ({"google_product_category": "2271", "category": "Rakes"}, "Rakes", None, {"google_product_category": "2271"}),
        (
            {"g:google_product_category": 2271, "Categories": "A, A > B"},
            "A > B",
            None,
            {"g:google_product_category": "2271"},
        ),
        ({"Categories": "A, A > B"}, "A > B", None, {}),
        ({"Categories": "A, A > B, Sale"}, "A > B", None, {"Categories": "A, A > B, Sale"}),
        ({"category": "X", "Categories": "A, Sale"}, "X", None, {"Categories": "A, Sale"}),
        ({"category": "Shoes", "breadcrumb": "Home > Shoes"}, "Shoes", None, {}),
        ({"product_type": TYPE, "google_product_category": TYPE}, TYPE, None, {}),
    ],
)
def test_the_trees_of_shop_and_channel_are_both_known(run, document, path, category_id, attributes):
    (product,) = run(document)
    assert (product["categoryPath"], product["categoryId"], product["changes"]) == (path, category_id, [])
    assert product["attributes"] == attributes
    again = {"categoryPath": path, "categoryId": category_id, "attributes": attributes}
    (same,) = run(again)
    assert (same["categoryPath"], same["categoryId"], same["attributes"]) == (path, category_id, attributes)


def test_shopify_s_own_type_stays_beside_a_category_of_google(run):
    google = "Google Shopping / Google Product Category"
    (product,) = run({"Body (HTML)": "x", google: "Apparel > Shoes", "Type": "Sneaker"})
    assert (product["categoryPath"], product["attributes"]) == ("Apparel > Shoes", {"Type": "Sneaker"})
