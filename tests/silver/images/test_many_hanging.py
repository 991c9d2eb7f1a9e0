"""A hundred hosts that hang are in nobody's way."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from services.silver.images import ImageChecker, ImageLimits, Reason
from tests.silver.images.conftest import LOOPBACK, Names, png

HOSTS = 100
LONG = {"total_seconds": 60.0, "read_seconds": 60.0, "connect_seconds": 60.0, "host_seconds": 60.0}


class Stop(Exception):
    """Raised to whoever waits for what hangs."""


@contextmanager
def meanwhile(checker, urls):
    """Asks for what hangs, and gives a function that tells whether that is still under way."""
    stop = threading.Event()

    def still_wanted():
        if stop.is_set():
            raise Stop

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(checker.check, urls, still_wanted=still_wanted)
        try:
            yield lambda: not run.done()
        finally:
            stop.set()
            with pytest.raises(Stop):
                run.result()


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def hang(request):
    await asyncio.sleep(120)


def good(request):
    return web.Response(body=png(4, 3), content_type="image/png", headers={"Accept-Ranges": "bytes"})


def of_hosts(site, path, count, each, name):
    return [site.url(f"{path}?{number}", f"{name}-{host}.example") for number in range(each) for host in range(count)]


@pytest.fixture
def sound(site):
    site.page("/good.png", good)
    return of_hosts(site, "/good.png", 20, 20, "shop")


def test_hosts_that_never_answer_are_asked_once_while_they_are_silent(make_checker, site, sound):
    site.page("/hang.png", hang)
    checker = make_checker(**LONG, patience_seconds=60.0, size_seconds=60.0)
    with meanwhile(checker, of_hosts(site, "/hang.png", HOSTS, 20, "slow")) as under_way:
        until(lambda: site.count("/hang.png") >= HOSTS)
        facts = checker.check(sound)
        assert all(fact.width == 4 for fact in facts.values())
        assert (under_way(), site.count("/hang.png")) == (True, HOSTS)


def test_however_many_they_are_hosts_that_answered_go_on(make_checker, site, sound):
    """More than there are places; those are not even enough for one request each."""
    site.page("/hang.png", hang)
    checker = make_checker(**LONG, concurrency=40, patience_seconds=60.0, size_seconds=60.0)
    checker.check(sound[:20])
    with meanwhile(checker, of_hosts(site, "/hang.png", HOSTS, 20, "slow")) as under_way:
        until(lambda: site.count("/hang.png") >= 20)
        facts = checker.check(sound[20:])
        assert all(fact.reachable for fact in facts.values())
        assert (under_way(), site.count("/hang.png")) == (True, 20)


def test_hosts_that_hang_after_the_head_hold_up_no_other(make_checker, site, sound):
    site.page("/half.png", lambda request: good(request) if request.method == "HEAD" else hang(request))
    checker = make_checker(**LONG, patience_seconds=60.0, size_seconds=60.0)
    with meanwhile(checker, of_hosts(site, "/half.png", HOSTS, 20, "half")) as under_way:
        until(lambda: site.methods("/half.png").count("GET") >= HOSTS)
        facts = checker.check(sound)
        assert all(fact.width == 4 for fact in facts.values())
        assert (under_way(), site.methods("/half.png").count("GET")) == (True, HOSTS)


def test_hosts_that_go_silent_together_after_many_answers_leave_places_for_others(make_checker, site, sound):
    silent = threading.Event()
    site.page("/soon.png", lambda request: hang(request) if silent.is_set() else good(request))
    checker = make_checker(**LONG, concurrency=64)
    urls = of_hosts(site, "/soon.png", 10, 100, "soon")
    checker.check(urls[:500])
    silent.set()
    asked = site.count("/soon.png")
    with meanwhile(checker, urls[500:]) as under_way:
        until(lambda: site.count("/soon.png") >= asked + 30)
        facts = checker.check(sound)
        assert all(fact.reachable for fact in facts.values())
        assert under_way()


def test_a_first_page_that_hangs_does_not_stand_for_its_host(make_checker, site):
    site.page("/hang.png", hang)
    site.page("/good.png", good)
    urls = [site.url("/hang.png"), *(site.url(f"/good.png?{number}") for number in range(30))]
    facts = make_checker(total_seconds=2.0).check(urls)
    assert facts[urls[0]].reason is Reason.TIMEOUT
    assert all(facts[url].reachable for url in urls[1:])


def test_a_host_that_hangs_costs_one_timeout_although_more_was_asked_meanwhile(make_checker, site):
    """What was asked later is broken off with it, instead of waiting as long once more."""
    site.page("/hang.png", hang)
    urls = [site.url(f"/hang.png?{number}") for number in range(50)]
    facts = make_checker(total_seconds=1.0, patience_seconds=0.3).check(urls)
    reasons = [fact.reason for fact in facts.values()]
    assert (reasons.count(Reason.TIMEOUT), reasons.count(Reason.HOST_GIVEN_UP)) == (1, 49)
    assert site.count("/hang.png") > 1


class Lookups(AbstractResolver):
    """Names that begin with "lost" hold the thread on which they are looked up."""

    def __init__(self, release):
        self.release = release
        self.names = Names({})
        self.lost = 0

    async def resolve(self, host, port=0, family=0):
        if host.startswith("lost"):
            self.lost += 1
            await asyncio.get_running_loop().run_in_executor(None, self.release.wait)
        return await asyncio.get_running_loop().run_in_executor(
            None, lambda: asyncio.run(self.names.resolve(host, port))
        )

    async def close(self):
        pass


def test_names_whose_lookup_hangs_hold_up_no_other(site, sound):
    release = threading.Event()
    lookups = Lookups(release)
    limits = ImageLimits(**LONG, ports=frozenset({site.port}), allowed_networks=(LOOPBACK,))
    checker = ImageChecker(limits, make_resolver=lambda: lookups)
    try:
        with meanwhile(checker, of_hosts(site, "/good.png", HOSTS, 2, "lost")) as under_way:
            until(lambda: lookups.lost >= HOSTS)
            assert all(fact.reachable for fact in checker.check(sound).values())
            assert under_way()
    finally:
        release.set()
        checker.close()
