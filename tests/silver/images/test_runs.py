"""Image checks in runs of the service, against a server on loopback."""

import asyncio
import json
import threading
import time
from dataclasses import dataclass

import pytest
from aiohttp import web
from assay.common.v1 import run_pb2
from assay.silver.v1 import product_service_pb2
from assay.silver.v1 import silver_service_pb2 as pb

from tests.silver.images.conftest import png

GONE = "http://nowhere.invalid/a.png"
MALFORMED, MENDED = "http://half an address", "http://half%20an%20address"


@pytest.fixture(scope="module")
def app_settings(module_site):
    return {
        "silver_image_allowed_networks": "127.0.0.0/8",
        "silver_image_ports": f"80,{module_site.port}",
        "silver_image_total_seconds": 2.0,
        "silver_image_host_rest_seconds": 0,
    }


@pytest.fixture
def page(site):
    """Makes a page of the server; gives its URL. Every test has paths of its own: answers are remembered."""

    def make(path, **kwargs):
        site.page(path, **kwargs)
        return site.url(path, "127.0.0.1")

    return make


@pytest.fixture
def good(page):
    return lambda path, width=40, height=30: page(
        path, body=png(width, height), content_type="image/png", headers={"Accept-Ranges": "bytes"}
    )


@pytest.fixture
def broken(call):
    """Every broken image of a run, page by page."""

    def run(events, page_size=0):
        rows, cursor = [], ""
        while True:
            request = pb.ListBrokenImagesRequest(
                workspace_id="ws_a", job_id=events[0].started.job_id, page_size=page_size, page_token=cursor
            )
            answer = call("ListBrokenImages", request)
            rows += [
                (one.product_id, one.field, one.url, one.status if one.HasField("status") else None, one.reason)
                for one in answer.images
            ]
            cursor = answer.pagination.cursor
            if not answer.pagination.has_more:
                return rows

    return run


@pytest.fixture
def images_of(call):
    """What Gold is told of images, by product id."""

    def run(catalog_id):
        request = product_service_pb2.ReadProductsRequest(workspace_id="ws_a", catalog_id=catalog_id)
        return {
            product_id: json.loads(text) if text else None
            for answer in call("ReadProducts", request)
            for product_id, text in zip(answer.ids, answer.images, strict=True)
        }

    return run


@dataclass
class Seen:
    """What is to be seen of a run after it."""

    events: list
    broken: list
    images: dict
    """What Gold is told."""
    issues: dict
    """Those about images, by product."""
    prints: dict
    result: dict

    @property
    def validated(self):
        return {one.product_id: one.urls_validated for event in self.events for one in event.results.results}


@pytest.fixture
def look(normalize, broken, images_of, product, job_result):
    """Runs over a catalog; gives what is to be seen then."""

    def run(catalog_id, **options):
        events = normalize(catalog_id, **options)
        images = images_of(catalog_id)
        products = {product_id: product(catalog_id, product_id) for product_id in images}
        issues = {
            product_id: [issue for issue in each.issues if issue.rule in {"image.unreachable", "urls.broken"}]
            for product_id, each in products.items()
        }
        prints = {product_id: each.fingerprint for product_id, each in products.items()}
        return Seen(events, broken(events), images, issues, prints, job_result(events))

    return run


@pytest.fixture
def shop(catalog, page, good):
    """A catalog with every kind of image; its id and the URLs by name."""
    urls = {
        "fine": good("/shop.png"),
        "moved": page("/shop-moved", status=302, headers={"Location": "/shop.png"}),
        "gone": page("/shop-gone.png", status=404),
        "text": page("/shop.html", text="hello"),
    }
    items = {
        "a": {"image_link": urls["fine"], "additional_image_link": [urls["moved"], urls["gone"], urls["text"]]},
        "b": {"image_link": urls["gone"], "additional_image_link": [GONE, MALFORMED]},
        "c": {"title": "Table"},
    }
    return catalog(items), urls


