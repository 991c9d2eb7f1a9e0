"""The batch Items API: `python -m bench.items --products N` (`make bench-items`) prints tables; see README.md.

How many items a second go into a batch through REST, how many are ingested, and how soon single items are changed while
an ingestion is at work.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx
from assay.ingest.v1 import batch_import_service_pb2 as pb
from assay.ingest.v1.batch_import_service_pb2_grpc import BatchImportServiceStub
from rich.console import Console

from bench import command
from bench.stack import WORKSPACE, Stack

REQUEST_ITEMS = 1_000
SENDERS = 2
"""Connections that send items side by side."""
WORKERS = 2
"""Processes for the jobs of ingest, in the second of the two ways to run it."""
STREAMED_PER_SECOND = 250
STREAMERS = 25
SCOPE = f"tenant={WORKSPACE}&environment=bench"
TEXTS = ("title", "description", "brand", "color", "size", "material", "url", "image", "gtin", "sku")
SCHEMA = {
    "name": "product",
    "attributes": [
        *({"name": name, "type": "TEXT", "isRequired": name == "title"} for name in TEXTS),
        {"name": "price", "type": "FLOAT", "isRequired": True},
        {"name": "stock", "type": "INTEGER"},
        {"name": "sale", "type": "BOOLEAN"},
        {"name": "tags", "type": "LIST", "listSubType": "TEXT"},
    ],
}


def item(number: int, count: int) -> dict[str, Any]:
    """One of `count` items of 14 attributes; ids come in no order."""
    texts = {name: f"{name} of item {number}" for name in TEXTS}
    attributes = texts | {"price": number * 1.5, "stock": number, "sale": number % 2 == 0, "tags": ["new", "blue"]}
    return {"id": f"sku-{number * 7_919 % count:08d}", "type": "product", "attributes": attributes}


def bodies(count: int) -> Iterator[bytes]:
    """Requests with all items."""
    for start in range(0, count, REQUEST_ITEMS):
        some = [item(number, count) for number in range(start, min(count, start + REQUEST_ITEMS))]
        yield json.dumps(some, separators=(",", ":")).encode()


class Sender:
    """Sends requests on a kept connection, by hand: a client of more comfort takes as much of the processor as what it
    measures.
    """

    def __init__(self, url: str, key: str) -> None:
        self._parts = urlsplit(url)
        self._head = f"host: {self._parts.netloc}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"

    async def open(self) -> Sender:
        """Connects."""
        self._reader, self._writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        return self

    async def send(self, verb: str, path: str, body: bytes) -> bytes:
        """The answer's body. RuntimeError when it is not 200."""
        head = f"{verb} {path} HTTP/1.1\r\n{self._head}content-length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        content = await self._reader.readexactly(int(length.split(b":")[1]))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{verb} {path}: {answer.decode()}{content.decode()}")
        return content


async def _add(url: str, key: str, batch: str, count: int) -> float:
    """Seconds that the requests took, those in which they were made not counted."""
    path = f"/batch-imports/items?{SCOPE}&batch_id={batch}"
    waiting = bodies(count)
    seconds = 0.0
    senders = [await Sender(url, key).open() for _ in range(SENDERS)]
    while some := [body for _, body in zip(range(20), waiting, strict=False)]:
        begun = time.perf_counter()
        queue = iter(some)

        async def work(sender: Sender, queue: Iterator[bytes] = queue) -> None:
            for body in queue:
                await sender.send("POST", path, body)

        await asyncio.gather(*map(work, senders))
        seconds += time.perf_counter() - begun
    return seconds


