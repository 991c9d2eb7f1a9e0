"""What operations on items are, and what several of one item come to."""

import json

import pytest
from assay.ingest.v1 import batch_import_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.itemsapi.operations import (
    MAX_ATTRIBUTE_BYTES,
    ItemFault,
    Kind,
    Operation,
    State,
    checked,
    fold,
    product_id_of,
)

NOW = 1_800_000_000_000_000  # 2027-01-15T08:00:00Z
PUT, PATCH, DELETE = Kind.PUT, Kind.PATCH, Kind.DELETE


def sent(**fields):
    return pb.ItemContent(**{"id": "a", "type": "product", "attributes": "{}"} | fields)


@pytest.mark.parametrize(
    ("item", "kind", "category"),
    [
        (sent(id=""), PUT, "ITEM_ID"),
        (sent(id="a b"), PUT, "ITEM_ID"),
        (sent(id="ä"), PUT, "ITEM_ID"),
        (sent(id="a\n"), PUT, "ITEM_ID"),
        (sent(id="a" * 201), PUT, "ITEM_ID"),
        (sent(type=""), PUT, "ITEM_TYPE"),
        (sent(type="a:b"), PUT, "ITEM_TYPE"),
        (sent(context="a@b"), PUT, "ITEM_CONTEXT"),
        (sent(context="c" * 65), DELETE, "ITEM_CONTEXT"),
        (sent(parent_id=""), PUT, "ITEM_PARENT_ID"),
        (sent(parent_id="a/b"), PATCH, "ITEM_PARENT_ID"),
        (sent(timestamp=""), PUT, "ITEM_TIMESTAMP"),
        (sent(timestamp="yesterday"), DELETE, "ITEM_TIMESTAMP"),
        (sent(timestamp="2024-09-05T10:50:42"), PUT, "ITEM_TIMESTAMP"),
        (sent(timestamp="2024-09-05"), PUT, "ITEM_TIMESTAMP"),
        (sent(timestamp="2024-02-30T10:50:42Z"), PUT, "ITEM_TIMESTAMP"),
        (sent(timestamp="2024-09-05T10:50:42+25:00"), PUT, "ITEM_TIMESTAMP"),
        (sent(timestamp="0000-01-01T00:00:00Z"), PUT, "ITEM_TIMESTAMP"),
        (sent(timestamp="2027-01-15T08:05:01Z"), PUT, "ITEM_TIMESTAMP_IN_FUTURE"),
        (sent(timestamp="9999-12-31T23:59:59-23:59"), PUT, "ITEM_TIMESTAMP_IN_FUTURE"),
        (pb.ItemContent(id="a", type="b"), PUT, "ITEM_ATTRIBUTES"),
        (sent(attributes="[]"), PUT, "ITEM_ATTRIBUTES"),
        (sent(attributes="{"), PATCH, "ITEM_ATTRIBUTES"),
        (sent(attributes='{"a": NaN}'), PUT, "ITEM_ATTRIBUTES"),
        (sent(attributes='{"a": "\\u0000"}'), PUT, "ITEM_ATTRIBUTES"),
        (sent(attributes='{"\\\\\\u0000": 1}'), PUT, "ITEM_ATTRIBUTES"),
        (sent(attributes=json.dumps({"a": "x" * MAX_ATTRIBUTE_BYTES})), PUT, "ITEM_TOO_LARGE"),
        (sent(attributes=json.dumps({"a": "ä" * 600_000}, ensure_ascii=False)), PUT, "ITEM_TOO_LARGE"),
        (sent(attributes='{"a":' * 200 + "1" + "}" * 200), PUT, "ITEM_TOO_LARGE"),
    ],
)
def test_items_that_are_not_taken(item, kind, category):
    with pytest.raises(ItemFault) as caught:
        checked(item, kind, NOW)
    assert caught.value.category == category
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1985-04-12T23:20:50.52Z", 482_196_050_520_000),
        ("1996-12-19T16:39:57-08:00", 851_042_397_000_000),
        ("1990-12-31T23:59:60Z", 662_688_000_000_000),
        ("1937-01-01t12:00:27.87+00:20", -1_041_337_172_130_000),
        ("2024-09-05 10:50:42.123456789z", 1_725_533_442_123_456),
        ("2027-01-15T08:04:59Z", NOW + 299_000_000),
    ],
)
def test_times_of_rfc_3339(text, micros):
    assert checked(sent(timestamp=text), PUT, NOW).at == micros


def test_what_has_no_time_is_of_now():
    assert checked(sent(), PUT, NOW).at == NOW


@pytest.mark.parametrize("attributes", ['{"a": "\\\\u0000"}', '{"a":[' + "[],{}," * 40 + "1]}", '{"a": "{{{{[[[["}'])
def test_what_only_looks_bad_is_taken(attributes):
    assert checked(sent(attributes=attributes), PUT, NOW).attributes == attributes


