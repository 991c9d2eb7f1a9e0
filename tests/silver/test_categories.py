"""Products and the category tree of their workspace, through runs as they are made."""

import pytest
from assay.silver.v1 import product_pb2, product_service_pb2

TREE = [("1", "Garden"), ("2", "Garden > Rakes"), ("3", "Garden > Lamps"), ("4", "Home > Lamps")]


@pytest.fixture
def tree(world):
    """Gives the workspace a tree."""

    def plant(*categories, workspace="ws_a"):
        world.trees[workspace] = list(categories)

    return plant


def state_of(product):
    return product_pb2.CategoryState.Name(product.category_state).removeprefix("CATEGORY_STATE_")


def test_a_linked_product_has_id_and_path_of_the_tree(tree, catalog, fared, product):
    tree(*TREE)
    cat = catalog({"a": {"title": "Rake", "category": "garden/rake"}})
    assert fared(cat)["a"].fields_normalized == 1
    found = product(cat, "a")
    assert (state_of(found), found.category_id, found.category_path) == ("LINKED", "2", "Garden > Rakes")
    assert not found.category_suggestions


def test_what_stays_unlinked_has_suggestions(tree, catalog, fared, product, call):
    tree(*TREE)
    cat = catalog({"a": {"category": "Lamps"}, "b": {"category": "Raks"}, "c": {"title": "x"}})
    fared(cat)
    found = {name: product(cat, name) for name in "abc"}
    assert {name: state_of(one) for name, one in found.items()} == {"a": "AMBIGUOUS", "b": "UNKNOWN", "c": "NONE"}
    assert [(one.id, one.path) for one in found["a"].category_suggestions] == TREE[2:]
    assert [(one.id, one.path) for one in found["b"].category_suggestions] == [TREE[1]]
    assert not any(one.HasField("category_id") for one in found.values())
    listed = call("ListProducts", product_service_pb2.ListProductsRequest(workspace_id="ws_a", catalog_id=cat)).products
    assert [state_of(one) for one in listed] == ["AMBIGUOUS", "UNKNOWN", "NONE"]


def test_a_tree_that_was_replaced_links_the_next_run(tree, catalog, fared, product):
    cat = catalog({"a": {"category": "Rakes", "categoryId": "77"}})
    fared(cat)
    assert (state_of(product(cat, "a")), product(cat, "a").category_id) == ("NONE", "77")
    tree(*TREE)
    fared(cat)
    assert (state_of(product(cat, "a")), product(cat, "a").category_id) == ("LINKED", "2")
    tree()
    fared(cat)
    assert (state_of(product(cat, "a")), product(cat, "a").category_path) == ("NONE", "Rakes")


def test_the_tree_of_another_workspace_links_nothing(tree, catalog, fared, product):
    tree(*TREE, workspace="ws_b")
    cat = catalog({"a": {"category": "Rakes"}})
    fared(cat)
    assert (state_of(product(cat, "a")), product(cat, "a").category_id) == ("NONE", "")


def test_bronze_has_no_state(catalog, product):
    cat = catalog({"a": {"category": "Rakes"}})
    assert not product(cat, "a").HasField("category_state")


def test_a_product_that_fails_keeps_no_link(tree, catalog, fared, product):
    tree(*TREE)
    cat = catalog({"a": {"category": "Rakes", "brand": "Nobody's"}})
    assert fared(cat)["a"].error
    assert not product(cat, "a").HasField("category_state")
