"""Who asks what only once: within a run, and between runs."""

import asyncio
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from aiohttp import web

from services.silver.images import DatabaseCache, ImageFact, Reason
from services.silver.tables import IMAGE_CHECKS
from tests.silver.images.conftest import png

URL = "http://shop.example/a.png"
START = 1_800_000_000


@pytest.fixture
def cache_at(database):
    """A cache whose clock stands at so many seconds after the start."""
    return lambda seconds=0: DatabaseCache(
        database, good_seconds=100, bad_seconds=10, clock=lambda: float(START + seconds)
    )


def fact(url=URL, reason=Reason.OK, **values):
    return ImageFact(url, reason, START * 1_000_000, **values)


def test_what_is_put_is_what_is_got(cache_at):
    facts = {
        "http://shop.example/put.png": {"status": 200, "content_type": "image/png", "width": 8, "height": 6},
        "http://shop.example/gone.png": {"status": 404, "reason": Reason.STATUS},
    }
    wanted = {url: fact(url, **values) for url, values in facts.items()}
    cache_at().put_many(wanted.values())
    assert cache_at().get_many([*wanted, "http://shop.example/unknown.png"]) == wanted


@pytest.mark.parametrize(("reason", "lifetime"), [(Reason.OK, 100), (Reason.STATUS, 10)])
def test_answers_live_as_long_as_their_kind_does(cache_at, reason, lifetime):
    cache_at().put_many([fact(reason=reason)])
    assert cache_at(lifetime - 1).get_many([URL])
    assert not cache_at(lifetime).get_many([URL])


def test_a_newer_answer_takes_the_place_of_an_older_one(cache_at):
    cache_at().put_many([fact(reason=Reason.DNS)])
    cache_at().put_many([fact(status=200)])
    assert cache_at().get_many([URL]) == {URL: fact(status=200)}


def test_answers_that_are_too_old_are_dropped_part_by_part(cache_at, database):
    def kept():
        with database.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(IMAGE_CHECKS)).scalar_one()

    cache_at(0).put_many([fact(f"http://shop.example/old-{number}.png") for number in range(500)])
    assert kept() >= 500
    later = cache_at(1000)
    for _ in range(256):
        later.put_many([ImageFact(URL, Reason.OK, (START + 1000) * 1_000_000)])
    assert kept() == 1


def test_what_says_nothing_about_the_address_is_not_kept(cache_at):
    urls = [f"http://busy.example/{reason}" for reason in (Reason.THROTTLED, Reason.HOST_GIVEN_UP)]
    cache_at().put_many([fact(urls[0], Reason.THROTTLED), fact(urls[1], Reason.HOST_GIVEN_UP)])
    assert not cache_at().get_many(urls)


def test_more_urls_than_a_statement_takes(cache_at):
    facts = {url: fact(url) for url in (f"http://shop.example/many-{number}.png" for number in range(2500))}
    cache_at().put_many(facts.values())
    assert cache_at().get_many(facts) == facts


def test_a_second_run_asks_nothing(make_checker, database, image, site):
    urls = [image("/kept.png", 9, 7), site.url("/kept-gone.png")]
    first = make_checker(DatabaseCache(database)).check(urls)
    asked = len(site.asked)
    assert make_checker(DatabaseCache(database)).check(urls) == first
    assert len(site.asked) == asked


def test_a_run_after_the_lifetime_asks_again(make_checker, database, image, site):
    url = image("/old.png")
    make_checker(DatabaseCache(database), sizes=False).check([url])
    make_checker(DatabaseCache(database, clock=lambda: time.time() + 8 * 86_400), sizes=False).check([url])
    assert site.count("/old.png") == 2


def test_the_same_url_is_asked_once_by_all_partitions(make_checker, site):
    release = threading.Event()

    async def page(request):
        while not release.is_set():
            await asyncio.sleep(0.01)
        return web.Response(body=png(4, 3), content_type="image/png")

    url = site.page("/a.png", page)
    checker = make_checker(sizes=False)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(checker.check, [url, url]) for _ in range(4)]
        release.set()
        facts = [run.result()[url] for run in runs]
    facts.append(checker.check([url])[url])
    assert (site.count("/a.png"), all(fact == facts[0] and fact.reachable for fact in facts)) == (1, True)


def test_facts_come_for_every_url_that_was_asked(make_checker, image):
    urls = [image("/a.png"), "no address", "", "http://[bad/", "\ud800", "http://" + "a" * 5000]
    facts = make_checker().check(urls)
    assert list(facts) == urls
    assert [fact.reason for fact in facts.values()].count(Reason.INVALID_URL) >= 4
    assert make_checker().check([]) == {}


def test_whoever_waits_when_the_checker_is_closed_is_told(make_checker, site):

    arrived = threading.Event()

    async def hang(request):
        arrived.set()
        await asyncio.sleep(30)

    checker = make_checker(total_seconds=20)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(checker.check, [site.page("/a.png", hang)])
        assert arrived.wait(5)
        checker.close()
        with pytest.raises(CancelledError):
            run.result(5)
    checker.close()
