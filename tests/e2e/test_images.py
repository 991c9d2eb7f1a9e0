"""Images, from the file to what is said about the broken ones, against a server on loopback."""

import pytest
from aiohttp import web

from tests.silver.images.conftest import Site, png

HEADER = "id,title,brand,price,currency,image_link,additional_image_link\n"


@pytest.fixture(scope="module")
def site():
    site = Site()
    sound = {"body": png(800, 800), "content_type": "image/png", "headers": {"Accept-Ranges": "bytes"}}
    site.page("/lamp.png", **sound)
    site.page("/moved.png", lambda request: web.Response(status=301, headers={"Location": "/lamp.png"}))
    site.page("/page.html", text="no image")
    yield site
    site.close()


@pytest.fixture
def client(make_stack, site):
    settings = {
        "ASSAY_SILVER_IMAGE_REQUESTS": "true",
        "ASSAY_SILVER_IMAGE_ALLOWED_NETWORKS": "127.0.0.1/32",
        "ASSAY_SILVER_IMAGE_PORTS": f"80,443,{site.port}",
    }
    return make_stack(**settings).start().client()


def test_broken_images_are_told_of_and_asked_about_once(client, site):
    def url(path):
        return site.url(path, "127.0.0.1")

    rows = [
        f'A,Lamp,,10,EUR,{url("/lamp.png")},"{url("/moved.png")},{url("/gone.png")}"',
        f"B,Chair,,10,EUR,{url('/gone.png')},{url('/page.html')}",
    ]
    catalog_id = client.new_catalog()
    client.import_file((HEADER + "\n".join(rows)).encode(), catalog_id)
    first = client.run("silver", catalog_id)
    assert [result["urlsValidated"] for result in first["results"]] == [3, 2]

    (job,) = [job for job in client.get("jobs").json()["data"] if job["kind"] == "silver"]
    assert (job["result"]["brokenUrls"], job["result"]["issues"]["image.unreachable"]) == (2, 3)
    broken = [
        ("A", "secondaryImages", url("/gone.png"), 404, "status"),
        ("B", "primaryImageUrl", url("/gone.png"), 404, "status"),
        ("B", "secondaryImages", url("/page.html"), 200, "wrong_type"),
    ]
    listed = client.pages(f"jobs/{job['id']}/broken-images", limit=2)
    names = ("productId", "field", "url", "status", "reason")
    assert [tuple(one[name] for name in names) for one in listed] == broken
    assert [issue["rule"] for issue in client.product(catalog_id, "B")["issues"]].count("image.unreachable") == 2

    gaps = {result["productId"]: result["gaps"] for result in client.run("gold", catalog_id)["results"]}
    assert ("images" in gaps["A"], "images" in gaps["B"]) == (False, True)

    asked = len(site.asked)
    assert client.run("silver", catalog_id)["results"] == first["results"]
    assert len(site.asked) == asked
    assert client.product(catalog_id, "B")["pipelineStage"] == "gold"
    assert client.get("jobs/no-such-job/broken-images").json()["error"]["code"] == "JOB_NOT_FOUND"
