import uuid

import pytest

pytestmark = pytest.mark.e2e

EVERYTHING = ("catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read", "jobs:write")


@pytest.fixture
def tenants(stack):
    """Two workspaces with a catalog each and the same product id in it."""
    both = []
    for _ in range(2):
        workspace = f"ws_{uuid.uuid4().hex[:12]}"
        client = stack.client(stack.make_key(workspace, *EVERYTHING), workspace)
        client.catalog = client.new_catalog("mine")
        client.job = client.import_file(f"id,title\nSAME-1,belongs to {workspace}\n", client.catalog)
        client.workspace = workspace
        both.append(client)
    return both


def test_the_same_id_is_two_products_in_two_workspaces(tenants):
    for one in tenants:
        assert one.product(one.catalog, "SAME-1")["title"] == f"belongs to {one.workspace}"
        assert [catalog["id"] for catalog in one.pages("catalogs")] == [one.catalog]
        assert [job["id"] for job in one.pages("jobs")] == [one.job["id"]]


def test_what_belongs_to_another_workspace_is_not_found(tenants):
    mine, theirs = tenants

    answers = {
        "CATALOG_NOT_FOUND": [
            mine.get(f"catalogs/{theirs.catalog}"),
            mine.get("catalog/products/SAME-1", catalog_id=theirs.catalog),
            mine.get("catalog/products", catalog_id=theirs.catalog),
            mine.batch("silver", theirs.catalog),
            mine.batch("gold", theirs.catalog),
            mine.upload("id\n1\n", theirs.catalog),
        ],
        "JOB_NOT_FOUND": [
            mine.get(f"jobs/{theirs.job['id']}"),
            mine.get(f"jobs/{theirs.job['id']}/results"),
            mine.post(f"jobs/{theirs.job['id']}/cancel"),
        ],
    }
    for code, given in answers.items():
        for answer in given:
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, code), answer.url


def test_a_key_opens_its_own_workspace_only(stack, tenants):
    mine, theirs = tenants
    key = mine.headers["Authorization"].split()[1]

    for workspace in (theirs.workspace, "ws_thereisnone"):
        stranger = stack.client(key, workspace)
        for answer in (
            stranger.get("catalogs"),
            stranger.get(f"catalogs/{theirs.catalog}"),
            stranger.get(f"jobs/{theirs.job['id']}"),
            stranger.batch("silver", theirs.catalog),
            stranger.upload("id\n1\n"),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS"), answer.url


def test_a_key_can_do_what_it_was_made_for_only(stack):
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    reader = stack.client(stack.make_key(workspace, "catalogs:read"), workspace)

    assert reader.get("catalogs").json()["data"] == []
    refused = reader.post("catalogs", {"name": "mine"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic d2hvOm1l", "Bearer"])
def test_without_a_good_token_nothing_opens(stack, header):
    headers = {"Authorization": header} if header else {}

    answer = stack.http.get(f"{stack.url}/api/workspace/ws_demo/catalogs", headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


def test_a_key_of_a_tier_has_its_rate(stack):
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    done = stack.run("keys", "create", "-w", workspace, "--scope", "catalogs:read,jobs:read", "--tier", "free")
    client = stack.client(done.stdout.strip(), workspace)

    answers = [client.get("catalogs") for _ in range(22)]

    assert answers[0].headers["X-RateLimit-Limit"] == "20"
    assert [answer.status_code for answer in answers[:20]] == [200] * 20
    assert answers[-1].status_code == 429
    assert answers[-1].json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert int(answers[-1].headers["Retry-After"]) > 0
