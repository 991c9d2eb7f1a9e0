"""Asks one address: HEAD, then the first bytes where HEAD does not do; redirects by hand, so that each is guarded."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from yarl import URL

from services.silver.images.answers import Answer, fact_of, judge, retry_after
from services.silver.images.facts import ImageFact, Reason
from services.silver.images.guard import ForbiddenAddressError, Guard, InvalidUrlError
from services.silver.images.hosts import Host, HostGivenUpError, ThrottledError
from services.silver.images.limits import ImageLimits

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PATIENCE: Final = frozenset({429, 503})
_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
_FOUND: Final = 200
_FOUND_PART: Final = 206
_NO_RANGE: Final = 416


class TransientError(Exception):
    """Worth another attempt; carries what is told when none is left."""

    def __init__(self, reason: Reason, status: int | None = None, nowhere: Host | None = None) -> None:
        super().__init__(reason, status)
        self.reason = reason
        self.status = status
        self.nowhere = nowhere
        """The host to which no connection came about."""


class TooManyRedirectsError(Exception):
    """More hops than a browser's patience."""


class SizeWithheldError(Exception):
    """The host is not asked for sizes at the moment."""


_PASSING: Final = (
    *(TransientError, ThrottledError, HostGivenUpError, SizeWithheldError),
    *(TimeoutError, aiohttp.ClientError),
)
"""What says nothing about an address that answered just before."""


class Prober:
    """Asks addresses on the checker's loop; `host_of` gives what is known about a URL's host."""

    def __init__(
        self, session: aiohttp.ClientSession, guard: Guard, limits: ImageLimits, host_of: Callable[[URL], Host]
    ) -> None:
        self._session = session
        self._guard = guard
        self._limits = limits
        self._host_of = host_of
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(limits.attempts),
            wait=wait_random_exponential(multiplier=limits.retry_seconds, max=2.0),
            reraise=True,
        )

    async def ask(self, text: str) -> ImageFact:
        """What is to be known about the address; whatever goes wrong is in the fact."""
        spent = _Spent(self._limits.total_seconds)
        try:
            url = self._guard.url(text)
            answer: Answer = await self._retrying.copy()(self._attempt, url, spent)
        except InvalidUrlError:
            return fact_of(text, Reason.INVALID_URL)
        except ForbiddenAddressError:
            return fact_of(text, Reason.FORBIDDEN_ADDRESS)
        except TooManyRedirectsError:
            return fact_of(text, Reason.TOO_MANY_REDIRECTS)
        except _PASSING as error:
            if spent.sound is None:
                return _failure(text, error, spent.since)
            answer = spent.sound  # it is there: nothing is lost but its size
        return judge(text, answer)

    async def _attempt(self, url: URL, spent: "_Spent") -> Answer:
        spent.sound = None
        head = await self._head(url, spent)
        if head is not None and head.is_sound():
            if not self._wants_bytes(head):
                return head
            spent.sound = head
        answer = await self._follow("GET", url, spent)
        if answer.status in _TRANSIENT:
            raise TransientError(_reason_of_status(answer.status), answer.status)
        return answer

    async def _head(self, url: URL, spent: "_Spent") -> Answer | None:
        """The answer to a HEAD; None where that breaks the connection, as with servers that do not know the method."""
        if spent.without_head:
            return None
        try:
            return await self._follow("HEAD", url, spent)
        except TransientError as error:
            if error.nowhere is not None or error.status is not None:
                raise
        except aiohttp.ClientResponseError:  # no HTTP, for example a body that no answer to a HEAD has
            pass
        spent.without_head = True
        return None

    def _wants_bytes(self, head: Answer) -> bool:
        """Whether the size of a picture can be had without making a server send all of a large one."""
        if not self._limits.sizes or not head.content_type.startswith("image/"):
            return False
        return head.ranges or head.length is None or head.length <= self._limits.first_bytes

    async def _follow(self, method: str, url: URL, spent: "_Spent") -> Answer:
        """The answer at the end of the redirects."""
        for _ in range(self._limits.redirects + 1):
            answer = await self._request(method, url, spent)
            if isinstance(answer, Answer):
                return answer
            url = answer
        raise TooManyRedirectsError

    async def _request(self, method: str, url: URL, spent: "_Spent", ranged: bool = True) -> Answer | URL:
        """One request in its turn: an answer, or where the server points to."""
        if spent.left <= 0:
            raise TimeoutError
        host = self._host_of(url)
        seconds = spent.left if spent.sound is None else min(spent.left, self._limits.size_seconds)
        began = 0.0
        try:
            async with host.turn(method, seconds):
                if spent.sound and not host.gives_sizes():
                    raise SizeWithheldError
                began = asyncio.get_running_loop().time()
                spent.since = spent.since or began
                answer = await self._exchange(method, url, host, ranged)
        except TimeoutError:
            if spent.sound is None:
                host.timed_out(method, began, spent.since)
            else:
                host.withheld_size(began)
            raise
        except aiohttp.ClientConnectorError as error:
            raise _as_transient(error, host) from error
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError) as error:
            raise TransientError(Reason.CONNECTION) from error
        finally:
            if began:
                spent.left -= asyncio.get_running_loop().time() - began
        if isinstance(answer, Answer) and answer.status == _NO_RANGE and method == "GET" and ranged:
            return await self._request(method, url, spent, ranged=False)
        return answer

    async def _exchange(self, method: str, url: URL, host: Host, ranged: bool) -> Answer | URL:
        size = self._limits.first_bytes
        headers = {"Range": f"bytes=0-{size - 1}"} if method == "GET" and ranged else None
        async with self._session.request(method, url, headers=headers, allow_redirects=False) as response:
            status, location = response.status, response.headers.get("Location")
            found = status == _FOUND or (status == _FOUND_PART and headers is not None)
            answer = Answer(
                status,
                found,
                response.content_type.lower() if "Content-Type" in response.headers else "",
                response.content_length,
                "bytes" in response.headers.get("Accept-Ranges", "").lower(),
            )
            if method == "GET" and answer.is_sound():
                answer = replace(answer, body=await _first_bytes(response, size))
            host.answered(method)
            if status in _REDIRECTS and location:
                return self._guard.url(location, url)
            if status in _PATIENCE and "Retry-After" in response.headers:
                _be_patient(host, response)
            return answer


