"""What operations on items are, and which are not taken."""

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
    checked,
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


@given(st.text(), st.text(max_size=5), st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_is_sent_breaks_the_check(item_id, context, timestamp, attributes):
    item = sent(id=item_id or "a", context=context, timestamp=timestamp, attributes=attributes)
    for kind in Kind:
        try:
            assert isinstance(checked(item, kind, NOW), Operation)
        except ItemFault as fault:
            assert fault.category.startswith("ITEM_")
