"""Feeds alone: `python -m bench.feeds --products N` prints tables; see README.md.

Feeds of a tenth of N and of N normalised products in fresh stacks, all over HTTP through the gateway: each made anew
and read to its end, then the kept one, and the answer that nothing has changed. Nothing is scored before: feeds need
no Gold run.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from bench import command, data
from bench.gold import p50_ms
from bench.pipeline import Pipeline, PipelineError
from bench.silver import MAIN_JOB
from bench.stack import Stack

NDJSON: Final = "application/x-ndjson"
FEEDS: Final = {
    "google": ("google", "*/*", "all"),
    "meta": ("meta", "*/*", "all"),
    "openai": ("openai", "*/*", "all"),
    "google, JSON lines": ("google", NDJSON, "all"),
    "google, ready ones": ("google", "*/*", "ready"),
}
"""Channel, what is accepted, and which products."""


def read(client: httpx.Client, feed: tuple[str, str, str], *, anew: bool) -> dict[str, Any]:
    """Seconds until the last byte of a feed, its size and its products."""
    channel, accept, include = feed
    headers = {"accept": accept} | ({"cache-control": "no-cache"} if anew else {})
    started = time.perf_counter()
    size, first = 0, 0.0
    with client.stream("GET", f"/{channel}", params={"include": include}, headers=headers) as answer:
        if answer.status_code != 200:
            answer.read()
            raise PipelineError(f"feed {channel}: {answer.status_code} {answer.text}")
        for piece in answer.iter_raw(1 << 16):
            first = first or time.perf_counter() - started
            size += len(piece)
    seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds, 3),
        "first_byte_seconds": round(first, 3),
        "bytes": size,
        "products": int(answer.headers["x-feed-product-count"]),
        "etag": answer.headers["etag"],
    }


def fresh_run(count: int) -> dict[str, Any]:
    """Every feed over `count` normalised products in a fresh stack; what comes before is not measured."""
    path = data.products(count)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home)) as stack:
        key = stack.api_key()
        pipeline = Pipeline(stack.url, key, stack.check)
        pipeline.prepare()
        pipeline.import_file(path)
        pipeline.run("silver", MAIN_JOB)
        headers = {"authorization": f"Bearer {key}"}
        started = stack.peak_mib()
        feeds: dict[str, Any] = {}
        with httpx.Client(base_url=f"{stack.url}/api/v1/feeds", headers=headers, timeout=600) as client:
            for name, feed in FEEDS.items():
                before = stack.cpu_seconds()
                made = read(client, feed, anew=True)
                used = round(stack.cpu_seconds() - before, 2)
                kept = read(client, feed, anew=False)
                if kept["etag"] != made["etag"]:
                    raise PipelineError(f"the kept feed {name} is another one")
                feeds[name] = made | {
                    "looked_at_per_second": round(count / made["seconds"]),
                    "cpu_seconds": used,
                    "kept_seconds": kept["seconds"],
                }
            known = {"if-none-match": feeds["google"]["etag"]}
            unchanged = p50_ms(lambda: client.get("/google", params={"include": "all"}, headers=known))
            begun = time.perf_counter()
            found = client.get("/google/validate").json()
            validated = time.perf_counter() - begun
        return {
            "products": count,
            "feeds": feeds,
            "not_modified_p50_ms": unchanged,
            "validate": {"seconds": round(validated, 3), "products": found["products"], "ready": found["ready"]},
            "peak_mib": {"started": started, "ended": stack.peak_mib()},
        }


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures, as README.md names them."""
    say(f"feeds of {count // 10:,} products")
    small = fresh_run(count // 10)
    say(f"feeds of {count:,} products")
    return {"small": small, "large": fresh_run(count)}


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures as tables."""
    for run in figures.values():
        table = Table(title=f"Feeds of {run['products']:,} products over HTTP")
        for name in ("feed", "products in it", "MB", "seconds", "products/s", "CPU s", "kept: seconds"):
            table.add_column(name, justify="left" if name == "feed" else "right")
        for name, row in run["feeds"].items():
            table.add_row(
                name,
                f"{row['products']:,}",
                f"{row['bytes'] / 1e6:.1f}",
                f"{row['seconds']:.2f}",
                f"{row['looked_at_per_second']:,}",
                f"{row['cpu_seconds']:.2f}",
                f"{row['kept_seconds']:.2f}",
            )
        console.print(table)
        peaks, checked = run["peak_mib"]["ended"], run["validate"]
        console.print(
            f"Nothing changed: p50 {run['not_modified_p50_ms']} ms; validate: {checked['seconds']:.2f} s; peak of gold "
            f"{peaks['gold']} MiB, of silver {peaks['silver']} MiB, of the gateway {peaks['gateway']} MiB",
            soft_wrap=True,
        )


def main() -> None:
    """Measure, write bench/out/feeds.json, print."""
    command.run("feeds", 100_000, measure, show)


if __name__ == "__main__":
    main()
