"""What the answers of servers say: the type, the size of the picture, how long to wait."""

import io
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import imagesize

from services.silver.images.facts import ImageFact, Reason

_MOST_PIXELS: Final = 2**31 - 1
"""Of a side; more than any format has, and what is larger a parser made of nonsense."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the final status, the type without its parameters, and the first bytes of a GET."""

    status: int
    found: bool
    """Whether the status says that it is there: 200, or 206 where a range was asked for."""
    content_type: str
    length: int | None
    ranges: bool
    body: bytes | None = None

    def is_sound(self) -> bool:
        """Found, of a type that is wanted, and not said to be empty."""
        return self.found and self.content_type.startswith(("image/", "video/")) and self.length != 0


def fact_of(url: str, reason: Reason, status: int | None = None) -> ImageFact:
    """The fact of an address that gave no answer to look at; it was asked now."""
    return ImageFact(url, reason, time.time_ns() // 1000, status)


def judge(url: str, answer: Answer) -> ImageFact:
    """The fact of an answer."""
    width = height = None
    if not answer.found:
        reason = Reason.STATUS
    elif not answer.content_type.startswith(("image/", "video/")):
        reason = Reason.WRONG_TYPE
    elif answer.length == 0 or answer.body == b"":
        reason = Reason.EMPTY
    else:
        reason = Reason.OK
        width, height = size_of(answer.body, answer.content_type)
    # Headers may hold any bytes, also such as no text may.
    content_type = answer.content_type[:100].encode("ascii", "replace").decode() or None
    return ImageFact(url, reason, time.time_ns() // 1000, answer.status, content_type, width, height)


def size_of(body: bytes | None, content_type: str) -> tuple[int | None, int | None]:
    """Width and height in pixels from the first bytes; drawings (SVG) have none."""
    if not body or not content_type.startswith("image/") or "svg" in content_type:
        return None, None
    try:
        width, height = (int(side) for side in imagesize.get(io.BytesIO(body)))
    except Exception:  # noqa: BLE001 - a parser fed with half a file of a stranger fails in any way it likes
        return None, None
    return (width, height) if 0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS else (None, None)


def retry_after(text: str, now: datetime) -> float:
    """Seconds of a `Retry-After` header: a number or a date (RFC 9110, 10.2.3). What is neither asks for none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
