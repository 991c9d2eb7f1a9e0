"""JSON of every kind of field, both ways."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, score_pb2
from assay.ingest.v1 import catalog_pb2, import_service_pb2, item_service_pb2
from assay.silver.v1 import product_pb2, silver_service_pb2
from assay.workspace.v1 import api_key_service_pb2, job_pb2, job_service_pb2
from google.protobuf import struct_pb2, timestamp_pb2
from hypothesis import given
from hypothesis import strategies as st

from gateway.jsonio import MalformedJsonError, Violation, as_json, decoder_of, dumps, parse_json
from gateway.jsonio.raw import json_text
from gateway.jsonio.violations import VIOLATIONS_LIMIT

SUCCESS, ERROR = run_pb2.RESULT_STATUS_SUCCESS, run_pb2.RESULT_STATUS_ERROR


def text(message):
    return dumps(as_json(message)).decode()


def decoded(kind, value, **more):
    violations: list[Violation] = []
    decoder = decoder_of(kind.DESCRIPTOR)
    parsed, repeated = parse_json(json.dumps(value).encode(), 32)
    values = decoder.decode(parsed, violations, **more)
    return (None if violations else decoder.build(values)), [*repeated, *violations]


def test_implicit_fields_are_always_written_and_absent_optional_ones_left_out():
    assert text(catalog_pb2.Catalog()) == (
        '{"id":"","workspace_id":"","name":"","description":null,"slug":"","source":"","product_count":0,'
        '"is_default":false,"environment":"","version":0}'
    )


def test_duplicate_of_is_null_on_success_and_absent_on_error():
    result = silver_service_pb2.NormalizeResult
    assert '"duplicateOf":null' in text(result(product_id="p", status=SUCCESS))
    assert "duplicateOf" not in text(result(product_id="p", status=ERROR, error="e"))


def test_lists_are_written_empty_unless_their_option_says_otherwise():
    assert text(gold_service_pb2.ScoreResult(status=SUCCESS, score=100)) == (
        '{"productId":"","status":"success","score":100,"gaps":[],"missingFields":[]}'
    )
    assert text(gold_service_pb2.ScoreResult(status=ERROR, error="e")) == (
        '{"productId":"","status":"error","error":"e"}'
    )
    assert "changes" not in text(product_pb2.Product())
    assert '"tags":[]' in text(product_pb2.Product())


def test_an_unspecified_enum_value_is_not_written():
    assert "band" not in as_json(score_pb2.ProductScore())


@pytest.mark.parametrize(
    ("price", "written"),
    [("19.99", "19.99"), ("19.90", "19.90"), ("0", "0"), ("-1.5", "-1.5"), ("12345678901234567.12", None)],
)
def test_decimals_keep_their_digits(price, written):
    assert f'"price":{written or price}' in text(product_pb2.Product(price=price))


@pytest.mark.parametrize("price", ["", "1,5", "01", ".5", "1.", "1e5", "NaN", "19.99\n", "1]"])
def test_what_is_no_decimal_is_written_as_text(price):
    assert as_json(product_pb2.Product(price=price))["price"] == price
    json.loads(text(product_pb2.Product(price=price)))


@pytest.mark.parametrize(
    ("seconds", "nanos", "written"),
    [
        (0, 0, "1970-01-01T00:00:00Z"),
        (1_700_000_000, 500_000_000, "2023-11-14T22:13:20.500Z"),
        (1_700_000_000, 1, "2023-11-14T22:13:20.000000001Z"),
        (-1, 0, "1969-12-31T23:59:59Z"),
    ],
)
def test_times_are_rfc3339_in_utc(seconds, nanos, written):
    job = job_pb2.Job(created_at=timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos))
    assert as_json(job)["createdAt"] == written


def test_structs_have_integers_where_numbers_are_whole():
    value = {"a": 3, "b": 1.5, "c": [1, {"d": None}], "e": True, "f": "x", "g": 1e300}
    message = struct_pb2.Struct()
    message.update(value)
    shown = as_json(job_pb2.Job(result=message))["result"]
    assert shown == value
    assert isinstance(shown["a"], int)


def test_every_violation_is_named_at_once():
    _, violations = decoded(
        api_key_service_pb2.CreateApiKeyRequest,
        {"name": 1, "permissions": ["a", 2, {}], "expires_at": "tomorrow", "tier": "gold", "nmae": "x"},
    )
    assert [violation.field for violation in violations] == [
        "name",
        "permissions[1]",
        "permissions[2]",
        "expires_at",
        "tier",
        "nmae",
    ]


def test_proto_names_are_no_json_names():
    _, violations = decoded(silver_service_pb2.NormalizeRequest, {"scope": "all", "product_ids": []})
    assert violations == [Violation("product_ids", "Unknown field.")]


def test_fields_of_the_path_are_no_fields_of_the_body():
    _, violations = decoded(
        silver_service_pb2.NormalizeRequest, {"scope": "all", "workspaceId": "w"}, without={"workspace_id"}
    )
    assert violations == [Violation("workspaceId", "Unknown field.")]


def test_null_is_absent():
    message, violations = decoded(item_service_pb2.ProductInput, {"title": None, "price": None, "attributes": None})
    assert not violations
    assert not message.ListFields()


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (0, True),
        (2**31 - 1, True),
        (5.0, True),
        (2**31, False),
        (-(2**31) - 1, False),
        (1.5, False),
        (1e300, False),
        ("1", False),
        (True, False),
        ([], False),
    ],
)
def test_32_bit_integers_are_checked(value, fits):
    _, violations = decoded(job_service_pb2.ReportJobRequest, {"processed": value})
    assert (not violations) is fits


@pytest.mark.parametrize("value", [0, 2**63 - 1])
def test_64_bit_integers_are_numbers(value):
    message, violations = decoded(import_service_pb2.ImportCommit, {"size": value})
    assert not violations
    assert as_json(message)["size"] == value


@pytest.mark.parametrize(
    ("value", "stored"), [("19.99", "19.99"), ("1e2", "100"), ("0.10", "0.10"), ("-3", "-3"), ("1e-7", "0.0000001")]
)
def test_numbers_become_decimal_strings(value, stored):
    violations: list[Violation] = []
    parsed, _ = parse_json(b'{"price": %s}' % value.encode(), 32)
    values = decoder_of(item_service_pb2.ProductInput.DESCRIPTOR).decode(parsed, violations)
    assert (values, violations) == ({"price": stored}, [])


@pytest.mark.parametrize("value", ["1e300", "1e-300", '"1"', "true", "[]"])
def test_what_is_no_usable_number_is_refused(value):
    violations: list[Violation] = []
    parsed, _ = parse_json(b'{"price": %s}' % value.encode(), 32)
    decoder_of(item_service_pb2.ProductInput.DESCRIPTOR).decode(parsed, violations)
    assert [violation.field for violation in violations] == ["price"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("1970-01-01T00:00:01Z", 1), ("1970-01-01t01:00:01+01:00", 1), ("2024-02-29T00:00:00.5Z", 1_709_164_800)],
)
def test_times_are_read_with_any_offset(value, seconds):
    message, _ = decoded(api_key_service_pb2.CreateApiKeyRequest, {"name": "n", "expires_at": value})
    assert message.expires_at.seconds == seconds


@pytest.mark.parametrize(
    "value", ["2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", 5, "", "9999-99-99T00:00:00Z"]
)
def test_times_that_do_not_exist_are_refused(value):
    _, violations = decoded(api_key_service_pb2.CreateApiKeyRequest, {"name": "n", "expires_at": value})
    assert [violation.field for violation in violations] == ["expires_at"]


def test_violations_are_capped():
    _, violations = decoded(api_key_service_pb2.CreateApiKeyRequest, {"name": "n", "permissions": [1] * 5000})
    assert len(violations) == VIOLATIONS_LIMIT


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
KINDS = [
    item_service_pb2.CreateProductRequest,
    api_key_service_pb2.CreateApiKeyRequest,
    silver_service_pb2.NormalizeRequest,
    job_service_pb2.FinishJobRequest,
    item_service_pb2.ReadItemsRequest,
]


@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_any_json_is_either_decoded_or_named(data, kind):
    names = [field.json_name for field in kind.DESCRIPTOR.fields]
    value = data.draw(st.dictionaries(st.sampled_from([*names, "other"]), ANY_JSON, max_size=6))
    try:
        message, violations = decoded(kind, value)
    except MalformedJsonError:  # a lone surrogate, a number too large
        return
    assert (message is None) is bool(violations)
    if message is not None:
        dumps(as_json(message))


def test_a_fraction_keeps_all_digits_while_parsing():
    value, _ = parse_json(b'{"a": 0.1234567890123456789}', 32)
    assert value["a"] == Decimal("0.1234567890123456789")


def test_repeated_keys_are_found_at_any_depth():
    _, repeated = parse_json(b'{"a": [{"b": 1, "b": 2}], "c": 1}', 32)
    assert [violation.field for violation in repeated] == ["b"]


KEYS = st.sampled_from(["a", "b", ":", "a:", '":', "\\u003a", "é"])


@given(
    pairs=st.lists(st.tuples(KEYS, st.sampled_from([1, ":", "::", '":"', "\\u003a", 1.5, [":"]])), max_size=5),
    between=st.sampled_from([":", " :", ": ", "\n:\t"]),
    ascii_only=st.booleans(),
)
def test_a_repeated_key_is_found_whatever_stands_around_it(pairs, between, ascii_only):
    members = (f"{json.dumps(key, ensure_ascii=ascii_only)}{between}{json.dumps(value)}" for key, value in pairs)
    value, repeated = parse_json(f"[{{{','.join(members)}}}]".encode(), 32)
    assert [violation.field for violation in repeated] == [
        key for place, (key, _) in enumerate(pairs) if key in [earlier for earlier, _ in pairs[:place]]
    ]
    assert value == [dict(pairs)]


@pytest.mark.parametrize("number", ["18446744073709551615", "18446744073709551616", "-9223372036854775809"])
def test_an_integer_keeps_all_digits_while_parsing(number):
    assert parse_json(number.encode(), 32) == (int(number), [])


@given(value=ANY_JSON)
def test_an_object_is_its_text_and_back(value):
    try:
        parsed, _ = parse_json(json.dumps(value).encode(), 32)
    except MalformedJsonError:  # a lone surrogate
        return
    assert parse_json(json_text(parsed).encode(), 32) == (parsed, [])


@pytest.mark.parametrize(("depth", "fits"), [(4, True), (5, False)])
def test_depth_is_limited(depth, fits):
    data = b"[" * depth + b"]" * depth
    if fits:
        parse_json(data, 4)
    else:
        with pytest.raises(MalformedJsonError, match="4 levels"):
            parse_json(data, 4)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b" ", b"nope", b"[1,]", b"{}{}", b"'a'", b"NaN", b"-Infinity", b"1e999"),
        *(b'"\xff"', b'"\\ud800"', b"\xef\xbb\xbf{}", b"[" * 5000, b"1" * 5000),
        *(b"1e-99999999999999999999", b"[0e99999999999999999999]", b'{"a": -0.0E+99999999999999999999}'),
    ],
)
def test_what_is_no_json_is_malformed(data):
    with pytest.raises(MalformedJsonError):
        parse_json(data, 32)


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"{", "it ends too early, at line 1, column 2"),
        (b'{"a": "b', "it ends too early, at line 1, column 9"),
        (b" ", "it ends too early, at line 1, column 1"),
        (b"{'a': 1}", "what stands at line 1, column 2 is not expected there"),
        (b'{"a": NaN}', "what stands at line 1, column 7 is not expected there"),
        ('{\n  "é": "ü",\n}'.encode(), "what stands at line 2, column 11 is not expected there"),
        (b"[1] x", "what stands at line 1, column 5 is not expected there"),
        (b"[1e999]", "the number at line 1, column 2 is too large"),
        (b"[1e-99999999999999999999]", "the exponent of a number is too large"),
        (b'{"a": "\xff"}', "byte 8 is not UTF-8"),
    ],
)
def test_what_is_wrong_with_malformed_json_is_said_in_our_words(data, wrong):
    with pytest.raises(MalformedJsonError) as caught:
        parse_json(data, 32)
    assert str(caught.value) == f"The body is not valid JSON: {wrong}."


@pytest.mark.parametrize("levels", [33, 1000, 100_000])
@pytest.mark.parametrize("whole", [False, True])
def test_json_that_is_too_deep_is_called_that_however_it_ends(levels, whole):
    data = b'{"[": [' * levels + (b"]}" * levels if whole else b'"\\"]')
    with pytest.raises(MalformedJsonError, match=r"^The body is nested more than 32 levels deep\.$"):
        parse_json(data, 32)


def test_brackets_in_strings_are_no_levels():
    with pytest.raises(MalformedJsonError, match="ends too early"):
        parse_json(b'{"a\\"": "' + b"[" * 100 + b'", "b": "' + b"[" * 100, 32)


@pytest.mark.timeout(10)
def test_a_long_text_without_its_end_is_refused_quickly():
    with pytest.raises(MalformedJsonError, match="ends too early"):
        parse_json(b'{"a": "' + b'\\"a' * 2_000_000, 32)
