"""The traps of real supplier files that the importer meets, each by its name, on rows of our own.

Traps of values (1 to 3, 7, 8, 10 to 12) are Silver's; tests/silver/rules/test_traps.py has the index of all.
"""

import pytest

ROWS = [["id", "name", "price"], ["1", "Käse – mild", "9,90 €"], ["2", "Crème brûlée", "1.299,00 €"]]


def file_of(delimiter, newline="\n"):
    return newline.join(delimiter.join(f'"{cell}"' for cell in row) for row in ROWS)


def test_trap_4_repeated_headers_and_five_hundred_columns(parse):
    headers = ["id", "Feature", "Feature", "Feature", *(f"column {number}" for number in range(520))]
    cells = ["1", "warm", "", "soft", *map(str, range(520))]
    (document,) = parse(f"{','.join(headers)}\n{','.join(cells)}\n").documents
    assert document["Feature"] == ["warm", "soft"]
    assert len(document) == 522


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8", "cp1252", "utf-16-le"])
def test_trap_5_encodings_and_delimiters(parse, encoding, delimiter):
    parsed = parse(file_of(delimiter).encode(encoding))
    assert [list(document.values()) for document in parsed.documents] == ROWS[1:]


def test_trap_5_latin_1_has_no_euro_sign(parse):
    content = file_of(";").replace("€", "EUR").replace("–", "-").encode("iso-8859-1")
    assert [document["name"] for document in parse(content).documents] == ["Käse - mild", "Crème brûlée"]


def test_trap_6_mixed_line_ends_breaks_inside_cells_and_none_at_the_end(parse):
    parsed = parse('id,name\r\n1,"two\nlines"\n2,"three\r\nmore\nlines"\r\n3,end')
    assert [document["name"] for document in parsed.documents] == ["two\nlines", "three\r\nmore\nlines", "end"]
    assert parsed.flat == []


def test_trap_9_columns_renamed_added_and_dropped_between_two_deliveries(parse):
    first, second = parse("id,name,colour\n1,Chair,red\n"), parse("id,Product name,new\n1,Chair,x\n")
    assert first.ids == second.ids
    assert second.documents == [{"id": "1", "Product name": "Chair", "new": "x"}]


def test_trap_13_a_row_per_variant_and_image_is_one_product(parse):
    parsed = parse(
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Image Src\n"
        "tee,Tee,Size,S,T-S,https://i.example/1.jpg\n"
        "tee,,,M,T-M,https://i.example/2.jpg\n"
        "tee,,,,,https://i.example/3.jpg\n"
    )
    (document,) = parsed.documents
    assert (parsed.ids, len(document["variants"]), len(document["images"])) == (["tee"], 2, 3)
