"""Makes a feed: products of catalogs, range by range, into a file. Memory does not grow with the catalogs."""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from services.gold.channels.rules import is_ready
from services.gold.feeds import google, meta, openai
from services.gold.feeds.judging import Judge
from services.gold.feeds.values import Attributes, cleaned
from services.gold.feeds.writers import Csv, Json, JsonLines, Rss, Writer
from services.gold.products import Neighbours
from services.runtime.jobs.cuts import IdRange, cover

ATTRIBUTES: Final[Mapping[str, Attributes]] = {
    "google": google.ATTRIBUTES,
    "meta": meta.ATTRIBUTES,
    "openai": openai.ATTRIBUTES,
}
WRITERS: Final[Mapping[tuple[str, str], Writer]] = {
    ("google", "rss"): Rss(),
    ("meta", "csv"): Csv(),
    ("openai", "json"): Json(),
    **{(channel, "ndjson"): JsonLines() for channel in ATTRIBUTES},
}
"""By channel and format."""
OWN_FORMATS: Final[Mapping[str, str]] = {"google": "rss", "meta": "csv", "openai": "json"}


@dataclass(frozen=True)
class Wanted:
    """Which feed."""

    workspace_id: str
    channel: str
    format: str
    catalog_id: str = ""
    """Empty: all catalogs of the workspace."""
    limit: int = 0
    """0: all."""
    offset: int = 0
    include_all: bool = False


@dataclass(frozen=True)
class Made:
    """What was made."""

    products: int
    size: int
    digest: str
    """SHA-256 of the content."""


def make(wanted: Wanted, neighbours: Neighbours, partition_size: int, path: Path) -> Made:
    """Writes the feed into a file."""
    writer = WRITERS[wanted.channel, wanted.format]
    attributes = ATTRIBUTES[wanted.channel]
    digest, size, count = hashlib.sha256(), 0, 0
    with path.open("wb") as target:

        def write(data: bytes) -> None:
            nonlocal size
            target.write(data)
            digest.update(data)
            size += len(data)

        write(writer.head(list(attributes)))
        for products in _window(_chosen(wanted, neighbours, partition_size), wanted.offset, wanted.limit):
            values = products.select(expression.alias(name) for name, expression in attributes.items())
            write(writer.rows(cleaned(values), first=not count))
            count += products.height
        write(writer.foot())
    return Made(count, size, digest.hexdigest())


def in_silver(
    workspace_id: str, catalog_ids: Sequence[str], neighbours: Neighbours, partition_size: int
) -> Iterator[pl.DataFrame]:
    """The normalised products of catalogs, some thousand at a time, in the order of their ids.

    The next ones are read while the caller works on these.
    """

    def read(catalog_id: str, ids: IdRange) -> pl.DataFrame:
        products = neighbours.read_range(workspace_id, catalog_id, ids)
        return products.filter(products["_in_silver"])

    with ThreadPoolExecutor(1, "feed-reader") as reader:
        coming: deque[Future[pl.DataFrame]] = deque()
        for catalog_id in catalog_ids:
            for ids in cover(neighbours.plan(workspace_id, catalog_id, partition_size).ranges):
                # In the context of the call that is served: its deadline holds, and its request id is passed on.
                coming.append(reader.submit(copy_context().run, read, catalog_id, ids))
                if len(coming) > 1:
                    yield from _some(coming.popleft().result())
        while coming:
            yield from _some(coming.popleft().result())


def _some(products: pl.DataFrame) -> Iterator[pl.DataFrame]:
    if products.height:
        yield products


def catalogs_of(workspace_id: str, catalog_id: str, neighbours: Neighbours) -> list[str]:
    """The catalog that is named, if the workspace has it; without one all of them."""
    if not catalog_id:
        return neighbours.catalog_ids(workspace_id)
    neighbours.require_catalog(workspace_id, catalog_id)
    return [catalog_id]


def _chosen(wanted: Wanted, neighbours: Neighbours, partition_size: int) -> Iterator[pl.DataFrame]:
    catalog_ids = catalogs_of(wanted.workspace_id, wanted.catalog_id, neighbours)
    judge = Judge(wanted.channel)
    for products in in_silver(wanted.workspace_id, catalog_ids, neighbours, partition_size):
        if wanted.include_all:
            yield products
            continue
        ready = products.filter(is_ready(judge.masks(products), wanted.channel))
        if ready.height:
            yield ready


def _window(frames: Iterator[pl.DataFrame], offset: int, limit: int) -> Iterator[pl.DataFrame]:
    """The products from `offset` on, `limit` at most (0: all)."""
    skip, left = offset, limit or None
    for frame in frames:
        some = frame.slice(skip, left)
        skip = max(0, skip - frame.height)
        if some.height:
            yield some
        if left is not None:
            left -= some.height
            if not left:
                return