async def _stream(url: str, key: str, version: int, count: int, ingestion: str) -> list[float]:
    """Milliseconds of each change of one item, sent at a steady rate whether former ones are answered or not, until
    the ingestion has ended.
    """
    path = f"/items?{SCOPE}"
    numbers = itertools.count()
    begun = time.perf_counter()
    times: list[float] = []
    has_ended = False

    async def watch(sender: Sender) -> None:
        nonlocal has_ended
        while b'"RUNNING"' in await sender.send("GET", f"/batch-imports/ingestions/{ingestion}?{SCOPE}", b""):
            await asyncio.sleep(0.25)
        has_ended = True

    async def work(sender: Sender) -> None:
        for number in numbers:
            if has_ended:
                break
            due = begun + number / STREAMED_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            change = item(number * 31 % count, count) | {"catalogVersion": version}
            content = await sender.send("POST", path, json.dumps([change]).encode())
            if b'"code"' in content:
                raise RuntimeError(content.decode())
            times.append((time.perf_counter() - due) * 1_000)

    senders = [await Sender(url, key).open() for _ in range(STREAMERS + 1)]
    await asyncio.gather(watch(senders.pop()), *map(work, senders))
    return times


class Shop:
    """The bench's environment of the Items API."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.key = stack.api_key()
        self._client = httpx.Client(
            base_url=stack.url, headers={"authorization": f"Bearer {self.key}"}, timeout=60, params=None
        )
        self.post("/item-schemas", SCHEMA)

    def post(self, path: str, body: Any, more: str = "") -> Any:
        """The answer, read."""
        answer = self._client.post(f"{path}?{SCOPE}{more}", json=body)
        answer.raise_for_status()
        return answer.json()

    def catalog(self) -> int:
        """A new one's version, which is its batch, too."""
        body = {"catalogItemSchemas": [{"name": "product", "version": 1}]}
        return int(self.post("/catalogs", body, "&createBatchImport=true"))

    def begin(self, version: int) -> str:
        """Starts an ingestion of the catalog's own batch."""
        return str(self.post("/batch-imports/ingestions", {"catalogVersion": version})["id"])

    def ended(self, ingestion: str) -> dict[str, Any]:
        """Waits for the end of one. RuntimeError unless it is a success."""
        while True:
            self.stack.check()
            answer = self._client.get(f"/batch-imports/ingestions/{ingestion}?{SCOPE}")
            told: dict[str, Any] = answer.raise_for_status().json()
            if told["status"] != "RUNNING":
                break
            time.sleep(0.25)
        if told["status"] != "SUCCESS":
            raise RuntimeError(f"the ingestion ended with {told}")
        return told


def in_one_stream(count: int) -> dict[str, Any]:
    """All items into a batch through one gRPC stream, as one client sends them, answered item by item."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home)) as stack:
        shop = Shop(stack)
        start = pb.ItemStreamStart(workspace_id=WORKSPACE, environment="bench", batch_id=str(shop.catalog()))

        def messages() -> Iterator[pb.StreamItemsRequest]:
            yield pb.StreamItemsRequest(start=start)
            for first in range(0, count, REQUEST_ITEMS):
                some = [item(number, count) for number in range(first, min(count, first + REQUEST_ITEMS))]
                items = [pb.ItemContent(**one | {"attributes": json.dumps(one["attributes"])}) for one in some]
                yield pb.StreamItemsRequest(put=pb.PutItems(items=items))

        before, begun, taken = stack.peak_mib()["ingest"], time.perf_counter(), 0
        with grpc.insecure_channel(stack.address("ingest")) as channel:
            metadata = (("authorization", f"Bearer {shop.key}"),)
            for answer in BatchImportServiceStub(channel).StreamItems(messages(), metadata=metadata):
                taken += sum(not result.code for result in answer.results)
        seconds = time.perf_counter() - begun
        if taken != count:
            raise RuntimeError(f"{taken:,} of {count:,} items were taken")
        return {
            "seconds": round(seconds, 2),
            "items_per_second": round(count / seconds),
            "peak_mib_before": before,
            "peak_mib": stack.peak_mib()["ingest"],
        }


def ingesting(shop: Shop, version: int, count: int) -> dict[str, Any]:
    """One ingestion of all items."""
    before = _cpu_seconds(shop.stack)
    told = shop.ended(shop.begin(version))
    seconds = float(told["duration"])
    return {
        "seconds": seconds,
        "items_per_second": round(count / seconds),
        "cpu_seconds": round(_cpu_seconds(shop.stack) - before, 1),
        "upserted": told["upsertedItemCount"],
        "peak_mib": _peak_mib(shop.stack),
    }


def _cpu_seconds(stack: Stack) -> float:
    """Of ingest and its workers."""
    return sum(seconds for name, seconds in stack.cpu_seconds_by_process().items() if name.startswith("ingest"))


def _peak_mib(stack: Stack) -> int:
    """Of the largest of them."""
    return max(size for name, size in stack.peak_mib().items() if name.startswith("ingest"))


def streaming(shop: Shop, version: int, count: int) -> dict[str, Any]:
    """Single changes while the same batch is ingested once more."""
    ingestion = shop.begin(version)
    times = asyncio.run(_stream(shop.stack.url, shop.key, version, count, ingestion))
    told = shop.ended(ingestion)
    cuts = statistics.quantiles(times, n=100)
    return {
        "per_second": STREAMED_PER_SECOND,
        "answered": len(times),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "ingestion_seconds": float(told["duration"]),
        "peak_mib": _peak_mib(shop.stack),
    }


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures, as README.md names them."""
    say(f"{count:,} items into a batch through one gRPC stream")
    streamed = in_one_stream(count)
    alone = _in_one_place(count, say, 0)
    say(f"the same with {WORKERS} workers of ingest")
    return {"items": count, "in_one_stream": streamed, "alone": alone, "workers": _in_one_place(count, say, WORKERS)}