def test_broken_images_are_listed_with_the_run(look, shop, broken):
    catalog_id, urls = shop
    seen = look(catalog_id, image_checks=pb.IMAGE_CHECKS_REACHABILITY)
    assert seen.validated == {"a": 4, "b": 3, "c": 0}
    assert seen.broken == [
        ("a", "secondaryImages", urls["gone"], 404, "status"),
        ("a", "secondaryImages", urls["text"], 200, "wrong_type"),
        ("b", "primaryImageUrl", urls["gone"], 404, "status"),
        ("b", "secondaryImages", GONE, None, "dns"),
        ("b", "secondaryImages", MENDED, None, "invalid_url"),
    ]
    assert broken(seen.events, page_size=2) == seen.broken


def test_broken_images_are_issues_of_their_products(look, shop):
    catalog_id, urls = shop
    issues = look(catalog_id).issues["b"]
    assert [(issue.field, issue.rule) for issue in issues] == [
        ("secondaryImages", "urls.broken"),
        ("primaryImageUrl", "image.unreachable"),
        ("secondaryImages", "image.unreachable"),
    ]
    assert {issue.severity for issue in issues} == {"error"}
    assert ("404" in issues[1].message, urls["gone"] in issues[1].message, GONE in issues[2].message) == (True,) * 3


def test_broken_images_are_in_the_job_s_result(look, shop):
    catalog_id, urls = shop
    result = look(catalog_id).result
    assert result["brokenUrls"] == 4
    assert {one["url"]: (one["status"], one["reason"]) for one in result["brokenImages"]} == {
        urls["gone"]: (404, "status"),
        urls["text"]: (200, "wrong_type"),
        GONE: (None, "dns"),
        MENDED: (None, "invalid_url"),
    }
    assert result["issues"] == {"image.unreachable": 4, "urls.broken": 1}
    assert result["productsWithIssues"] == 2


def test_what_is_known_of_images_is_kept_for_gold(look, shop):
    catalog_id, _ = shop
    images = look(catalog_id).images
    fine = {"reason": "", "width": 40, "height": 30}
    assert (images["a"]["primary"], images["a"]["secondary"][0]) == (fine, fine)
    assert [fact["reason"] for fact in images["a"]["secondary"]] == ["", "status", "wrong_type"]
    assert (images["b"]["primary"]["reason"], images["c"]) == ("status", None)


def test_a_second_run_asks_nothing_and_tells_the_same(look, shop, site):
    catalog_id, _ = shop
    first = look(catalog_id)
    asked = len(site.asked)
    second = look(catalog_id)
    assert len(site.asked) == asked
    assert (second.broken, second.images, second.prints) == (first.broken, first.images, first.prints)
    assert second.result == first.result


def test_an_image_of_many_partitions_is_asked_once_per_run(look, catalog, good, site):
    url = good("/shared.png")
    catalog_id = catalog({f"p{number:02}": {"image_link": url} for number in range(40)})
    assert set(look(catalog_id).validated.values()) == {1}
    assert site.methods("/shared.png").count("HEAD") == 1


@pytest.mark.parametrize("mode", [pb.IMAGE_CHECKS_SYNTAX, pb.IMAGE_CHECKS_OFF])
def test_other_modes_ask_nobody(mode, look, catalog, page, site):
    seen = look(catalog({"a": {"image_link": page(f"/mode-{mode}.png", status=404)}}), image_checks=mode)
    assert seen.validated["a"] == (mode == pb.IMAGE_CHECKS_SYNTAX)
    assert (site.asked, seen.broken, seen.images) == ([], [], {"a": None})


def test_syntax_lists_what_is_malformed(look, catalog):
    catalog_id = catalog({"a": {"image_link": "https://images.example.com/a.png", "additional_image_link": "http:/x"}})
    seen = look(catalog_id, image_checks=pb.IMAGE_CHECKS_SYNTAX)
    assert seen.broken == [("a", "secondaryImages", "http:/x", None, "invalid_url")]
    assert seen.validated["a"] == 2


def test_what_is_no_verdict_is_neither_broken_nor_checked(look, catalog, page):
    seen = look(catalog({"a": {"image_link": page("/busy.png", status=429, headers={"Retry-After": "600"})}}))
    assert (seen.validated, seen.broken, seen.issues, seen.images) == ({"a": 0}, [], {"a": []}, {"a": None})


def test_a_product_in_error_is_not_asked_about(fared, catalog, page, site):
    results = fared(catalog({"a": {"brand": "Nobody", "image_link": page("/in-error.png", status=404)}}))
    assert (results["a"].HasField("error"), site.asked) == (True, [])