def test_items_and_their_product_ids():
    assert product_id_of("product", "a") == "a"
    assert product_id_of("product", "a", "uk") == "product:a@uk"
    assert product_id_of("variant", "a") == "variant:a"
    assert product_id_of("variant", "a", "uk") == "variant:a@uk"


def operation(kind, at, parent=None, **attributes):
    text = None if kind is DELETE else json.dumps(attributes)
    return Operation("a", at, kind, "product", "a", "", parent, text)


def come_to(*operations, base=None, deleted_at=0):
    folded = fold(base, deleted_at, operations)
    if folded.state is None:
        return "nothing" if folded.is_patch_of_nothing else folded.deleted_at
    return json.loads(folded.state.attributes) | ({"^": folded.state.parent_id} if folded.state.parent_id else {})


OLD = State(5, '{"x": 1, "y": 1}', "p")


@pytest.mark.parametrize(
    ("operations", "base", "deleted_at", "expected"),
    [
        ([operation(PUT, 1, x=1), operation(PUT, 2, y=2)], None, 0, {"y": 2}),
        ([operation(PUT, 1, x=1), operation(PATCH, 2, y=2), operation(PATCH, 3, x=3)], None, 0, {"x": 3, "y": 2}),
        ([operation(PUT, 1, x=1, y=1), operation(PATCH, 2, y=None)], None, 0, {"x": 1, "y": None}),
        ([operation(PATCH, 1, x=1), operation(PUT, 2, y=2)], None, 0, {"y": 2}),
        ([operation(PATCH, 1, x=1)], None, 0, "nothing"),
        ([operation(PATCH, 2, x=1)], None, 1, 1),
        ([operation(PUT, 1, x=1), operation(DELETE, 2), operation(PATCH, 3, x=3)], None, 0, 2),
        ([operation(PUT, 1, x=1), operation(DELETE, 2), operation(PUT, 3, x=3)], None, 0, {"x": 3}),
        ([operation(DELETE, 2), operation(PUT, 2, x=3)], None, 0, {"x": 3}),
        ([operation(PUT, 1, x=1)], None, 2, 2),
        ([operation(PUT, 4, x=2)], OLD, 0, {"x": 1, "y": 1, "^": "p"}),
        ([operation(PUT, 5, x=2)], OLD, 0, {"x": 2}),
        ([operation(PATCH, 6, x=2)], OLD, 0, {"x": 2, "y": 1, "^": "p"}),
        ([operation(PATCH, 6, "q", x=2)], OLD, 0, {"x": 2, "y": 1, "^": "q"}),
        ([operation(DELETE, 4)], OLD, 0, {"x": 1, "y": 1, "^": "p"}),
        ([operation(DELETE, 6)], OLD, 0, 6),
    ],
)
def test_operations_on_one_item(operations, base, deleted_at, expected):
    assert come_to(*operations, base=base, deleted_at=deleted_at) == expected


NAMES, VALUES = st.sampled_from("xyz"), st.integers(0, 9)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=3)
OPERATIONS = st.lists(st.tuples(st.sampled_from(list(Kind)), ATTRIBUTES), max_size=8)


def simple(operations):
    """The same in the order of time, without any cleverness."""
    state, deleted = None, False
    for one in operations:
        if one.kind is PUT:
            state, deleted = json.loads(one.attributes), False
        elif one.kind is DELETE:
            state, deleted = None, True
        elif state is not None:
            state |= json.loads(one.attributes)
    return state, deleted


@given(OPERATIONS)
def test_what_operations_come_to(told):
    operations = [operation(kind, at, **attributes) for at, (kind, attributes) in enumerate(told, 1)]
    state, deleted = simple(operations)
    folded = fold(None, 0, operations)
    assert (None if folded.state is None else json.loads(folded.state.attributes)) == state
    assert bool(folded.deleted_at) is (deleted and state is None)
    assert folded.is_patch_of_nothing is (state is None and not deleted and bool(operations))


@given(OPERATIONS, st.integers(0, 8))
def test_what_is_folded_in_two_parts_is_as_if_in_one(told, cut):
    operations = [operation(kind, at, **attributes) for at, (kind, attributes) in enumerate(told, 1)]
    first = fold(None, 0, operations[:cut])
    both = fold(first.state, first.deleted_at, operations[cut:])
    whole = fold(None, 0, operations)
    attributes = [one.state and json.loads(one.state.attributes) for one in (both, whole)]
    assert attributes[0] == attributes[1]
    assert both.deleted_at == whole.deleted_at


@given(st.text(), st.text(max_size=5), st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_is_sent_breaks_the_check(item_id, context, timestamp, attributes):
    item = sent(id=item_id or "a", context=context, timestamp=timestamp, attributes=attributes)
    for kind in Kind:
        try:
            assert isinstance(checked(item, kind, NOW), Operation)
        except ItemFault as fault:
            assert fault.category.startswith("ITEM_")
