"""Feeds that were made, as files for a while: whoever asks for one that is there need not wait for it.

Files of an earlier life of the process are removed when it starts. One feed is made by one caller at a time; the
others wait for it.
"""

import shutil
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from services.gold.feeds.making import Made, Wanted
from services.runtime.errors import DeadlineExceeded

WAIT_SECONDS: Final = 0.5
"""How often one who waits for a feed that another makes looks whether it is wanted still."""


@dataclass(frozen=True)
class Feed:
    """A feed that is there."""

    path: Path
    made: Made
    changed_at: int
    """When its content last was another, milliseconds since 1970."""
    begun: float
    """When its making began, by the monotonic clock: nothing in it is older."""

    @property
    def etag(self) -> str:
        """The content's hash, with quotation marks (RFC 9110)."""
        return f'"{self.made.digest[:32]}"'


class Shelf:
    """Keeps feeds in a folder of its own."""

    def __init__(self, folder: Path, *, keep_seconds: float, most_feeds: int, most_bytes: int) -> None:
        self._folder = folder
        self._keep_seconds = keep_seconds
        self._most_feeds = most_feeds
        self._most_bytes = most_bytes
        self._feeds: OrderedDict[Wanted, Feed] = OrderedDict()
        self._making: dict[Wanted, threading.Lock] = {}
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)

    def get(
        self, wanted: Wanted, make: Callable[[Path], Made], *, anew: bool, wanted_still: Callable[[], bool]
    ) -> tuple[Feed, BinaryIO]:
        """The feed and its open file, made by `make` when there is none that is fresh, or `anew`.

        `wanted_still` is asked while another caller makes it: DeadlineExceeded once this one waits no more, so that who
        has gone keeps no thread.
        """
        asked = time.monotonic()
        with self._lock:
            making = self._making.setdefault(wanted, threading.Lock())
        while not making.acquire(timeout=WAIT_SECONDS):
            if not wanted_still():
                raise DeadlineExceeded("The caller did not wait until the feed was made.")
        try:
            with self._lock:
                known = self._feeds.get(wanted)
                if known is not None and known.begun >= (asked if anew else asked - self._keep_seconds):
                    return known, known.path.open("rb")
            feed = self._made(make, known)
            opened = feed.path.open("rb")
            self._put(wanted, feed)
        finally:
            making.release()
        return feed, opened

    def _made(self, make: Callable[[Path], Made], known: Feed | None) -> Feed:
        begun = time.monotonic()
        path = self._folder / f"{uuid.uuid4().hex}.feed"
        try:
            made = make(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        same = known is not None and known.made.digest == made.digest
        changed_at = known.changed_at if known is not None and same else time.time_ns() // 1_000_000
        return Feed(path, made, changed_at, begun)

    def _put(self, wanted: Wanted, feed: Feed) -> None:
        """Keeps it, and lets go of the oldest ones beyond the room there is; open files stay readable."""
        with self._lock:
            former = self._feeds.pop(wanted, None)
            self._feeds[wanted] = feed
            gone = [] if former is None else [former]
            while len(self._feeds) > 1 and not self._has_room():
                gone.append(self._feeds.popitem(last=False)[1])
            for one in list(self._making):
                if one not in self._feeds and not self._making[one].locked():
                    del self._making[one]
        for one_gone in gone:
            one_gone.path.unlink(missing_ok=True)

    def _has_room(self) -> bool:
        size = sum(one.made.size for one in self._feeds.values())
        return len(self._feeds) <= self._most_feeds and size <= self._most_bytes
