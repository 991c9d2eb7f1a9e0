"""What the service refuses to ask when nobody allowed anything."""

import threading

import pytest
from assay.silver.v1 import silver_service_pb2 as pb


@pytest.fixture(scope="module")
def app_settings():
    return {}


def threads():
    return {thread.name for thread in threading.enumerate()}


def test_a_process_that_never_checks_starts_no_thread(normalize, catalog):
    before = threads()
    normalize(catalog({"a": {"title": "Lamp"}}))
    normalize(catalog({"a": {"image_link": "http://127.0.0.1/a.png"}}), image_checks=pb.IMAGE_CHECKS_SYNTAX)
    assert "image-checks" not in threads() - before


def test_loopback_and_private_addresses_are_not_asked(normalize, catalog, product, job_result):
    addresses = ["127.0.0.1", "10.0.0.8", "169.254.169.254"]
    urls = [f"http://{address}/a.png" for address in addresses]
    catalog_id = catalog({"a": {"image_link": urls[0], "additional_image_link": urls[1:]}})
    result = job_result(normalize(catalog_id))
    assert {one["url"]: one["reason"] for one in result["brokenImages"]} == dict.fromkeys(urls, "forbidden_address")
    assert {issue.rule for issue in product(catalog_id, "a").issues} == {"image.unreachable"}


def test_other_ports_than_those_of_the_web_are_not_asked(normalize, catalog, job_result, site):
    url = site.url("/a.png", "127.0.0.1")
    result = job_result(normalize(catalog({"a": {"image_link": url}})))
    assert ([one["reason"] for one in result["brokenImages"]], site.asked) == (["invalid_url"], [])
