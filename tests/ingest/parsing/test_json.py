import json

import pytest

from services.ingest.parsing.problems import (
    InvalidJsonError,
    JsonTooDeepError,
    NoRowsError,
    RecordTooLargeError,
    TruncatedJsonError,
)

ARRAY = '[{"id": "1", "n": 1},\n {"id": "2", "n": [1, {"a": null}]}]'


def test_an_array(parse):
    parsed = parse(ARRAY)
    assert parsed.documents == [{"id": "1", "n": 1}, {"id": "2", "n": [1, {"a": None}]}]
    assert parsed.lines == [1, 2]


def test_newline_delimited(parse):
    parsed = parse('\n{"id": 1}\r\n\n{"id": 2}\n{"id": 3}')
    assert (parsed.ids, parsed.lines) == (["1", "2", "3"], [2, 4, 5])


@pytest.mark.parametrize("key", ["products", "items", "Data"])
def test_an_object_that_holds_the_array(parse, key):
    text = f'{{"meta": {{"page": [1, 2]}}, "{key}": [{{"id": "1"}}, {{"id": "2"}}], "next": null}}'
    assert parse(text).ids == ["1", "2"]


def test_a_single_object_is_one_product(parse):
    parsed = parse('{"id": "x",\n "items": ["a", "b"]}\n')
    assert parsed.documents == [{"id": "x", "items": ["a", "b"]}]


def test_numbers_are_kept_digit_by_digit(parse):
    text = '[{"id": 12345678901234567890123, "price": 19.90, "tiny": 1.000000000000000000001, "big": 1e400}]'
    parsed = parse(text)
    assert parsed.ids == ["12345678901234567890123"]
    assert parsed.raw_documents[0] == (
        '{"id":12345678901234567890123,"price":19.90,"tiny":1.000000000000000000001,"big":1E+400}'
    )


@pytest.mark.parametrize(
    "number", ["1e-99999999999999999999", "-1E99999999999999999999", "0.1e+9999999999999999999999"]
)
@pytest.mark.parametrize("value", ["{}", '[1, {{"a": [{}]}}]', '{{"value": {}, "b": 1}}'])
def test_a_number_out_of_range_is_a_row_error(parse, number, value):
    rows = [f'{{"id": {row}, "price": {value.format(number) if row == 2 else 5}}}' for row in (1, 2, 3)]
    for text in (f"[{','.join(rows)}]", "\n".join(rows), f'{{"products": [{",".join(rows)}]}}'):
        parsed = parse(text)
        assert (parsed.ids, parsed.flat) == (["1", "3"], [(2, "price", "NUMBER_OUT_OF_RANGE", "error")])


def test_an_id_and_an_entry_out_of_range(parse):
    parsed = parse('[{"id": 1e99999999999999999999, "name": "A"}, 1e99999999999999999999, {"id": 3}]')
    assert parsed.ids == ["3"]
    assert parsed.flat == [(1, "id", "NUMBER_OUT_OF_RANGE", "error"), (2, "", "NOT_AN_OBJECT", "error")]


@pytest.mark.parametrize("number", ["1e-999999999", "1e999999999", "0e-400"])
def test_a_number_far_away_is_kept(parse, number):
    assert parse(f'[{{"id": 1, "n": {number}}}]').flat == []


def test_null_empty_and_nan_values_are_dropped(parse):
    assert parse('[{"id": "1", "a": null, "b": "", "c": NaN, "d": 0, "e": false}]').documents == [
        {"id": "1", "d": 0, "e": False}
    ]


def test_entries_that_are_no_objects_are_row_errors(parse):
    parsed = parse('[{"id": "1"}, 5, "x", null, [1], {"id": "2"}]')
    assert parsed.ids == ["1", "2"]
    assert parsed.flat == [(n, "", "NOT_AN_OBJECT", "error") for n in (2, 3, 4, 5)]


def test_a_broken_line_of_many_is_a_row_error(parse):
    parsed = parse('{"id": 1}\n{"id": 2,,}\n{"id": 3}\n')
    assert (parsed.ids, parsed.flat) == (["1", "3"], [(2, "", "INVALID_JSON_LINE", "error")])


@pytest.mark.parametrize("cut", range(1, len(ARRAY)))
def test_an_array_cut_anywhere_is_refused_as_truncated(parse, cut):
    with pytest.raises((TruncatedJsonError, NoRowsError)):
        parse(ARRAY[:cut])


def test_truncation_names_line_and_column(parse):
    with pytest.raises(TruncatedJsonError, match="line 2, column 12") as caught:
        parse('[{"id": "1"},\n {"id": "2"')
    assert caught.value.line == 2


def test_a_cut_last_line_is_refused_as_truncated(parse):
    with pytest.raises(TruncatedJsonError, match="line 3"):
        parse('{"id": 1}\n{"id": 2}\n{"id": 3, "na')


def test_a_cut_envelope_is_refused(parse):
    with pytest.raises(TruncatedJsonError):
        parse('{"products": [{"id": "1"}], "next": "x')


@pytest.mark.parametrize("text", ['[{"id": 1} {"id": 2}]', '[{"id": 1}]]', '[{"id": 1},]x', '[{"a" 1}]', '{"a": 1, 2}'])
def test_invalid_json_is_refused_with_its_place(parse, text):
    with pytest.raises(InvalidJsonError, match="line 1, column"):
        parse(text)


@pytest.mark.parametrize("text", ["[]", '{"products": []}', "[ ]", "{}"])
def test_no_products_are_refused(parse, text):
    with pytest.raises(NoRowsError):
        parse(text)


def test_deep_entries_are_row_errors(parse):
    parsed = parse('[{"id": 1}, {"id": 2, "a": ' + "[" * 100 + "]" * 100 + "}]")
    assert (parsed.ids, parsed.flat) == (["1"], [(2, "", "JSON_TOO_DEEP", "error")])


def test_absurdly_deep_json_is_refused(parse):
    with pytest.raises(JsonTooDeepError):
        parse("[" * 200_000)


def test_entries_across_the_window_are_whole(parse):
    products = [{"id": str(i), "text": "x" * 700, "n": i} for i in range(5000)]
    parsed = parse(json.dumps(products))
    assert parsed.documents == products


def test_an_entry_without_end_is_given_up(parse):
    with pytest.raises(RecordTooLargeError):
        parse('[{"id": "' + "x" * 3_000_000, max_record_chars=100_000)


def test_broken_bytes_and_nuls_in_values_are_row_errors(parse):
    parsed = parse('[{"id": "é", "a": "ü"},{"id": 2, "b": "'.encode() + b'\xff"},{"id": 3, "c": {"d": "a\\u0000b"}}]')
    assert parsed.ids == ["é"]
    assert parsed.flat == [(2, "b", "INVALID_UTF8", "error"), (3, "c", "NUL_BYTE", "error")]
