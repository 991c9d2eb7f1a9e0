import json

import pytest

from services.ingest.parsing.headers import fold_header
from services.ingest.parsing.identity import IdentityPlan, usable_id


@pytest.mark.parametrize(
    ("header", "folded"),
    [
        ("Artikel-Nr.", "artikelnr"),
        ("Código do Produto", "codigodoproduto"),
        ("g:id", "gid"),
        ("RÉFÉRENCE", "reference"),
    ],
)
def test_headers_are_compared_blind_to_case_accents_and_punctuation(header, folded):
    assert fold_header(header) == folded


@pytest.mark.parametrize(
    ("row", "identity"),
    [
        ({"SKU": "s1", "ID": "i1"}, "i1"),
        ({"product_id": "p1", "SKU": "s1"}, "s1"),
        ({"product_id": "p1", "EAN": "4006381333931"}, "p1"),
        ({"Artikelnummer": "A-1", "EAN": "4006381333931"}, "A-1"),
        ({"Référence": "R 1", "Titre": "x"}, "R 1"),
        ({"Código": "c1"}, "c1"),
        ({"Título": "t", "Referência": "r1"}, "r1"),
        ({"code": "00018999", "product_name": "Riz"}, "00018999"),
        ({"EAN": "4006381333931", "title": "x"}, "4006381333931"),
        ({"link": "https://shop.example/p/1?a=b", "title": "x"}, "https://shop.example/p/1?a=b"),
        ({"id": 17}, "17"),
        ({"id": True, "sku": "s"}, "s"),
        ({"id": "  padded\t"}, "padded"),
        ({"id": ["", "second"], "sku": "s"}, "s"),
    ],
)
def test_the_first_thing_that_identifies_wins(row, identity):
    assert IdentityPlan(row).identify(row) == identity


@pytest.mark.parametrize(
    "useless", ["8,72E+12", "8.72E12", "'1e+13", "", "n/a", "NULL", "x" * 256, "a\x00b", "a\nb", "-"]
)
def test_useless_ids_fall_back_to_the_next(useless):
    assert usable_id(useless) is None
    assert IdentityPlan(["id", "sku"]).identify({"id": useless, "sku": "s"}) == "s"


def test_a_title_is_hashed_and_stable():
    plan = IdentityPlan(["title"])
    assert plan.identify({"title": "Lamp"}) == plan.identify({"title": " Lamp "})
    assert plan.identify({"title": "Lamp"}).startswith("title-")


def test_a_long_url_is_hashed():
    assert IdentityPlan(["url"]).identify({"url": "https://x.example/" + "a" * 300}).startswith("url-")


def test_rows_with_nothing_identifying_are_errors(parse):
    parsed = parse("id,colour\n1,red\n,blue\n2,green\n")
    assert (parsed.ids, parsed.flat) == (["1", "2"], [(3, "", "MISSING_ID", "error")])


LONG = "x" * 256


@pytest.mark.parametrize(
    ("header", "rest", "kept"),
    [("sku", "7", "7"), ("link", "https://a.example/p", "https://a.example/p"), ("title", "Lamp", "title-")],
)
def test_an_id_that_is_too_long_is_told_with_its_line_and_column(parse, header, rest, kept):
    parsed = parse(f"id,{header}\n1,a\n{LONG},{rest}\n")
    assert parsed.ids[0] == "1"
    assert parsed.ids[1].startswith(kept)
    assert parsed.flat == [(3, "id", "ID_TOO_LONG", "warning")]
    message = f"The id has 256 characters; the limit is 255. The row is kept as {parsed.ids[1]!r}."
    assert parsed.problems[0].message == message
    assert (parsed.totals.items, parsed.totals.errors, parsed.totals.warnings) == (2, 0, 1)


def test_a_row_with_nothing_but_an_id_that_is_too_long_is_an_error(parse):
    parsed = parse(f"colour,id\nred,{LONG}\nred,1\n")
    assert (parsed.ids, parsed.flat) == (["1"], [(2, "id", "MISSING_ID", "error")])
    assert parsed.problems[0].message.startswith("The id has 256 characters; the limit is 255.")


def test_every_id_that_is_too_long_is_told_in_json_too(parse):
    parsed = parse(json.dumps([{"sku": "1"}, {"id": LONG, "sku": LONG, "title": "Lamp"}]))
    assert parsed.flat == [(2, "id", "ID_TOO_LONG", "warning"), (2, "sku", "ID_TOO_LONG", "warning")]


def test_a_handle_that_is_too_long_is_told_once_for_all_its_lines(parse):
    row = f"{LONG},Lamp,red,https://a.example/1.jpg\n"
    parsed = parse("Handle,Title,Option1 Value,Image Src\n" + row + row.replace("red", "blue"))
    assert parsed.flat == [(2, "Handle", "ID_TOO_LONG", "warning")]


def test_what_is_no_id_may_be_long(parse):
    parsed = parse(f"id,sku,title\n1,{LONG},{LONG}\n")
    assert (parsed.ids, parsed.flat) == (["1"], [])


def test_an_id_of_the_greatest_length_is_kept(parse):
    parsed = parse(f"id,title\n {'x' * 255} ,Lamp\n")
    assert (parsed.ids, parsed.flat) == (["x" * 255], [])


def test_the_same_id_with_other_content_gets_a_suffix(parse):
    parsed = parse("id,name\n7,a\n7,b\n7,c\n8,d\n")
    assert parsed.ids == ["7", "7~2", "7~3", "8"]
    assert parsed.flat == [(3, "", "DUPLICATE_ID", "warning"), (4, "", "DUPLICATE_ID", "warning")]


def test_the_same_id_with_the_same_content_is_the_same_row(parse):
    parsed = parse("id,name\n7,a\n7,b\n7,a\n7,b\n")
    assert (parsed.ids, parsed.totals.repeats) == (["7", "7~2"], 2)


def test_a_suffix_never_takes_an_id_of_the_file(parse):
    assert parse("id,name\n7~2,x\n7,a\n7,b\n").ids == ["7~2", "7", "7~3"]


def test_a_suffix_keeps_the_length_limit(parse):
    ids = parse(f"id,name\n{'x' * 255},a\n{'x' * 255},b\n").ids
    assert ids[1] == "x" * 253 + "~2"


def test_destroyed_barcodes_never_merge_products(parse):
    parsed = parse('ean,title\n"8,72E+12",Red lamp\n"8,72E+12",Blue lamp\n')
    assert len(set(parsed.ids)) == 2
    assert parsed.flat == []
