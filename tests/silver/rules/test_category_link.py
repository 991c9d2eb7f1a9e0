import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.silver.rules.category_link import NO_CATEGORIES, Category, CategoryIndex, level_key
from services.silver.rules.pipeline import RuleContext, normalize

TREE = CategoryIndex(
    [
        Category("1", "Garden"),
        Category("2", "Garden > Tools", ("Gerätschaften",)),
        Category("3", "Garden > Tools > Rakes", ("Harken",)),
        Category("4", "Garden > Lamps"),
        Category("5", "Home & Décor"),
        Category("6", "Home & Décor > Lamps"),
        Category("7", "Home & Décor > Kids' Rooms > Lamps"),
        Category("8", "TV/Video"),
        Category("9", "Workshop"),
        Category("10", "Workshop > Tools", ("Werkzeug",)),
    ]
)


def linked(path):
    link = TREE.link(path)
    return link.category.id if link.category else link.state


@pytest.mark.parametrize(
    ("path", "category_id"),
    [
        ("Garden > Tools > Rakes", "3"),
        ("GARDEN > tool > rake", "3"),
        ("home and decor", "5"),
        ("Home Décor > Lamp", "6"),
        ("Rakes", "3"),
        ("Outdoor > Things > Rake", "3"),
        ("harken", "3"),
        ("Garden > Gerätschaften > Harken", "3"),
        ("Shop > Gerätschaften", "2"),
        ("Shop > Garden > Tools", "2"),
        ("Shop > Workshop > Tools", "10"),
        ("Kids Room > Lamps", "7"),
        ("TV > Video", "8"),
    ],
)
def test_a_path_is_linked(path, category_id):
    assert linked(path) == category_id


@pytest.mark.parametrize(
    ("path", "state"),
    [("Lamps", "ambiguous"), ("Attic > Lamps", "ambiguous"), ("Tools", "ambiguous"), ("Boats", "unknown")],
)
def test_what_is_not_sure_stays_unlinked(path, state):
    assert linked(path) == state


def test_a_leaf_decides_only_while_it_is_the_only_one():
    one = CategoryIndex([Category("1", "Garden > Lamps")])
    assert one.link("Attic > Lamps").category == Category("1", "Garden > Lamps")


def test_an_ambiguous_path_is_told_what_it_may_mean():
    suggested = json.loads(TREE.link("Kids > Home Décor > Something > Lamps").record)["suggestions"]
    assert len(suggested) == 3
    assert suggested[0] == {"id": "6", "path": "Home & Décor > Lamps"}


def test_a_misspelled_path_is_told_what_is_like_it_and_what_is_above_it():
    suggested = json.loads(TREE.link("Garden > Tools > Raks").record)["suggestions"]
    assert [found["id"] for found in suggested] == ["3", "2"]


def test_nothing_is_suggested_for_what_is_like_nothing():
    assert TREE.link("Zzyzx").record == '{"state":"unknown"}'


def test_a_tree_of_its_own_spellings_is_linked_to_itself():
    for number in range(1, 11):
        path = TREE.by_id(str(number)).category.path
        assert TREE.link(path).category.id == str(number)


def test_categories_that_differ_in_a_plural_alone_are_told_apart_by_spelling():
    tree = CategoryIndex([Category("1", "Shoe"), Category("2", "Shoes")])
    assert [tree.link(path).category.id for path in ("Shoe", "Shoes")] == ["1", "2"]
    assert tree.link("SHOES").state == "ambiguous"


LEVELS = st.lists(st.sampled_from(["Shoe", "Shoes", "shoes", "Lamps", "Café", "&", "+"]), min_size=1, max_size=3)


@given(st.lists(LEVELS.map(" > ".join), unique=True, max_size=12))
def test_every_path_of_a_tree_is_linked_to_itself(paths):
    tree = CategoryIndex(Category(str(number), path) for number, path in enumerate(paths))
    assert [tree.link(path).category for path in paths] == [tree.by_id(str(n)).category for n in range(len(paths))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Watches", "watch"),
        ("Men's Shoes", "MENS SHOE"),
        ("Movies", "Movie"),
        ("Batteries", "Battery"),
        ("Dresses", "Dress"),
        ("Café", "cafe\u0301s"),
        ("T-Shirts", "tshirt"),
        ("Straße", "STRASSE"),
        ("Boxes", "box"),
    ],
)
def test_two_spellings_of_one_name_have_one_key(one, other):
    assert level_key(one) == level_key(other)


def test_names_of_signs_stay_apart():
    assert level_key("&") != level_key("+") != ""


def chunk(*documents, categories=TREE):
    ids = pl.Series("product_id", [str(number) for number in range(len(documents))])
    texts = pl.Series("document", [json.dumps(document) for document in documents])
    return normalize(ids, texts, None, RuleContext(categories=categories))


