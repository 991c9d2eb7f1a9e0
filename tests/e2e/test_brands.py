import uuid

import pytest

pytestmark = pytest.mark.e2e

SCOPES = ("catalogs:read", "catalogs:write", "products:write", "products:read", "jobs:read", "brands:read")


@pytest.fixture
def client(stack):
    """A client of a workspace of its own, so that its registry is known."""
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    return stack.client(stack.make_key(workspace, *SCOPES, "brands:write"), workspace)


def test_a_list_is_imported_an_alias_added_and_an_unknown_brand_told_what_it_may_be(client):
    answer = client.post("brands/import", {"csv": "name,aliases\nAcme Inc.,ACM\nacme,\nGlobex,acm\n"})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "created": 1,
            "known": 1,
            "errors": [{"line": 4, "name": "Globex", "message": "An alias means another brand already."}],
            "failed": 1,
        },
    )
    (brand,) = client.pages("brands")
    changed = client.stack.http.patch(
        f"{client.base}/brands/{brand['id']}", json={"addAliases": ["Roadrunner Supplies"]}, headers=client.headers
    )
    assert (changed.status_code, changed.json()["aliases"]) == (200, ["ACM", "Roadrunner Supplies"])

    catalog = client.new_catalog("brands")
    client.import_file(
        "id,title,brand\na,one,AcmeCorp\nb,two,Roadrunner Supplies Ltd\nc,Acme anvil,\nd,four,Zzyzx\n", catalog
    )
    results = {result["productId"]: result for result in client.run("silver", catalog)["results"]}
    assert results["a"] == {
        "productId": "a",
        "status": "error",
        "error": "Brand not found: 'AcmeCorp'",
        "suggestions": ["Acme Inc."],
    }
    assert results["d"] == {"productId": "d", "status": "error", "error": "Brand not found: 'Zzyzx'"}
    assert client.product(catalog, "b")["brandId"] == brand["id"]
    shown = client.product(catalog, "c")
    assert "brand" not in shown or shown["brand"] is None
    assert [issue["rule"] for issue in shown["issues"]] == ["brand.in_title"]


def test_a_list_without_a_name_column_names_the_field(client):
    answer = client.post("brands/import", {"csv": "brand\nAcme\n"})
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "csv")
