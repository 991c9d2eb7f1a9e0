"""What is known about an address after it was asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol


class Reason(StrEnum):
    """Why an address is no reachable image; `OK` where it is one."""

    OK = ""
    INVALID_URL = "invalid_url"
    """No http(s) address, one with a user name, or on a port that is not asked."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """It leads to a private, loopback, link-local, metadata or otherwise reserved address."""
    DNS = "dns"
    """No such name."""
    UNRESOLVED = "unresolved"
    """The name servers gave no answer, neither this nor that."""
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    STATUS = "status"
    """An answer, but not 200: the status says which."""
    WRONG_TYPE = "wrong_type"
    EMPTY = "empty"
    THROTTLED = "throttled"
    """The host asked for more patience (429, 503 with `Retry-After`) than a run has."""
    HOST_GIVEN_UP = "host_given_up"
    """Not asked: the host let others wait in vain."""
    FAILED = "failed"
    """The checker could not cope with what came back."""


NOT_KEPT: Final = frozenset({Reason.UNRESOLVED, Reason.THROTTLED, Reason.HOST_GIVEN_UP, Reason.FAILED})
"""Says something about the moment, not about the address: no verdict, and asked again by the next run."""


@dataclass(frozen=True, slots=True)
class ImageFact:
    """One answer. Width and height are pixels, null where the first bytes do not tell; times are microseconds."""

    url: str
    reason: Reason
    checked_at: int
    status: int | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None

    @property
    def reachable(self) -> bool:
        """Whether the address answered with what it should."""
        return self.reason is Reason.OK

    @property
    def is_verdict(self) -> bool:
        """Whether it says something about the address and not only about the moment."""
        return self.reason not in NOT_KEPT

    @property
    def is_video(self) -> bool:
        """Whether the answer was a video, which is fine for media and wrong for an image."""
        return (self.content_type or "").startswith("video/")


class ImageCache(Protocol):
    """Where answers are kept between runs; called by many threads."""

    def get_many(self, urls: Iterable[str]) -> Mapping[str, ImageFact]:
        """The answers that are still valid, by URL."""

    def put_many(self, facts: Iterable[ImageFact]) -> None:
        """Keeps answers, instead of older ones about the same URLs."""