def test_a_linked_product_has_the_id_and_the_spelling_of_the_tree():
    row = chunk({"category": "garden/tools/rakes"}).row(0, named=True)
    assert (row["categoryId"], row["categoryPath"]) == ("3", "Garden > Tools > Rakes")
    assert json.loads(row["_changes"]) == [
        {
            "field": "categoryPath",
            "before": "garden/tools/rakes",
            "after": "Garden > Tools > Rakes",
            "rule": "category.link",
        }
    ]
    assert (row["_fields_normalized"], row["_category"], row["_issues"]) == (1, '{"state":"linked"}', "[]")


def test_a_link_alone_is_no_change():
    row = chunk({"category": "Garden > Tools > Rakes"}).row(0, named=True)
    assert (row["categoryId"], row["_fields_normalized"], row["_changes"]) == ("3", 0, "[]")


def test_what_stays_unlinked_keeps_its_path_and_says_why():
    rows = chunk({"category": "Boats"}, {"category": "Lamps"}, {"title": "x"})
    assert rows["categoryPath"].to_list() == ["Boats", "Lamps", None]
    assert rows["categoryId"].to_list() == [None, None, None]
    assert [json.loads(record)["state"] if record else None for record in rows["_category"]] == [
        "unknown",
        "ambiguous",
        None,
    ]
    rules = [[issue["rule"] for issue in json.loads(issues)] for issues in rows["_issues"]]
    assert rules == [["category.unknown"], ["category.ambiguous"], []]


def test_an_id_of_the_tree_decides_and_another_is_dropped():
    rows = chunk({"google_product_category": "3"}, {"category": "Boats", "categoryId": "3"}, {"categoryId": "77"})
    assert rows["categoryId"].to_list() == ["3", "3", None]
    assert rows["categoryPath"].to_list() == ["Garden > Tools > Rakes", "Garden > Tools > Rakes", None]
    assert json.loads(rows["_category"][2]) == {"state": "unknown"}


def test_normalising_twice_changes_nothing():
    once = chunk({"category": "harken"}, {"category": "Boats"}, {"category": "Lamps"})
    again = chunk(
        *(
            {"categoryPath": path} | ({"categoryId": category} if category else {})
            for path, category in zip(once["categoryPath"], once["categoryId"], strict=True)
        )
    )
    for column in ("categoryPath", "categoryId", "_category"):
        assert again[column].to_list() == once[column].to_list()
    assert again["_changes"].to_list() == ["[]"] * 3


def test_without_a_tree_nothing_changes():
    row = chunk({"category": "Boats", "categoryId": "77"}, categories=NO_CATEGORIES).row(0, named=True)
    assert (row["categoryPath"], row["categoryId"], row["_category"], row["_issues"]) == ("Boats", "77", None, "[]")


@given(st.lists(st.none() | st.text(max_size=60) | st.sampled_from(["Lamps", " > ", "&" * 10_000]), max_size=8))
def test_no_text_breaks_the_link(values):
    rows = chunk(*({"category": value} for value in values))
    assert rows.height == len(values)


@given(st.text(max_size=200))
def test_every_text_means_something_or_nothing(path):
    assert TREE.link(path).state in {"linked", "ambiguous", "unknown"}


def test_a_very_long_path_is_answered():
    assert TREE.link("x" * 10_000 + " > Rakes").category.id == "3"
    assert TREE.link(" > ".join(["a"] * 5000)).state == "unknown"


GOOGLES = CategoryIndex(
    [
        Category("632", "Hardware"),
        Category("1167", "Hardware > Tools"),
        Category("3841", "Hardware > Tools > Rakes"),
        Category("536", "Home & Garden"),
    ]
)


@pytest.mark.parametrize(
    ("tree", "product_type", "google", "category_id"),
    [
        (GOOGLES, "Autumn > Leaves", "3841", "3841"),
        (GOOGLES, "Autumn > Leaves", "Hardware &gt; Tools", "1167"),
        (GOOGLES, "Autumn > Rakes", "1167", "1167"),
        (GOOGLES, "hardware > tool", "3841", "1167"),
        (GOOGLES, "Rakes", "9999", "3841"),
        (GOOGLES, "Boats", "9999", None),
        (TREE, "Boats", "3", None),  # numbers of the workspace's own are not Google's
        (TREE, "Boats", "Garden > Lamps", "4"),
        (TREE, "Garden > Tools", "Garden > Lamps", "2"),
    ],
)
def test_a_channel_s_category_links_where_the_path_is_none_of_the_tree_s(run, tree, product_type, google, category_id):
    (product,) = run({"product_type": product_type, "google_product_category": google}, categories=tree)
    assert product["categoryId"] == category_id
    assert product["attributes"] == {"google_product_category": google}
    again = {name: product[name] for name in ("categoryPath", "categoryId", "attributes")}
    (same,) = run(again, categories=tree)
    assert {name: same[name] for name in again} == again


def test_an_id_of_the_products_own_wins_over_a_channel_s(run):
    (product,) = run(
        {"category_id": "536", "product_type": "Boats", "google_product_category": "3841"}, categories=GOOGLES
    )
    assert (product["categoryId"], product["categoryPath"]) == ("536", "Home & Garden")
