"""Limits, and hosts that hang: who waits for whom, and how long."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import web

from services.silver.images import Reason
from services.silver.images.hosts import Host, HostGivenUpError, ThrottledError
from services.silver.images.limits import ImageLimits
from services.silver.images.places import Places
from tests.silver.images.conftest import png


async def hang(request):
    await asyncio.sleep(30)


def seconds_of(work):
    began = time.monotonic()
    return work(), time.monotonic() - began


def test_an_answer_that_takes_its_time_is_waited_for(check, site):
    async def slow(request):
        await asyncio.sleep(0.3)
        return web.Response(body=png(4, 3), content_type="image/png")

    assert check(site.page("/a.png", slow)).reachable


def test_a_silence_within_an_answer_ends_with_the_read_timeout(check, site):
    fact, seconds = seconds_of(lambda: check(site.page("/a.png", hang), read_seconds=0.2))
    assert (fact.reason, seconds < 1.5) == (Reason.TIMEOUT, True)


def test_an_answer_that_trickles_ends_with_the_url_s_own_timeout(check, site):
    async def trickle(request):
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x")
            await asyncio.sleep(0.05)
        return response

    page = site.page(
        "/a.png", lambda request: web.Response(status=405) if request.method == "HEAD" else trickle(request)
    )
    fact, seconds = seconds_of(lambda: check(page, total_seconds=0.5))
    assert (fact.reason, seconds < 2) == (Reason.TIMEOUT, True)


def test_a_host_that_hangs_holds_up_no_other_and_the_run_by_its_own_timeout(make_checker, site, image):
    site.page("/hang.png", hang)
    hanging = [site.url(f"/hang.png?{number}", "slow.example") for number in range(200)]
    image("/a.png")
    sound = [site.url(f"/a.png?{number}", f"shop-{number % 5}.example") for number in range(100)]
    checker = make_checker(total_seconds=4.0, sizes=False)
    with ThreadPoolExecutor(2) as pool:
        run = pool.submit(seconds_of, lambda: checker.check(hanging + sound))
        time.sleep(0.05)
        others, others_seconds = pool.submit(seconds_of, lambda: checker.check(sound)).result()
        facts, seconds = run.result()
    assert all(fact.reachable for fact in others.values())
    # Far from what is measured: who waited for the host, or for each of its pages, would take much longer.
    assert others_seconds < 4.0
    assert seconds < 5 * 4.0
    assert {facts[url].reason for url in hanging} == {Reason.TIMEOUT, Reason.HOST_GIVEN_UP}
    assert all(facts[url].reachable for url in sound)


def test_one_page_that_hangs_does_not_condemn_a_host_that_answers(make_checker, site, image):
    image("/a.png")
    bad = site.page("/hang.png", hang)
    good = [site.url(f"/a.png?{number}") for number in range(50)]
    checker = make_checker(per_host=2, total_seconds=0.5)
    facts = checker.check([bad, *good])
    assert facts[bad].reason is Reason.TIMEOUT
    assert all(facts[url].reachable for url in good)
    later = image("/later.png")
    assert checker.check([later])[later].reachable


def test_no_more_requests_are_under_way_than_the_limits_say(make_checker, site):
    now = {"all": 0}
    most = {}

    async def page(request):
        for key in ("all", request.host):
            now[key] = now.get(key, 0) + 1
            most[key] = max(most.get(key, 0), now[key])
        await asyncio.sleep(0.02)
        for key in ("all", request.host):
            now[key] -= 1
        return web.Response(body=png(4, 3), content_type="image/png")

    site.page("/a.png", page)
    urls = [site.url(f"/a.png?{number}", f"shop-{number % 4}.example") for number in range(80)]
    facts = make_checker(concurrency=6, per_host=3).check(urls)
    assert all(fact.reachable for fact in facts.values())
    assert most.pop("all") == 6
    assert max(most.values()) <= 3


def test_a_name_server_that_hangs_holds_up_no_other_host(make_checker, site, image):
    image("/a.png")
    lost = [site.url(f"/a.png?{number}", "lost.example") for number in range(50)]
    sound = site.url("/a.png")
    checker = make_checker(names={"lost.example": asyncio.sleep}, connect_seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(seconds_of, lambda: checker.check(lost))
        fact, fact_seconds = seconds_of(lambda: checker.check([sound])[sound])
        facts, seconds = run.result()
    assert (fact.reachable, fact_seconds < 0.4, seconds < 1.5) == (True, True, True)
    assert {fact.reason for fact in facts.values()} == {Reason.TIMEOUT, Reason.HOST_GIVEN_UP}


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def host(clock):
    return Host(ImageLimits(host_seconds=10, host_rest_seconds=60), Places(5), clock)


async def turn(host):
    async with host.turn("HEAD", 5):
        pass


async def test_a_host_that_never_answered_is_given_up_and_tried_again_later(host, clock):
    clock.now = 105
    host.timed_out("HEAD", 100, 100)
    with pytest.raises(HostGivenUpError):
        await turn(host)
    clock.now = 166
    await turn(host)


async def test_a_host_that_stays_silent_is_left_alone_longer_each_time(host, clock):
    for rest in (60, 120, 240):
        for _ in range(16):
            host.timed_out("HEAD", clock.now, clock.now)
        clock.now += rest - 1
        with pytest.raises(HostGivenUpError):
            await turn(host)
        clock.now += 1
        await turn(host)
    host.answered("HEAD")
    clock.now += 1
    host.led_nowhere(Reason.CONNECTION, clock.now)
    clock.now += 60
    await turn(host)


async def test_timeouts_of_a_host_that_answers_count_once_and_end_with_its_budget(host, clock):
    for _ in range(3):
        clock.now += 4
        host.answered("HEAD")
        host.timed_out("HEAD", clock.now - 4, clock.now - 4)
        host.timed_out("HEAD", clock.now - 4, clock.now - 4)
        if clock.now < 110:
            await turn(host)
    with pytest.raises(HostGivenUpError):
        await turn(host)


async def test_pauses_count_once_and_end_with_the_budget(host, clock):
    host.pause(6)
    host.pause(6)
    host.pause(3)
    clock.now += 6
    with pytest.raises(ThrottledError):
        host.pause(6)


def test_a_host_is_forgotten_only_when_nothing_is_known_about_it(host, clock):
    assert host.is_idle()
    host.pause(5)
    assert not host.is_idle()
    clock.now += 5
    assert host.is_idle()


async def test_what_a_host_cost_long_ago_is_not_held_against_it(host, clock):
    for clock.now in (105, 500):
        host.answered("HEAD")
        host.timed_out("HEAD", clock.now - 6, clock.now - 6)
        await turn(host)


def test_a_host_that_withholds_sizes_is_not_asked_for_them_for_a_while(host, clock):
    clock.now += 3
    host.withheld_size(100)
    assert not host.gives_sizes()
    clock.now += 60
    assert host.gives_sizes()


def test_one_picture_that_drips_among_others_costs_only_its_own_size(host, clock):
    clock.now += 3
    host.answered("GET")
    host.withheld_size(100)
    assert host.gives_sizes()
    for _ in range(3):
        clock.now += 3
        host.answered("GET")
        host.withheld_size(clock.now - 3)
    assert not host.gives_sizes()


async def test_a_host_that_was_not_asked_for_long_begins_with_one_request_again(host, clock):
    for _ in range(5):
        host.answered("HEAD")
    inside = []
    for clock.now in (100, 161):
        async with host.turn("HEAD", 5):
            second = asyncio.create_task(turn(host))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside.append(second.done())
        await second
    assert inside == [True, False]
