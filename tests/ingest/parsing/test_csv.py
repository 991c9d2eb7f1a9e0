import pytest

from services.ingest.parsing.problems import (
    NoRowsError,
    RecordTooLargeError,
    TooManyColumnsError,
    TooManyRowsError,
    UnterminatedQuoteError,
)


def test_rows_become_documents_without_empty_cells(parse):
    parsed = parse("id,name,price\n1,Lamp,9.99\n2,,5\n")
    assert parsed.ids == ["1", "2"]
    assert parsed.documents == [{"id": "1", "name": "Lamp", "price": "9.99"}, {"id": "2", "price": "5"}]


def test_lines_are_physical_lines_also_after_breaks_in_cells(parse):
    parsed = parse('id,name\r\n1,"two\nlines"\n2,b\r\n3,"three\r\nmore\nlines"\r\n4,d')
    assert parsed.lines == [2, 4, 5, 8]
    assert parsed.documents[0]["name"] == "two\nlines"


def test_blank_lines_and_rows_of_delimiters_are_skipped(parse):
    parsed = parse("\nid,name\n\n1,a\n,\n   \n2,b\n\n")
    assert (parsed.ids, parsed.lines, parsed.flat) == (["1", "2"], [4, 7], [])


def test_missing_cells_are_empty(parse):
    parsed = parse("id,name,price,stock\n1,a\n2,b,3,4\n")
    assert parsed.documents == [{"id": "1", "name": "a"}, {"id": "2", "name": "b", "price": "3", "stock": "4"}]
    assert parsed.flat == []


def test_a_lonely_cell_is_a_torn_row(parse):
    parsed = parse("id,name,price\n1,a,2\nrest of a broken line\n3,c,4\n")
    assert parsed.ids == ["1", "3"]
    assert parsed.flat == [(3, "", "RAGGED_ROW", "error")]


def test_too_many_cells_are_an_error_with_their_line(parse):
    parsed = parse("id,name\n1,a\n2,b,c\n3,d,,\n")
    assert parsed.ids == ["1", "3"]
    assert parsed.flat == [(3, "", "RAGGED_ROW", "error")]


def test_repeated_headers_keep_all_values_as_a_list(parse):
    parsed = parse("id,image,image,image\n1,a,,c\n2,,,\n3,b\n")
    assert parsed.documents == [{"id": "1", "image": ["a", "c"]}, {"id": "2"}, {"id": "3", "image": ["b"]}]


def test_unnamed_columns_are_named_by_position(parse):
    assert parse("id,,name\n1,x,a\n").documents == [{"id": "1", "column_2": "x", "name": "a"}]


def test_trailing_delimiters_of_the_header_name_no_column(parse):
    assert parse("id,name,,\n1,a,,\n").documents == [{"id": "1", "name": "a"}]


def test_the_header_again_in_the_middle_is_skipped_with_a_warning(parse):
    parsed = parse("id,name\n1,a\nid,name\n2,b\n")
    assert (parsed.ids, parsed.flat) == (["1", "2"], [(3, "", "REPEATED_HEADER", "warning")])


def test_header_only_is_refused(parse):
    with pytest.raises(NoRowsError):
        parse("id,name\n")


def test_two_thousand_columns_are_refused_naming_the_limit(parse):
    header = ",".join(f"c{i}" for i in range(2000))
    with pytest.raises(TooManyColumnsError, match=r"2,000 columns; the limit is 1,000"):
        parse(f"{header}\n1,2\n")


def test_a_ten_megabyte_cell_loses_its_row_only(parse):
    parsed = parse("id,name,description\n1,a,b\n2,c," + "x" * 10_000_000 + "\n3,d,e\n")
    assert parsed.ids == ["1", "3"]
    assert parsed.flat == [(3, "description", "CELL_TOO_LARGE", "error")]
    assert "10,000,000" in parsed.problems[0].message
    assert "1,048,576" in parsed.problems[0].message


def test_a_row_larger_than_a_message_is_an_error(parse):
    parsed = parse("id," + ",".join("abcde") + "\n1" + (",y" + "x" * 900_000) * 5 + "\n2,a\n")
    assert (parsed.ids, parsed.flat) == (["2"], [(2, "", "ROW_TOO_LARGE", "error")])


def test_an_unterminated_quote_names_the_line_where_it_opened(parse):
    with pytest.raises(UnterminatedQuoteError, match="line 4") as caught:
        parse('id,name,text\n1,a,b\n2,"two\n lines","never\n closed\n3,c,d\n4,e,f\n')
    assert caught.value.line == 4


def test_a_record_without_end_is_given_up(parse):
    with pytest.raises(RecordTooLargeError, match="line 3"):
        parse('id,name\n1,a\n2,"' + "no end\n" * 1000, max_record_chars=2000)


def test_a_line_without_end_is_given_up(parse):
    with pytest.raises(RecordTooLargeError, match="line 2"):
        parse("id,name\n1," + "a" * 5000 + "\n", max_record_chars=2000)


def test_too_many_rows_are_refused(parse):
    with pytest.raises(TooManyRowsError):
        parse("id,name\n1,a\n2,b\n3,c\n", max_rows=2)


def test_a_nul_loses_its_row_and_names_the_cell(parse):
    parsed = parse("id,name\n1,a\n2,b\0c\n3,d\n")
    assert (parsed.ids, parsed.flat) == (["1", "3"], [(3, "name", "NUL_BYTE", "error")])


def test_a_written_backslash_u0000_is_no_nul(parse):
    parsed = parse("id,name\n1,a\\u0000b\n")
    assert (parsed.documents[0]["name"], parsed.flat) == ("a\\u0000b", [])


def test_chunks_hold_as_many_items_as_asked(parse):
    parsed = parse("id,name\n" + "".join(f"{i},n\n" for i in range(7)), chunk_items=3)
    assert [len(c.ids) for c in parsed.chunks] == [3, 3, 1]
    assert parsed.totals.chunks == 3


def test_problems_beyond_the_cap_are_counted_only(parse):
    parsed = parse("id,name\n" + "1,a,b\n" * 5 + "2,c\n", max_problems=2)
    assert (len(parsed.problems), parsed.totals.errors) == (2, 5)
    assert sum(c.errors for c in parsed.chunks) == 5


def test_excels_separator_line_is_obeyed(parse):
    parsed = parse("sep=;\nid;name\n1;a,b\n")
    assert (parsed.documents, parsed.lines) == ([{"id": "1", "name": "a,b"}], [3])


def test_chunks_close_when_they_hold_much_text(parse):
    parsed = parse("id,name\n" + f"1,{'x' * 100}\n2,{'y' * 100}\n3,z\n4,z\n", chunk_bytes=200)
    assert [len(c.ids) for c in parsed.chunks] == [2, 2]


def test_headers_in_brackets_are_no_json(parse):
    assert parse("[title],[id]\nLamp,1\n").ids == ["1"]
