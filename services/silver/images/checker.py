"""The checker: one thread with a loop, asked by all the partitions of all runs.

URLs wait per host, and a host works through its own with a few tasks: one that hangs holds up nobody but itself. What
was asked is remembered for some minutes, so a URL is asked once per run, whoever wants it.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from cachetools import TTLCache
from yarl import URL

from services.runtime.log import logger
from services.silver.images.answers import fact_of
from services.silver.images.facts import ImageCache, ImageFact, Reason
from services.silver.images.guard import Guard, GuardedResolver
from services.silver.images.hosts import Host
from services.silver.images.limits import ImageLimits
from services.silver.images.places import Places
from services.silver.images.probe import Prober

T = TypeVar("T")
_HEADERS: Final = {"User-Agent": "assay-image-check", "Accept": "image/*,video/*;q=0.9", "Accept-Encoding": "identity"}
_HOSTS_KEPT: Final = 10_000
_LOOK_UP_SECONDS: Final = 0.2
"""How often whoever waits asks whether to go on waiting."""


class ImageChecker:
    """Asks addresses. `check` may be called by many threads; `close` ends the thread.

    `make_resolver` is called on the checker's loop; its answers are guarded like any.
    """

    def __init__(
        self,
        limits: ImageLimits | None = None,
        cache: ImageCache | None = None,
        make_resolver: Callable[[], AbstractResolver] = aiohttp.ThreadedResolver,
    ) -> None:
        self._limits = limits or ImageLimits()
        self._cache = cache
        self._make_resolver = make_resolver
        self._guard = Guard(self._limits.ports, self._limits.allowed_networks)
        self._places = Places(self._limits.concurrency)
        self._hosts: dict[str, Host] = {}
        self._hosts_kept = _HOSTS_KEPT
        self._underway: dict[str, asyncio.Future[ImageFact]] = {}
        self._waiters: Counter[str] = Counter()
        self._known: TTLCache[str, ImageFact] = TTLCache(self._limits.remembered, self._limits.remembered_seconds)
        self._lock = threading.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        # Names are resolved on threads, one for each place: name servers that hang are not in the way of other names.
        self._names = ThreadPoolExecutor(self._limits.concurrency, thread_name_prefix="image-names")
        self._loop.set_default_executor(self._names)
        self._thread = threading.Thread(target=self._run, name="image-checks", daemon=True)
        self._thread.start()
        self._session, self._prober = self._call(self._open()).result()

    def check(
        self, urls: Iterable[str], *, media: bool = False, still_wanted: Callable[[], None] = lambda: None
    ) -> dict[str, ImageFact]:
        """The fact of each URL, asked now or known already. With `media`, a video is as good as an image.

        Blocks until all are there: a run waits for a host that hangs no longer than that host's own time out. In the
        meantime `still_wanted` is called; when it raises, what nobody else waits for is not asked any more.
        """
        wanted = list(dict.fromkeys(urls))
        facts = self._remembered(wanted)
        missing = [url for url in wanted if url not in facts]
        if missing and self._cache:
            kept = self._cache.get_many(missing)
            self._remember(kept)
            facts |= kept
            missing = [url for url in missing if url not in kept]
        if missing:
            asked = _patiently(self._call(self._ask_all(missing)), still_wanted)
            if self._cache:
                self._cache.put_many(asked.values())
            facts |= asked
        return {url: facts[url] if media else _as_image(facts[url]) for url in wanted}

    def close(self) -> None:
        """Breaks off what is under way and ends the thread; whoever waits gets a CancelledError."""
        if self._thread.is_alive():
            self._call(self._shut()).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _call(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _open(self) -> tuple[aiohttp.ClientSession, Prober]:
        limits = self._limits
        connector = aiohttp.TCPConnector(
            limit=0,  # turns are taken in `Host.turn`
            resolver=GuardedResolver(self._make_resolver(), self._guard),
            ttl_dns_cache=60,
            socket_factory=self._guard.socket,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(connect=limits.connect_seconds, sock_read=limits.read_seconds),
            auto_decompress=False,
        )
        return session, Prober(session, self._guard, limits, self._host_of)

    async def _shut(self) -> None:
        for task in self._tasks:
            task.cancel()
        for future in self._underway.values():
            future.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
        # Not waited for: a name server that hangs would hang this, too.
        self._names.shutdown(wait=False, cancel_futures=True)

    def _remembered(self, urls: Iterable[str]) -> dict[str, ImageFact]:
        facts = {}
        with self._lock:
            for url in urls:
                with suppress(KeyError):
                    facts[url] = self._known[url]
        return facts

    def _remember(self, facts: Mapping[str, ImageFact]) -> None:
        with self._lock:
            self._known.update(facts)

    async def _ask_all(self, urls: Iterable[str]) -> dict[str, ImageFact]:
        known = self._remembered(urls)  # again: since then others may have asked
        waited = {url: self._underway.get(url) or self._enqueue(url) for url in urls if url not in known}
        self._waiters.update(waited.keys())
        try:
            return known | {url: await asyncio.shield(future) for url, future in waited.items()}
        finally:
            self._leave(waited)

    def _leave(self, waited: Mapping[str, asyncio.Future[ImageFact]]) -> None:
        """Whoever waited for these does so no more; what nobody waits for is taken off the queues."""
        for url, future in waited.items():
            self._waiters[url] -= 1
            if not self._waiters[url]:
                del self._waiters[url]
                if future.cancel():
                    self._forget(url, future)

    def _forget(self, url: str, future: asyncio.Future[ImageFact]) -> None:
        if self._underway.get(url) is future:
            del self._underway[url]

    def _enqueue(self, url: str) -> asyncio.Future[ImageFact]:
        """Puts a URL into the queue of its host; addresses that have none share a queue."""
        future = self._underway[url] = self._loop.create_future()
        try:
            host = self._host_of(URL(url.strip()))
        except (ValueError, TypeError):
            host = self._host("")
        host.waiting.append((url, future))
        if host.workers < self._limits.per_host:
            host.workers += 1
            task = self._loop.create_task(self._work(host))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return future

    async def _work(self, host: Host) -> None:
        """Works through a host's queue, beside a few others."""
        try:
            while host.waiting:
                url, future = host.waiting.popleft()
                if future.done():
                    continue
                try:
                    fact = await self._ask(url)
                    if fact.is_verdict:
                        with self._lock:
                            self._known[url] = fact
                    if not future.done():
                        future.set_result(fact)
                finally:
                    self._forget(url, future)
        finally:
            host.workers -= 1

    async def _ask(self, url: str) -> ImageFact:
        try:
            return await self._prober.ask(url)
        except Exception:  # noqa: BLE001 - a strange server must not fail a run
            logger().exception("image_check_failed")  # without the URL, which may hold secrets
            return fact_of(url, Reason.FAILED)

    def _host_of(self, url: URL) -> Host:
        return self._host(f"{url.raw_host}:{url.port}")

    def _host(self, name: str) -> Host:
        host = self._hosts.get(name)
        if host is None:
            if len(self._hosts) >= self._hosts_kept:
                self._hosts = {name: host for name, host in self._hosts.items() if not host.is_idle()}
                # Looking through them all again pays only when there are twice as many.
                self._hosts_kept = max(_HOSTS_KEPT, 2 * len(self._hosts))
            host = self._hosts[name] = Host(self._limits, self._places, self._loop.time)
        return host


def _patiently(future: Future[T], still_wanted: Callable[[], None]) -> T:
    """The future's result; `still_wanted` is asked while it is not there, and what it raises ends the work."""
    while not wait([future], _LOOK_UP_SECONDS).done:
        try:
            still_wanted()
        except BaseException:
            future.cancel()
            raise
    return future.result()


def _as_image(fact: ImageFact) -> ImageFact:
    """A video is no image."""
    return replace(fact, reason=Reason.WRONG_TYPE) if fact.is_video and fact.reachable else fact
