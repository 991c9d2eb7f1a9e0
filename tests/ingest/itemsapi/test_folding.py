"""What several operations on one item come to, in whatever order they arrive."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.itemsapi.folding import Changes, State, fold
from services.ingest.itemsapi.operations import Kind, Operation

PUT, PATCH, DELETE = Kind.PUT, Kind.PATCH, Kind.DELETE


def operation(kind, at, parent=None, **attributes):
    text = None if kind is DELETE else json.dumps(attributes)
    return Operation("a", at, kind, "product", "a", "", parent, text)


def told(state):
    """What can be seen of an item: its attributes and parent, when it was deleted, or that it is not known."""
    if state is None:
        return "nothing"
    if not state.is_there:
        return state.at
    return json.loads(state.attributes) | ({"^": state.parent_id} if state.parent_id else {})


def gone(at):
    return State(at, "{}", None, is_there=False)


OLD = State(5, '{"x": 1, "y": 1}', "p")
PATCHED = State(5, '{"x": 1, "y": 9}', "q", Changes({"y": 8}, 8))


@pytest.mark.parametrize(
    ("operations", "base", "expected"),
    [
        ([operation(PUT, 1, x=1), operation(PUT, 2, y=2)], None, {"y": 2}),
        ([operation(PUT, 1, x=1), operation(PATCH, 2, y=2), operation(PATCH, 3, x=3)], None, {"x": 3, "y": 2}),
        ([operation(PUT, 1, x=1, y=1), operation(PATCH, 2, y=None)], None, {"x": 1, "y": None}),
        ([operation(PATCH, 1, x=1), operation(PUT, 2, y=2)], None, {"y": 2}),
        ([operation(PATCH, 1, x=1)], None, "nothing"),
        ([operation(PATCH, 2, x=1)], gone(1), 1),
        ([operation(PUT, 1, x=1), operation(DELETE, 2), operation(PATCH, 3, x=3)], None, 2),
        ([operation(PUT, 1, x=1), operation(DELETE, 2), operation(PUT, 3, x=3)], None, {"x": 3}),
        ([operation(DELETE, 2), operation(PUT, 2, x=3)], None, {"x": 3}),
        ([operation(PUT, 1, x=1)], gone(2), 2),
        ([operation(PUT, 4, x=2)], OLD, {"x": 1, "y": 1, "^": "p"}),
        ([operation(PUT, 5, x=2)], OLD, {"x": 2}),
        ([operation(PATCH, 6, x=2)], OLD, {"x": 2, "y": 1, "^": "p"}),
        ([operation(PATCH, 6, "q", x=2)], OLD, {"x": 2, "y": 1, "^": "q"}),
        ([operation(DELETE, 4)], OLD, {"x": 1, "y": 1, "^": "p"}),
        ([operation(DELETE, 6)], OLD, 6),
        ([operation(PATCH, 7, x=2, y=2)], PATCHED, {"x": 2, "y": 9, "^": "q"}),
        ([operation(PATCH, 7, "r")], PATCHED, {"x": 1, "y": 9, "^": "q"}),
        ([operation(PATCH, 8, "r", y=2)], PATCHED, {"x": 1, "y": 2, "^": "r"}),
        ([operation(PUT, 7, "r", x=2, z=2)], PATCHED, {"x": 2, "z": 2, "y": 9, "^": "q"}),
        ([operation(PUT, 8, "r", x=2)], PATCHED, {"x": 2, "^": "r"}),
        ([operation(DELETE, 6)], PATCHED, 6),
        ([operation(DELETE, 6), operation(PUT, 7, x=2)], PATCHED, {"x": 2, "y": 9, "^": "q"}),
        ([operation(PUT, -9, x=2), operation(PATCH, -8, "p", y=2)], None, {"x": 2, "y": 2, "^": "p"}),
    ],
)
def test_operations_on_one_item(operations, base, expected):
    assert told(fold(base, operations)) == expected


@pytest.mark.parametrize(
    ("one", "base", "is_changed"),
    [
        (operation(PUT, 4), OLD, False),
        (operation(PATCH, 4, x=2), OLD, False),
        (operation(PATCH, 6), OLD, False),
        (operation(PATCH, 6, x=1), OLD, True),
        (operation(PATCH, 7, "r", y=2), PATCHED, False),
        (operation(PATCH, 9, "r"), PATCHED, True),
        (operation(DELETE, 4), OLD, False),
        (operation(PATCH, 9, x=1), gone(8), True),
    ],
)
def test_what_changes_nothing_is_told_apart(one, base, is_changed):
    assert fold(base, [one]).is_changed is is_changed


@pytest.mark.parametrize("changes", [None, Changes({}, 0), Changes({"a": 1, "": -5}, None)])
def test_changes_as_they_are_stored(changes):
    assert Changes.of(changes and changes.text()) == changes


NAMES, VALUES = st.sampled_from("xyz"), st.integers(0, 9)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=3)
PARENTS = st.none() | st.sampled_from("pq")
OPERATIONS = st.lists(st.tuples(st.sampled_from(list(Kind)), PARENTS, ATTRIBUTES), min_size=1, max_size=8)


def made(some):
    """Operations of different times, in their order."""
    return [operation(kind, at, parent, **attributes) for at, (kind, parent, attributes) in enumerate(some, 1)]


def simple(operations):
    """What can be seen after operations in the order of time, without any cleverness."""
    seen = "nothing"
    for one in operations:
        parent = {"^": one.parent_id} if one.parent_id else {}
        if one.kind is PUT:
            seen = json.loads(one.attributes) | parent
        elif one.kind is DELETE:
            seen = one.at
        elif isinstance(seen, dict):
            seen |= json.loads(one.attributes) | parent
    return seen


@given(OPERATIONS)
def test_what_operations_come_to(some):
    operations = made(some)
    assert told(fold(None, operations)) == simple(operations)


@given(OPERATIONS, st.data())
def test_any_order_of_arrival_comes_to_the_same(some, data):
    """One by one, to an item that was put before; of what is not known nothing can be changed."""
    first = operation(PUT, 0, "o", x=0)
    state = fold(None, [first])
    for one in data.draw(st.permutations(made(some))):
        state = fold(state, [one])
    assert told(state) == simple([first, *made(some)])


@given(OPERATIONS, st.data())
def test_in_parts_of_any_kind(some, data):
    operations = made(some)
    cut = data.draw(st.integers(0, len(operations)))
    parts = data.draw(st.permutations(operations))
    first = operation(DELETE, 0)
    state = fold(fold(None, [first]), sorted(parts[:cut], key=lambda one: one.at))
    state = fold(state, sorted(parts[cut:], key=lambda one: one.at))
    assert told(state) == simple([first, *operations])