def _in_one_place(count: int, say: Callable[[str], None], workers: int) -> dict[str, Any]:
    """The figures of one stack; with workers its ingest is for calls alone."""
    figures: dict[str, Any] = {}
    role = {"ASSAY_ROLE": "api"} if workers else {}
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home), **role) as stack:
        for _ in range(workers):
            stack.add_worker("ingest")
        shop = Shop(stack)
        version = shop.catalog()
        say(f"{count:,} items into a batch, {REQUEST_ITEMS:,} in a request")
        seconds = asyncio.run(_add(stack.url, shop.key, str(version), count))
        figures["adding"] = {"seconds": round(seconds, 2), "items_per_second": round(count / seconds)}
        for name in ("first", "again"):
            say(f"{count:,} items ingested ({name})")
            figures[name] = ingesting(shop, version, count)
        say(f"{STREAMED_PER_SECOND} changes a second while they are ingested once more")
        figures["streaming"] = streaming(shop, version, count)
    return figures


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures as lines."""
    console.print(f"{figures['items']:,} items of 14 attributes")
    one = figures["in_one_stream"]
    console.print(
        f"added through one gRPC stream, the client's own work included: {one['seconds']} s, "
        f"{one['items_per_second']:,} items/s, peak of ingest {one['peak_mib_before']} and then {one['peak_mib']} MiB",
        soft_wrap=True,
    )
    for way, called in (("alone", "one process"), ("workers", f"one for calls, {WORKERS} for jobs")):
        console.print(f"ingest as {called}:")
        _show_one(figures[way], console)


def _show_one(figures: dict[str, Any], console: Console) -> None:
    adding, streamed = figures["adding"], figures["streaming"]
    console.print(f"  added through REST: {adding['seconds']} s, {adding['items_per_second']:,} items/s")
    for name, called in (("first", "ingested into an empty catalog"), ("again", "ingested again")):
        one = figures[name]
        console.print(
            f"  {called}: {one['seconds']:.1f} s, {one['items_per_second']:,} items/s, "
            f"CPU {one['cpu_seconds']} s, peak {one['peak_mib']} MiB",
            soft_wrap=True,
        )
    console.print(
        f"  {streamed['per_second']} changes a second while they are ingested ({streamed['ingestion_seconds']:.1f} s, "
        f"{streamed['answered']:,} changes): p50 {streamed['p50_ms']} ms, p99 {streamed['p99_ms']} ms",
        soft_wrap=True,
    )


def main() -> None:
    """Measure, write bench/out/items.json, print."""
    command.run("items", 1_000_000, measure, show)


if __name__ == "__main__":
    main()
