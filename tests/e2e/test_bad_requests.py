"""What is refused, and how, through all processes."""

from urllib.parse import quote

import pytest

pytestmark = pytest.mark.e2e

NOWHERE = "cat_0000000000000000"
JSON = {"Content-Type": "application/json"}


def error_of(answer):
    error = answer.json()["error"]
    assert error["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, error["code"], [detail["field"] for detail in error.get("details", [])]


@pytest.mark.parametrize("stage", ["silver", "gold"])
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["scope"]),
        ({"scope": "everything"}, ["scope"]),
        ({"scope": 1}, ["scope"]),
        ({"scope": None}, ["scope"]),
        ({"scope": "selection"}, ["productIds"]),
        ({"scope": "selection", "productIds": []}, ["productIds"]),
        ({"scope": "selection", "productIds": "a"}, ["productIds"]),
        ({"scope": "selection", "productIds": [str(n) for n in range(10_001)]}, ["productIds"]),
        ({"scope": "all", "colour": "red"}, ["colour"]),
    ],
)
def test_a_run_is_refused_with_the_field_at_fault(client, catalog, stage, body, fields):
    answer = client.post(f"catalogs/{catalog}/batch/{stage}", body)

    assert error_of(answer) == (400, "VALIDATION_ERROR", fields)


@pytest.mark.parametrize("stage", ["silver", "gold"])
def test_a_run_on_no_catalog_is_not_found(client, stage):
    assert error_of(client.batch(stage, NOWHERE))[:2] == (404, "CATALOG_NOT_FOUND")


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b'{"scope": "all"', JSON, (400, "VALIDATION_ERROR")),
        (b"[]", JSON, (400, "VALIDATION_ERROR")),
        (b"\xff\xfe", JSON, (400, "VALIDATION_ERROR")),
        (b'{"scope": "all"}', {"Content-Type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b'{"scope": "all"}', JSON | {"Accept": "image/png"}, (406, "NOT_ACCEPTABLE")),
        (b'{"scope": "' + b"x" * (9 * 1024 * 1024) + b'"}', JSON, (413, "PAYLOAD_TOO_LARGE")),
    ],
    ids=["cut", "list", "no text", "media type", "accept", "too large"],
)
def test_a_body_that_cannot_be_read_is_refused(client, catalog, content, headers, expected):
    url = f"{client.base}/catalogs/{catalog}/batch/silver"

    answer = client.stack.http.post(url, content=content, headers=client.headers | headers)

    assert error_of(answer)[:2] == expected


def test_a_wrong_verb_is_told_the_right_ones(stack, client, catalog):
    answer = stack.http.delete(f"{client.base}/catalogs/{catalog}/batch/silver", headers=client.headers)

    assert error_of(answer)[:2] == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in answer.headers["Allow"]


def test_an_unknown_address_and_an_unknown_parameter_are_refused(client):
    assert error_of(client.get("nothing"))[:2] == (404, "NOT_FOUND")
    assert error_of(client.get("catalogs", colour="red")) == (400, "VALIDATION_ERROR", ["colour"])
    assert error_of(client.get("catalogs", limit=-1)) == (400, "VALIDATION_ERROR", ["limit"])
    assert error_of(client.get("catalogs", cursor="made up")) == (400, "VALIDATION_ERROR", ["cursor"])


def test_an_upload_without_its_file_is_refused(stack, client, catalog):
    url = f"{client.base}/catalog/products/import"

    missing = stack.http.post(url, data={"format": "csv"}, files={"other": b"x"}, headers=client.headers)
    wrong = stack.http.post(url, json={"file": "x"}, headers=client.headers)
    strange = client.upload("id\n1\n", catalog, data={"format": "xlsx"})

    assert error_of(missing)[:2] == (400, "VALIDATION_ERROR")
    assert error_of(wrong)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error_of(strange) == (400, "VALIDATION_ERROR", ["format"])
    assert client.upload("id\n1\n", NOWHERE).status_code == 404


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"id,title\n1,one\n2\n3,three,more\n4,four\n", [(4, "RAGGED_ROW")]),
        (b"id,title,title\n1,one,another\n4,four,\n", []),
        (b"id,title\n1,caf\xe9 \xc3\xa9\xff\xfe\n4,four\n", [(2, "INVALID_UTF8")]),
        (b"id,title\n1,o\0ne\n4,four\n", [(2, "NUL_BYTE")]),
        (b"id,title\n1," + b"x" * (10 * 1024 * 1024) + b"\n4,four\n", [(2, "CELL_TOO_LARGE")]),
    ],
    ids=["ragged rows", "repeated header", "broken UTF-8", "NUL bytes", "10 MB cell"],
)
def test_a_bad_row_is_named_by_its_line_and_the_others_are_taken(client, catalog, content, refused):
    job = client.import_file(content, catalog)

    rows = client.pages(f"jobs/{job['id']}/results")
    assert [(row["line"], row["reason"]) for row in rows if row["severity"] == "error"] == refused
    assert job["result"]["errors"] == len(refused)
    assert job["result"]["created"] == job["result"]["total"] - len(refused)
    assert client.product(catalog, "4")["title"] == "four"
    silver = client.run("silver", catalog, unknownBrands="register")
    assert {result["status"] for result in silver["results"]} == {"success"}


@pytest.mark.parametrize("product_id", ["a/b", "https://shop.example.com/p?id=1&x=2", "ü ñ", "50%", "a+b"])
def test_any_id_can_be_asked_for(client, catalog, product_id):
    client.import_file(f'id,title\n"{product_id}",one\n', catalog)

    answer = client.get(f"catalog/products/{quote(product_id, safe='')}", catalog_id=catalog)

    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == product_id
