import json

import pytest

from cli.errors import UsageError
from cli.mappings import read_mappings

CAT = {"sourceField": "cat", "targetField": "categoryPath", "transform": "prefix:Apparel > "}
CODE = {"sourceField": "item_code", "targetField": "sku"}


def read(tmp_path, content, name="mappings.csv"):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_mappings(file)


@pytest.mark.parametrize("header", ["sourceField,targetField,transform", "Source_Field, TARGETFIELD ,Transform"])
def test_a_table_is_read_and_the_rest_of_a_transform_is_literal(tmp_path, header):
    text = f"\ufeff{header}\r\ncat,categoryPath,prefix:Apparel > \r\n item_code ,sku,\r\n,,\r\n"
    assert read(tmp_path, text) == [CAT, CODE]


def test_transforms_may_be_left_out(tmp_path):
    assert read(tmp_path, "note,targetField,sourceField\nx,sku,item_code\n") == [CODE]


@pytest.mark.parametrize("content", [[CAT, CODE], {"silverMappings": [CAT, CODE], "duplicates": "off"}])
def test_json_is_read_also_as_settings_show_prints_it(tmp_path, content):
    assert read(tmp_path, json.dumps(content), "m.JSON") == [CAT, CODE]


def test_no_mappings_at_all(tmp_path):
    assert read(tmp_path, "sourceField,targetField\n") == read(tmp_path, "[]", "m.json") == []


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("source,target\na,b\n", "m.csv", "no column 'sourceField'"),
        ("", "m.csv", "no column 'sourceField'"),
        (b"\xff\xfe", "m.csv", "cannot be read"),
        ("{", "m.json", "cannot be read"),
        ("{}", "m.json", "no list of mappings"),
        ("[1]", "m.json", "no list of mappings"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, content, name, words):
    with pytest.raises(UsageError, match=words):
        read(tmp_path, content, name)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_mappings(tmp_path / "nothing.csv")
