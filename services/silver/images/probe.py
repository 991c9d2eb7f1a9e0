"""Asks one address: HEAD, then the first bytes where HEAD does not do; redirects by hand, so that each is guarded."""

import asyncio
import io
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import imagesize
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from yarl import URL

from services.silver.images.facts import ImageFact, Reason
from services.silver.images.guard import ForbiddenAddressError, Guard, InvalidUrlError
from services.silver.images.hosts import Host, HostGivenUpError, ThrottledError
from services.silver.images.limits import ImageLimits

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PATIENCE: Final = frozenset({429, 503})
_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
_FOUND: Final = frozenset({200, 206})
_NO_RANGE: Final = 416


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the final status, the type without its parameters, and the first bytes of a GET."""

    status: int
    content_type: str
    length: int | None
    ranges: bool
    body: bytes | None = None

    def is_sound(self) -> bool:
        """Found, of a type that is wanted, and not said to be empty."""
        return self.status in _FOUND and self.content_type.startswith(("image/", "video/")) and self.length != 0


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
        except TransientError as error:
            if error.nowhere is not None:
                error.nowhere.led_nowhere(error.reason, spent.since)
            return fact_of(text, error.reason, error.status)
        except ThrottledError as error:
            return fact_of(text, Reason.THROTTLED, error.args[0] if error.args else None)
        except HostGivenUpError as error:
            return fact_of(text, error.reason)
        except TimeoutError:
            return fact_of(text, Reason.TIMEOUT)
        except aiohttp.ClientError as error:
            return fact_of(text, _reason_of(error))
        return _judge(text, answer)

    async def _attempt(self, url: URL, spent: "_Spent") -> Answer:
        head = await self._follow("HEAD", url, spent)
        if head.is_sound() and not self._wants_bytes(head):
            return head
        answer = await self._follow("GET", url, spent)
        if answer.status in _TRANSIENT:
            raise TransientError(_reason_of_status(answer.status), answer.status)
        return answer

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
        async with host.turn():
            began = asyncio.get_running_loop().time()
            spent.since = spent.since or began
            try:
                async with asyncio.timeout(spent.left):
                    answer = await self._exchange(method, url, host, ranged)
            except TimeoutError:
                host.timed_out(began, spent.since)
                raise
            except aiohttp.ClientConnectorError as error:
                raise _as_transient(error, host) from error
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError) as error:
                raise TransientError(Reason.CONNECTION) from error
            finally:
                spent.left -= asyncio.get_running_loop().time() - began
        if isinstance(answer, Answer) and answer.status == _NO_RANGE and method == "GET" and ranged:
            return await self._request(method, url, spent, ranged=False)
        return answer

    async def _exchange(self, method: str, url: URL, host: Host, ranged: bool) -> Answer | URL:
        size = self._limits.first_bytes
        headers = {"Range": f"bytes=0-{size - 1}"} if method == "GET" and ranged else None
        async with self._session.request(method, url, headers=headers, allow_redirects=False) as response:
            host.answered()
            status, location = response.status, response.headers.get("Location")
            if status in _REDIRECTS and location:
                return self._guard.url(location, url)
            if status in _PATIENCE and "Retry-After" in response.headers:
                _be_patient(host, response)
            answer = Answer(
                status,
                response.content_type.lower() if "Content-Type" in response.headers else "",
                response.content_length,
                "bytes" in response.headers.get("Accept-Ranges", "").lower(),
            )
            if method == "HEAD":
                return answer
            body = await _first_bytes(response, size) if answer.is_sound() else None
            return Answer(status, answer.content_type, answer.length, answer.ranges, body)


class _Spent:
    """Seconds that are left for one URL, and when its first request began (0 before)."""

    __slots__ = ("left", "since")

    def __init__(self, left: float) -> None:
        self.left = left
        self.since = 0.0


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


def retry_after(text: str, now: datetime) -> float:
    """Seconds of a `Retry-After` header: a number or a date (RFC 9110, 10.2.3). What is neither asks for none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


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


def _reason_of(error: aiohttp.ClientError) -> Reason:
    if isinstance(error, aiohttp.ClientSSLError):
        return Reason.TLS
    if isinstance(error, aiohttp.InvalidURL):
        return Reason.INVALID_URL
    return Reason.CONNECTION


def fact_of(url: str, reason: Reason, status: int | None = None) -> ImageFact:
    """The fact of an address that gave no answer to look at; it was asked now."""
    return ImageFact(url, reason, time.time_ns() // 1000, status)


def _judge(url: str, answer: Answer) -> ImageFact:
    """The fact of an answer."""
    width = height = None
    if answer.status not in _FOUND:
        reason = Reason.STATUS
    elif not answer.content_type.startswith(("image/", "video/")):
        reason = Reason.WRONG_TYPE
    elif answer.length == 0 or answer.body == b"":
        reason = Reason.EMPTY
    else:
        reason = Reason.OK
        width, height = size_of(answer.body, answer.content_type)
    content_type = answer.content_type[:100] or None
    return ImageFact(url, reason, time.time_ns() // 1000, answer.status, content_type, width, height)


def size_of(body: bytes | None, content_type: str) -> tuple[int | None, int | None]:
    """Width and height in pixels from the first bytes; drawings (SVG) have none."""
    if not body or not content_type.startswith("image/") or "svg" in content_type:
        return None, None
    try:
        width, height = imagesize.get(io.BytesIO(body))
    except Exception:  # noqa: BLE001 - a parser fed with half a file of a stranger fails in any way it likes
        return None, None
    return (int(width), int(height)) if width > 0 and height > 0 else (None, None)
