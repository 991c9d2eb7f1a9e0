"""Servers of our own on loopback, and a resolver that says what a test wants."""

import asyncio
import ipaddress
import socket
import struct
import threading
from collections import Counter

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from services.silver.images import ImageChecker, ImageLimits

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 6, 0, 0, 0, 0)


def jpeg(width, height):
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, height, width, 3) + bytes([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + b"\xff\xd9"


class Site:
    """A server whose pages are functions of the request; counts what it was asked."""

    def __init__(self):
        self.asked = []
        self.pages = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def url(self, path, host="shop.example"):
        return f"http://{host}:{self.port}{path}"

    def page(self, path, answer=None, **kwargs):
        """Answers with `answer(request)`, or with a response of these arguments."""
        self.pages[path] = answer or (lambda request: web.Response(**kwargs))
        return self.url(path)

    def count(self, path):
        return Counter(asked for _, asked in self.asked)[path]

    def methods(self, path):
        return [method for method, asked in self.asked if asked == path]

    async def _answer(self, request):
        self.asked.append((request.method, request.path))
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        answer = page(request)
        return await answer if asyncio.iscoroutine(answer) else answer

    def _run(self):
        async def start():
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._answer)
            self._runner = web.AppRunner(app, shutdown_timeout=0.1)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            self.port = self._runner.addresses[0][1]
            self._ready.set()

        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(start())
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self):
        hanging = asyncio.all_tasks() - {asyncio.current_task()}
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        await self._runner.cleanup()

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class Names(AbstractResolver):
    """Answers of the test: name → addresses, or a function that gives them; any other name is loopback.

    `asyncio.sleep` instead of addresses is an answer that does not come in time.
    """

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        answer = self.answers.get(host, ["127.0.0.1"])
        if answer is asyncio.sleep:
            await asyncio.sleep(30)
        addresses = answer() if callable(answer) else answer
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in addresses
        ]

    async def close(self):
        pass


@pytest.fixture(scope="module")
def module_site():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(module_site):
    module_site.asked.clear()
    module_site.pages.clear()
    return module_site


@pytest.fixture
def image(site):
    """Pages that answer as a good server does."""

    def make(path, width=40, height=30):
        body = png(width, height)
        return site.page(
            path, lambda request: web.Response(body=body, content_type="image/png", headers={"Accept-Ranges": "bytes"})
        )

    return make


@pytest.fixture
def make_checker(site):
    """A checker that may reach loopback on the site's port; short waits."""
    made = []

    def make(cache=None, names=None, ports=(), **limits):
        defaults = {
            "ports": frozenset({site.port, *ports}),
            "allowed_networks": (LOOPBACK,),
            "total_seconds": 2.0,
            "host_seconds": 2.0,
            "retry_seconds": 0.01,
            "patience_seconds": 0.05,
            "size_seconds": 0.5,
        }
        checker = ImageChecker(ImageLimits(**(defaults | limits)), cache, lambda: Names(names or {}))
        made.append(checker)
        return checker

    yield make
    for checker in made:
        checker.close()


@pytest.fixture
def check(make_checker):
    """The fact of one URL."""

    def run(url, **kwargs):
        return make_checker(**kwargs).check([url])[url]

    return run
