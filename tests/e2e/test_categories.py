import pytest

pytestmark = pytest.mark.e2e

SCOPES = (
    *("catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read", "jobs:write"),
    *("categories:read", "categories:write"),
)
SAMPLE = "id,title,category\n1,Rake,Outdoor/rake\n2,Lamp,Lamps\n3,Boat,Boats\n4,Thing,\n"
TREE = [{"path": "Garden > Rakes", "id": "77"}, {"path": "Garden > Lamps"}, {"path": "Home > Lamps", "synonyms": ["x"]}]


def test_products_are_linked_to_the_tree_of_their_workspace(stack):
    client = stack.client(stack.make_key("ws_trees", *SCOPES), "ws_trees")
    stranger = stack.client(stack.make_key("ws_notrees", *SCOPES), "ws_notrees")
    assert client.put("categories", {"categories": TREE}).json() == {"categories": 5}
    assert [found["path"] for found in client.pages("categories", limit=2)] == [
        "Garden",
        "Garden > Rakes",
        "Garden > Lamps",
        "Home",
        "Home > Lamps",
    ]
    assert list(stranger.pages("categories")) == []

    catalogs = []
    for one in (client, stranger):
        catalogs.append(one.new_catalog("shed"))
        one.import_file(SAMPLE, catalogs[-1])
        one.run("silver", catalogs[-1])
    products = [client.product(catalogs[0], product_id) for product_id in "1234"]
    assert [product["categoryState"] for product in products] == ["linked", "ambiguous", "unknown", "none"]
    assert (products[0]["categoryId"], products[0]["categoryPath"]) == ("77", "Garden > Rakes")
    assert [found["path"] for found in products[1]["categorySuggestions"]] == ["Garden > Lamps", "Home > Lamps"]
    assert stranger.product(catalogs[1], "1")["categoryState"] == "none"

    client.put("categories", {"categories": [{"path": "Boats"}]})
    client.run("silver", catalogs[0], scope="selection", productIds=["3"])
    assert client.product(catalogs[0], "3")["categoryState"] == "linked"
