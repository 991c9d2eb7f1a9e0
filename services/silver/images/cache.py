"""Answers kept in the service's database, so that a second run does not ask again.

Kept by a hash of the URL: URLs may carry signatures, and what is public on the web belongs to no workspace.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import cycle
from typing import Final

import sqlalchemy as sa

from services.runtime.database import Database, chunked, upsert
from services.silver.images.facts import ImageFact, Reason
from services.silver.tables import IMAGE_CHECKS

DAY: Final = 86_400.0
_COLUMNS: Final = ("url_hash", "reason", "checked_at", "status", "content_type", "width", "height")
_SINCE: Final = sa.case((IMAGE_CHECKS.c.reason == "", sa.bindparam("good_since")), else_=sa.bindparam("bad_since"))
_FIND: Final = sa.select(*(IMAGE_CHECKS.c[name] for name in _COLUMNS)).where(
    IMAGE_CHECKS.c.url_hash.in_(sa.bindparam("hashes", expanding=True)), IMAGE_CHECKS.c.checked_at > _SINCE
)
# Hashes are hexadecimal: two digits cut the table into 256 parts of about the same size.
_PARTS: Final = 256
# What somebody else is writing at the moment is left alone: two who waited for each other would wait for ever.
_EXPIRED: Final = (
    sa.select(IMAGE_CHECKS.c.url_hash)
    .where(
        IMAGE_CHECKS.c.url_hash >= sa.bindparam("part"),
        IMAGE_CHECKS.c.url_hash < sa.bindparam("part").concat("g"),
        IMAGE_CHECKS.c.checked_at <= _SINCE,
    )
    .with_for_update(skip_locked=True)
)
_DROP_EXPIRED: Final = sa.delete(IMAGE_CHECKS).where(IMAGE_CHECKS.c.url_hash.in_(_EXPIRED))


class DatabaseCache:
    """The `ImageCache` of a database. Lifetimes are seconds: a week for good answers, an hour for bad ones."""

    def __init__(
        self,
        database: Database,
        *,
        good_seconds: float = 7 * DAY,
        bad_seconds: float = 3600.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._good = good_seconds
        self._bad = bad_seconds
        self._clock = clock
        self._parts = cycle([f"{part:02x}" for part in range(_PARTS)])

    def get_many(self, urls: Iterable[str]) -> Mapping[str, ImageFact]:
        """The answers that are still valid, by URL."""
        by_hash = {_hash(url): url for url in urls}
        since = self._since()
        found: dict[str, ImageFact] = {}
        with self._database.read() as connection:
            for hashes in chunked(sorted(by_hash)):
                for url_hash, reason, *rest in connection.execute(_FIND, since | {"hashes": hashes}):
                    url = by_hash[url_hash]
                    found[url] = ImageFact(url, Reason(reason), *rest)
        return found

    def put_many(self, facts: Iterable[ImageFact]) -> None:
        """Keeps answers that say something about the address and not about the moment.

        Each time, one part of the table is cleared of answers that are too old.
        """
        rows = [
            (
                _hash(fact.url),
                str(fact.reason),
                fact.checked_at,
                fact.status,
                fact.content_type,
                fact.width,
                fact.height,
            )
            for fact in facts
            if fact.is_verdict
        ]
        if rows:
            with self._database.write() as connection:
                upsert(connection, IMAGE_CHECKS, _COLUMNS, sorted(rows))
                connection.execute(_DROP_EXPIRED, self._since() | {"part": next(self._parts)})

    def _since(self) -> dict[str, int]:
        now = self._clock()
        return {"good_since": int((now - self._good) * 1e6), "bad_since": int((now - self._bad) * 1e6)}


def _hash(url: str) -> str:
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
