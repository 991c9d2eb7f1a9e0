import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.items_errors import CategoryTreeRefused, CategoryTreeTooLarge
from services.ingest.itemsapi.trees import MAX_BYTES, category_names, check_tree, matches
from tests.ingest.itemsapi.making import category, localized, tree

NAME, LOCALE, LEAF = "CATEGORY_TREE_NAME", "CATEGORY_TREE_LOCALE", "CATEGORY_TREE_LEAF"


def refusal(message, **options):
    with pytest.raises(CategoryTreeRefused) as caught:
        check_tree(message, **options)
    return caught.value.reason, [violation.field for violation in caught.value.violations]


def deep(levels):
    """A tree with so many levels, its root's with them."""
    inner = []
    for number in range(levels - 1):
        inner = [category(f"c{number}", *inner)]
    return tree("root", *inner)


GOOD = tree(
    "catalog01",
    category("dresses", category("dresses21", localized_names=localized(fr_FR="Robes", en_GB="Dresses")), "dresses22"),
    "Hüte & Mützen",
    localized_names=localized(de_DE="Katalog"),
)


def test_a_good_tree_has_the_names_below_its_root():
    check_tree(GOOD, known_as="catalog01")
    assert category_names(GOOD) == {"dresses", "dresses21", "dresses22", "Hüte & Mützen"}
    assert category_names(tree("root")) == set()


@pytest.mark.parametrize(
    ("message", "category_", "fields"),
    [
        (tree(""), NAME, ["name"]),
        (tree("0"), NAME, ["name"]),
        (tree("x" * 256), NAME, ["name"]),
        (tree("a", localized_names=localized(fr="A")), LOCALE, ["localizedNames[0].locale"]),
        (tree("a", localized_names=localized(fr_FR="")), LOCALE, ["localizedNames[0].name"]),
        (
            tree("a", category("b", category("c", localized_names=localized(de_DE="C", FR_fr="C")))),
            LOCALE,
            ["children[0].children[0].localizedNames[1].locale"],
        ),
        (tree("a", "b", ""), LEAF, ["children[1].name"]),
        (tree("a", "x" * 256), LEAF, ["children[0].name"]),
        (tree("a", "b", category("c", "b")), LEAF, ["children[1].children[0].name"]),
        (tree("a", category("b", "a")), LEAF, ["children[0].children[0].name"]),
        (
            tree("0", "", category("b", "b"), localized_names=localized(x="A")),
            NAME,
            ["name", "localizedNames[0].locale", "children[0].name", "children[1].children[0].name"],
        ),
    ],
)
def test_every_fault_is_named_at_its_place(message, category_, fields):
    assert refusal(message) == (category_, fields)


def test_a_name_other_than_that_of_the_address_is_refused():
    assert refusal(tree("a"), known_as="b") == (NAME, ["name"])


def test_fifty_levels_are_good_and_one_more_is_not():
    check_tree(deep(50))
    assert refusal(deep(51)) == (LEAF, ["children[0]." * 49 + "children"])


def test_fredhopper_has_letters_and_digits_in_names():
    check_tree(tree("Root1", category("A1", "b2")), fhr=True)
    message = tree("root-1", "a b", category("ok", "é"))
    check_tree(message)
    assert refusal(message, fhr=True) == (NAME, ["name", "children[0].name", "children[1].children[0].name"])


def test_four_megabytes_are_good_and_one_byte_more_is_not():
    message = tree("root", *(f"{number:0>200}" for number in range(20_000)))
    last = message.children.add(name="x")
    while (room := MAX_BYTES - message.ByteSize()) > 300:
        message.children.add(name=f"y{len(message.children):0>{min(room - 20, 240)}}")
    assert message.ByteSize() < MAX_BYTES
    last.name = "x" * (1 + MAX_BYTES - message.ByteSize())
    last.name = last.name[: len(last.name) - (message.ByteSize() - MAX_BYTES)]
    assert message.ByteSize() == MAX_BYTES
    check_tree(message)
    last.name += "x"
    with pytest.raises(CategoryTreeTooLarge):
        check_tree(message)


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("", "any", True),
        ("*", "any", True),
        ("ny", "any", True),
        ("An", "any", False),
        ("a*y", "any", True),
        ("y*a", "any", False),
        ("aa*aa", "aaa", False),
        ("a.y", "any", False),
        ("*" * 200, "any", True),
    ],
)
def test_patterns(pattern, name, found):
    assert matches(pattern, name) is found


TEXTS = st.text(min_size=1, max_size=255, alphabet=st.characters(codec="utf-8"))


@given(st.lists(TEXTS, min_size=1, max_size=12, unique=True), st.data())
def test_any_tree_of_names_that_differ_is_good_and_a_second_one_of_a_name_is_named(names, data):
    nodes = [tree(names[0] if names[0] != "0" else "00")]
    for name in names[1:]:
        data.draw(st.sampled_from(nodes)).children.add(name=name)
        nodes = [nodes[0], *walk(nodes[0])]
    if nodes[0].name in names[1:]:
        return
    check_tree(nodes[0])
    assert category_names(nodes[0]) == set(names[1:])
    nodes[0].children.add(name=data.draw(st.sampled_from([node.name for node in nodes])))
    assert refusal(nodes[0]) == (LEAF, [f"children[{len(nodes[0].children) - 1}].name"])


def walk(node):
    for child in node.children:
        yield child
        yield from walk(child)
