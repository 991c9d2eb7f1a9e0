"""What becomes of a picture that is there while its size is not to be had."""

import asyncio

import pytest
from aiohttp import web

from services.silver.images import Reason
from tests.silver.images.conftest import png

RANGES = {"Accept-Ranges": "bytes"}


def sound(request):
    return web.Response(body=png(40, 30), content_type="image/png", headers=RANGES)


def after_head(get):
    """A page whose HEAD is sound, and whose GET is of the test."""
    return lambda request: sound(request) if request.method == "HEAD" else get(request)


async def drip(request):
    response = web.StreamResponse(headers={"Content-Type": "image/png"})
    await response.prepare(request)
    while True:
        await response.write(b"\x89")
        await asyncio.sleep(0.05)


async def silence(request):
    await asyncio.sleep(30)


def broken(request):
    request.transport.close()
    return web.Response()


def status(code, **headers):
    return lambda request: web.Response(
        status=code, headers={name.replace("_", "-"): headers[name] for name in headers}
    )


@pytest.mark.parametrize(
    "get",
    [
        *(drip, silence, broken),
        *(status(500), status(503), status(429), status(429, Retry_After="3600"), status(503, Retry_After="3600")),
    ],
)
def test_a_picture_that_is_there_stays_so_when_its_size_is_slow_or_fails(check, site, get):
    fact = check(site.page("/a.png", after_head(get)))
    assert (fact.reason, fact.status, fact.content_type) == (Reason.OK, 200, "image/png")
    assert (fact.width, fact.height) == (None, None)


@pytest.mark.parametrize(
    ("get", "reason"),
    [
        (status(404), Reason.STATUS),
        (status(403), Reason.STATUS),
        (lambda request: web.Response(text="<html>", content_type="text/html"), Reason.WRONG_TYPE),
        (status(302, Location="http://10.0.0.1/a.png"), Reason.FORBIDDEN_ADDRESS),
        (status(302, Location="/a.png"), Reason.TOO_MANY_REDIRECTS),
    ],
)
def test_a_head_that_lied_is_found_out(check, site, get, reason):
    assert check(site.page("/a.png", after_head(get)), ports=[80]).reason is reason


def test_a_pause_that_the_host_asks_for_costs_no_size(check, site):
    answers = iter([status(429, Retry_After="0"), sound])

    def get(request):
        return next(answers)(request)

    fact = check(site.page("/a.png", after_head(get)))
    assert (fact.reachable, fact.width) == (True, 40)


def test_a_host_whose_pictures_drip_is_asked_for_no_further_size(make_checker, site):
    site.page("/drip.png", after_head(drip))
    site.page("/good.png", sound)
    urls = [site.url(f"/drip.png?{number}") for number in range(40)]
    checker = make_checker(patience_seconds=60.0)
    assert all(fact.reachable for fact in checker.check(urls).values())
    assert site.methods("/drip.png").count("GET") == 1
    later = site.url("/good.png")
    assert (checker.check([later])[later].reachable, site.methods("/good.png")) == (True, ["HEAD"])


def test_a_picture_that_drips_among_others_costs_only_its_own_size(make_checker, site):
    def others_first(request):
        return drip(request) if request.path == "/drip.png" else sound(request)

    site.page("/drip.png", after_head(others_first))
    site.page("/good.png", sound)
    good = [site.url(f"/good.png?{number}") for number in range(60)]
    checker = make_checker()
    checker.check(good[:20])
    drips = site.url("/drip.png")
    facts = checker.check([drips, *good[20:]])
    assert (facts[drips].reachable, facts[drips].width) == (True, None)
    assert {facts[url].width for url in good[20:]} == {40}