def test_the_fingerprint_tells_whether_an_image_is_known_to_be_broken(look, catalog, page):
    catalog_id = catalog({"a": {"image_link": page("/told.png", status=404)}})
    modes = (pb.IMAGE_CHECKS_SYNTAX, pb.IMAGE_CHECKS_REACHABILITY, pb.IMAGE_CHECKS_SYNTAX)
    unknown, known, again = (look(catalog_id, image_checks=mode).prints["a"] for mode in modes)
    assert unknown == again != known


def test_a_run_again_over_fewer_broken_images_lists_those_only(look, catalog, items_of, page):
    gone = [page(f"/fewer-{number}.png", status=404) for number in range(2)]
    catalog_id = catalog({"a": {"image_link": gone[0], "additional_image_link": gone[1]}})
    assert len(look(catalog_id).broken) == 2
    items_of(catalog_id).put("a", {"image_link": gone[0]})
    assert len(look(catalog_id).broken) == 1


def test_broken_images_of_another_workspace_are_not_found(normalize, catalog, page, refused):
    events = normalize(catalog({"a": {"image_link": page("/tenant.png", status=404)}}))
    job_id = events[0].started.job_id
    request = pb.ListBrokenImagesRequest(workspace_id="ws_b", job_id=job_id)
    assert refused("ListBrokenImages", request, "token-b")[:2] == ("NOT_FOUND", "JOB_NOT_FOUND")
    request = pb.ListBrokenImagesRequest(workspace_id="ws_a", job_id=job_id)
    assert refused("ListBrokenImages", request, "token-b")[0] in {"PERMISSION_DENIED", "NOT_FOUND"}
    unknown = pb.ListBrokenImagesRequest(workspace_id="ws_a", job_id="no job")
    assert refused("ListBrokenImages", unknown)[:2] == ("NOT_FOUND", "JOB_NOT_FOUND")


def test_a_cursor_of_another_run_is_refused(normalize, shop, call, refused):
    catalog_id, _ = shop
    first, second = (normalize(catalog_id)[0].started.job_id for _ in range(2))
    request = pb.ListBrokenImagesRequest(workspace_id="ws_a", job_id=first, page_size=1)
    cursor = call("ListBrokenImages", request).pagination.cursor
    other = pb.ListBrokenImagesRequest(workspace_id="ws_a", job_id=second, page_token=cursor)
    assert refused("ListBrokenImages", other)[:2] == ("INVALID_ARGUMENT", "VALIDATION_ERROR")


def test_the_job_s_result_holds_the_first_broken_images_and_no_more(look, catalog, page):
    gone = [page(f"/{'long' * 400}-{number}.png", status=404) for number in range(120)]
    catalog_id = catalog({f"p{number:03}": {"image_link": url} for number, url in enumerate(gone)})
    seen = look(catalog_id)
    result = seen.result
    assert result["brokenUrls"] == len(seen.broken) == 120
    assert [one["url"] for one in result["brokenImages"]] == gone[: len(result["brokenImages"])]
    assert 30 <= len(result["brokenImages"]) < 100
    assert len(json.dumps(result["brokenImages"])) < 70_000


def test_a_cancelled_run_does_not_wait_for_slow_servers(call, catalog, site, module_world):
    arrived = threading.Event()

    async def slow(request):
        arrived.set()
        await asyncio.sleep(1.0)
        return web.Response(body=png(4, 3), content_type="image/png")

    site.page("/cancelled.png", slow)
    urls = [site.url(f"/cancelled.png?{number}", "127.0.0.1") for number in range(400)]
    catalog_id = catalog({f"p{number}": {"image_link": url} for number, url in enumerate(urls)})
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog_id, scope=run_pb2.SCOPE_ALL)
    failures = []

    def run():
        try:
            call("Normalize", request)
        except Exception as failure:  # noqa: BLE001 - what it is, is looked at below
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    assert arrived.wait(5)
    began = time.monotonic()
    module_world.cancelled.update(module_world.jobs)
    thread.join(10)
    assert time.monotonic() - began < 4
    assert failures[0].code().name == "CANCELLED"