class _Spent:
    """Seconds that are left for one URL, when its first request began (0 before), and what came of it so far."""

    __slots__ = ("left", "since", "sound", "without_head")

    def __init__(self, left: float) -> None:
        self.left = left
        self.since = 0.0
        self.sound: Answer | None = None
        """The HEAD that said all but the size of the picture."""
        self.without_head = False


async def _first_bytes(response: aiohttp.ClientResponse, size: int) -> bytes:
    """At most `size` bytes; a server that ignores ranges is hung up on."""
    parts = bytearray()
    while len(parts) < size and (part := await response.content.read(size - len(parts))):
        parts += part
    return bytes(parts)


def _be_patient(host: Host, response: aiohttp.ClientResponse) -> None:
    """Lets the host have its pause and the URL another attempt after it."""
    try:
        host.pause(retry_after(response.headers["Retry-After"], datetime.now(UTC)))
    except ThrottledError:
        raise ThrottledError(response.status) from None
    raise TransientError(_reason_of_status(response.status), response.status)


def _reason_of_status(status: int) -> Reason:
    return Reason.THROTTLED if status == 429 else Reason.STATUS


def _failure(text: str, error: Exception, since: float) -> ImageFact:
    """The fact of an address that was first asked at `since` and did not answer in any attempt."""
    match error:
        case TransientError():
            if error.nowhere is not None:
                error.nowhere.led_nowhere(error.reason, since)
            return fact_of(text, error.reason, error.status)
        case ThrottledError():
            return fact_of(text, Reason.THROTTLED, error.args[0] if error.args else None)
        case HostGivenUpError():
            return fact_of(text, error.reason)
        case TimeoutError():
            return fact_of(text, Reason.TIMEOUT)
        case aiohttp.ClientSSLError():
            return fact_of(text, Reason.TLS)
        case aiohttp.InvalidURL():
            return fact_of(text, Reason.INVALID_URL)
        case _:
            return fact_of(text, Reason.CONNECTION)


def _as_transient(error: aiohttp.ClientConnectorError, host: Host) -> Exception:
    """The failure to connect as what it is: forbidden, no name, no trust, or worth another attempt."""
    if isinstance(error, aiohttp.ClientSSLError):
        return error
    inner: BaseException | None = error.os_error
    while inner is not None:
        if isinstance(inner, ForbiddenAddressError):
            return inner
        inner = inner.__cause__
    reason = Reason.CONNECTION
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        reason = Reason.UNRESOLVED if error.os_error.errno == socket.EAI_AGAIN else Reason.DNS
    return TransientError(reason, nowhere=host)
