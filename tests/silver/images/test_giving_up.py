"""Addresses that lead nowhere, and callers that do not want to wait any longer."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import web

from services.silver.images import Reason
from tests.silver.images.conftest import png


class Stop(Exception):
    """What a caller raises who was told to stop."""


def no_name(error, asked):
    def answer():
        asked.append(1)
        raise socket.gaierror(error, "no answer")

    return answer


def test_a_name_that_does_not_exist_is_asked_for_by_the_first_addresses_only(make_checker, site):
    asked = []
    urls = [site.url(f"/{number}.png", "gone.example") for number in range(300)]
    checker = make_checker(names={"gone.example": no_name(socket.EAI_NONAME, asked)}, per_host=2)
    assert {fact.reason for fact in checker.check(urls).values()} == {Reason.DNS}
    assert len(asked) <= 2 * 3


def test_name_servers_that_do_not_answer_say_nothing_about_an_address(make_checker, site):
    asked = []
    urls = [site.url(f"/{number}.png", "away.example") for number in range(50)]
    checker = make_checker(names={"away.example": no_name(socket.EAI_AGAIN, asked)}, per_host=1)
    facts = checker.check(urls)
    assert {fact.reason for fact in facts.values()} == {Reason.UNRESOLVED, Reason.HOST_GIVEN_UP}
    assert not any(fact.is_verdict for fact in facts.values())


def test_a_port_that_nobody_listens_on_is_tried_by_the_first_addresses_only(make_checker):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        urls = [f"http://shop.example:{port}/{number}.png" for number in range(50)]
        facts = make_checker(ports=[port], per_host=1).check(urls)
    reasons = [fact.reason for fact in facts.values()]
    assert (reasons[0], set(reasons[1:])) == (Reason.CONNECTION, {Reason.HOST_GIVEN_UP})


def test_a_connection_that_breaks_does_not_condemn_a_host_that_answers(make_checker, site, image):
    image("/a.png")
    site.page("/broken.png", lambda request: request.transport.close() or web.Response())
    facts = make_checker(per_host=1).check([site.url(path) for path in ("/a.png", "/broken.png", "/a.png?2")])
    assert [fact.reason for fact in facts.values()] == [Reason.OK, Reason.CONNECTION, Reason.OK]


async def slow(request):
    await asyncio.sleep(0.5)
    return web.Response(body=png(4, 3), content_type="image/png")


def test_whoever_does_not_want_to_wait_any_longer_is_let_go_and_his_queue_with_him(make_checker, site):
    site.page("/slow.png", slow)
    urls = [site.url(f"/slow.png?{number}") for number in range(50)]
    checker = make_checker(per_host=1, sizes=False)
    until = time.monotonic() + 0.3

    def still_wanted():
        if time.monotonic() > until:
            raise Stop

    began = time.monotonic()
    with pytest.raises(Stop):
        checker.check(urls, still_wanted=still_wanted)
    assert time.monotonic() - began < 1.5
    assert checker.check(urls[-1:])[urls[-1]].reachable
    assert site.count("/slow.png") <= 4


def test_what_somebody_else_waits_for_is_asked_nevertheless(make_checker, site):
    url = site.page("/slow.png", slow)
    checker = make_checker(sizes=False)

    def leave():
        raise Stop

    with ThreadPoolExecutor(2) as pool:
        stays = pool.submit(checker.check, [url])
        goes = pool.submit(checker.check, [url], still_wanted=leave)
        with pytest.raises(Stop):
            goes.result()
        assert stays.result()[url].reachable
    assert site.count("/slow.png") == 1
