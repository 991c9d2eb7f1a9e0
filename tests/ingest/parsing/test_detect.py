import pytest

from services.ingest.parsing import FormatHint
from services.ingest.parsing.detect import detect_delimiter
from services.ingest.parsing.problems import (
    BinaryFileError,
    EmptyFileError,
    FormatMismatchError,
    UnsupportedFileError,
)

ROWS = "id;name;price\n1;Müller – Stück;19,99 €\n2;Café;5,00 €\n3;naïve Größe;1,50\n"


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32", b""),
        ("cp1252", b""),
    ],
)
def test_the_encoding_is_found(parse, codec, mark):
    parsed = parse(mark + ROWS.encode(codec))
    assert [d["name"] for d in parsed.documents] == ["Müller – Stück", "Café", "naïve Größe"]
    assert parsed.documents[0] == {"id": "1", "name": "Müller – Stück", "price": "19,99 €"}
    assert parsed.flat == []


def test_latin1_with_bytes_windows_does_not_know(parse):
    assert parse("id,name\n1,Café\n".encode("latin-1") + b"2,caf\xe9 \x81\n").documents[0]["name"] == "Café"


def test_one_accent_late_in_an_ascii_file_is_windows_text(parse):
    parsed = parse(b"id,name\n" + b"1,plain\n" * 200_000 + b"2,caf\xe9\n")
    assert (parsed.documents[-1]["name"], parsed.flat) == ("café", [])


def test_cyrillic_text_is_not_read_as_western(parse):
    text = "id,name\n" + "".join(f"{i},Настольная лампа с абажуром из дерева и стекла\n" for i in range(40))
    assert parse(text.encode("cp1251")).documents[0]["name"].startswith("Настольная лампа")


def test_mostly_utf8_stays_utf8_and_broken_rows_are_named(parse):
    parsed = parse("id,name\n1,Café\n2,Müller\n".encode() + b"3,br\xffken\n" + "4,Größe\n".encode())
    assert parsed.ids == ["1", "2", "4"]
    assert parsed.flat == [(4, "name", "INVALID_UTF8", "error")]


def test_bytes_that_no_encoding_would_use_are_reported(parse):
    parsed = parse(b"id,name\n1,Lamp\n2,br\xff\xfeken\n3,Desk\n")
    assert (parsed.ids, parsed.flat) == (["1", "3"], [(3, "name", "INVALID_UTF8", "error")])


def test_a_cut_utf16_file_reports_its_last_row(parse):
    parsed = parse("id,name\n1,Lamp\n2,Desk".encode("utf-16")[:-1])
    assert (parsed.ids, [p.reason for p in parsed.problems]) == (["1"], ["INVALID_ENCODING"])


@pytest.mark.parametrize("content", [b"", b"   \n\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(parse, content):
    with pytest.raises(EmptyFileError):
        parse(content)


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04rest", b"\x89PNG\r\n\x1a\nrest", b"%PDF-1.7", bytes(range(256)) * 50, b"\x00" * 5000],
    ids=["zip", "png", "pdf", "bytes", "nuls"],
)
def test_binary_files_are_refused(parse, content):
    with pytest.raises(BinaryFileError):
        parse(content)


WXR = '<?xml version="1.0"?>\n<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel/></rss>'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('<?xml version="1.0"?><rss/>', "XML"),
        ("  <feed><a/></feed>", "XML"),
        ("<!DOCTYPE html><html>", "HTML"),
        (WXR, r"XML: a WordPress export \(WXR\)"),
    ],
)
def test_markup_is_refused_by_its_name_and_says_what_is_accepted(parse, content, kind):
    with pytest.raises(UnsupportedFileError, match=rf"The file is (an )?{kind}.*not accepted.*Send CSV or JSON\.$"):
        parse(content)


def test_csv_announced_as_json_is_refused(parse):
    with pytest.raises(FormatMismatchError):
        parse("id,name\n1,a\n", FormatHint.JSON)


def test_json_announced_as_csv_is_read_as_json(parse):
    assert parse('[{"id": "1"}]', FormatHint.CSV).ids == ["1"]


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3,5\n", ";"),
        ("a\tb\n1,2\t3;4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('a,b\n"x;y;z",1\n"p;q;r",2\n', ","),
        ('a;b\n"x,\ny,z";1\n', ";"),
        ("a,b,c\n1,2\n1,2,3\n1,2,3\n1;2\n", ","),
        ("a\n1\n2\n", ","),
        ("a;b;c", ";"),
    ],
)
def test_the_delimiter_is_the_one_most_rows_agree_on(sample, delimiter):
    assert detect_delimiter(sample) == delimiter
