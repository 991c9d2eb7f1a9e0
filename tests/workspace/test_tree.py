from pathlib import Path

import pytest

from services.runtime.errors import ValidationError
from services.workspace.tree import Node, whole_tree


def paths(tree):
    return [node.path for node in tree]


def fields(given):
    with pytest.raises(ValidationError) as caught:
        whole_tree(given)
    return [violation.field for violation in caught.value.violations]


def test_parents_that_nobody_gave_are_made_and_come_first():
    tree = whole_tree([Node("Garden>Tools > Rakes"), Node("Garden > Tools", id="7")])
    assert paths(tree) == ["Garden", "Garden > Tools", "Garden > Tools > Rakes"]
    assert [node.parent_id for node in tree] == [None, tree[0].id, "7"]


def test_a_made_id_is_the_same_whenever_the_path_is():
    one, other = whole_tree([Node("Garden > Rakes")]), whole_tree([Node("Toys"), Node("GARDEN > rakes")])
    assert {node.id for node in one} < {node.id for node in other}
    assert all(node.id.startswith("category_") and len(node.id) == 25 for node in one)


def test_no_category_is_a_tree_too():
    assert whole_tree([]) == []


@pytest.mark.parametrize("path", ["", " ", ">", "a > ", "a > > b", "x" * 256, "a\x00b", "a > " * 20 + "a", "é" * 1001])
def test_a_path_that_is_none_is_refused(path):
    assert fields([Node("Good"), Node(path)])[0] == "categories[1].path"


@pytest.mark.parametrize("identity", ["x" * 65, " x", "x ", "a\tb"])
def test_an_id_that_is_none_is_refused(identity):
    assert fields([Node("Good", id=identity)]) == ["categories[0].id"]


@pytest.mark.parametrize("synonyms", [("",), ("x" * 256,), ("a\x7f",)])
def test_a_synonym_that_is_none_is_refused(synonyms):
    assert fields([Node("Good", synonyms=synonyms)])[0] == "categories[0].synonyms[0]"


def test_too_many_synonyms_are_refused():
    assert fields([Node("Good", synonyms=tuple(map(str, range(21))))]) == ["categories[0].synonyms"]


def test_a_path_that_comes_twice_is_refused_in_every_spelling():
    assert fields([Node("Décor > Lamps"), Node("Toys"), Node("decor>LAMPS")]) == ["categories[2].path"]


def test_an_id_that_comes_twice_is_refused():
    assert fields([Node("A", id="1"), Node("B"), Node("C", id="1")]) == ["categories[2].id"]


def test_an_id_made_from_the_path_of_another_is_refused():
    (made,) = whole_tree([Node("A")])
    assert fields([Node("A"), Node("B", id=made.id)]) == ["categories[1].id"]


def test_the_parents_made_count_towards_the_limit():
    assert len(whole_tree([Node(f"{number} > x") for number in range(25_000)])) == 50_000
    assert fields([Node(f"{number} > x") for number in range(25_001)]) == ["categories"]
    assert fields([Node(str(number)) for number in range(50_001)]) == ["categories"]


@pytest.mark.realdata
def test_googles_own_tree_is_whole():
    file = Path(__file__).resolve().parents[2].parent / "shared/data/taxonomy/taxonomy-with-ids.en-US.txt"
    if not file.exists():
        pytest.skip(f"needs Google's product taxonomy at {file}")
    lines = [line.split(" - ", 1) for line in file.read_text().splitlines() if not line.startswith("#")]
    given = [Node(path, identity) for identity, path in lines]
    tree = whole_tree(given)
    assert {node.id: node.path for node in tree} == {node.id: node.path for node in given}
    assert len(tree) == len(given)
