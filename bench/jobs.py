"""Jobs: `python -m bench.jobs --products N` (`make bench-jobs`) prints tables; see README.md.

What durability costs; how quickly the record of a job at work is told to many that ask, and how often it changes; how
soon a cancelled job has ended; and one worker process beside two.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from bench import command, data
from bench.pipeline import Pipeline, PipelineError
from bench.silver import MAIN_JOB
from bench.stack import WORKSPACE, Stack

COMPARED = 100_000
"""Products of the jobs that are compared with each other."""
ASKED_PER_SECOND = 200
ASK_SECONDS = 15
ASKERS = 50
"""Connections: as many questions may be open at once."""
CANCELS = 5


def started(stack: Stack, products: int) -> Pipeline:
    """A catalog with so many products."""
    pipeline = Pipeline(stack.url, stack.api_key(), stack.check)
    pipeline.prepare()
    pipeline.import_file(data.products(products))
    return pipeline


def durability(stack: Stack, pipeline: Pipeline) -> dict[str, Any]:
    """See `durable`; medians."""
    words = [sys.executable, "-m", "bench.durable", pipeline.catalog]
    moved = stack.environment | {"ASSAY_ROLE": "all"}
    rounds = json.loads(subprocess.run(words, check=True, stdout=-1, env=moved).stdout)
    found: dict[str, Any] = {
        way: {name: round(statistics.median(one[name] for one in ones), 3) for name in ones[0]}
        for way, ones in rounds.items()
    }
    found["rounds"] = rounds
    found["ratio"] = round(found["durable"]["seconds"] / found["inline"]["seconds"], 3)
    found["cpu_ratio"] = round(found["durable"]["cpu_seconds"] / found["inline"]["cpu_seconds"], 3)
    return found


async def _ask(url: str, key: str) -> tuple[list[float], set[int]]:
    """Milliseconds of each answer, asked for at a steady rate whether former ones have come or not; progress seen.

    By hand on kept connections: a client of more comfort takes as much of the processor as what it measures.
    """
    parts = urlsplit(url)
    asked = f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {key}\r\n\r\n".encode()
    numbers = iter(range(ASKED_PER_SECOND * ASK_SECONDS))
    begun = time.perf_counter()
    told: list[tuple[float, int]] = []

    async def asker() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for number in numbers:
            due = begun + number / ASKED_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head.lower())
            if length is None or not head.startswith(b"HTTP/1.1 200"):
                raise PipelineError(f"asked for a job, got {head.decode(errors='replace')}")
            body = await reader.readexactly(int(length[1]))
            told.append(((time.perf_counter() - due) * 1000, int(json.loads(body)["progress"]["processed"])))
        writer.close()

    await asyncio.gather(*(asker() for _ in range(ASKERS)))
    return [one[0] for one in told], {one[1] for one in told}


def asking(stack: Stack, pipeline: Pipeline) -> dict[str, Any]:
    """Answers about a job at work."""
    job = pipeline.begin("silver", MAIN_JOB)
    while pipeline.get(f"/jobs/{job}", {})["progress"]["processed"] == 0:
        time.sleep(0.1)
    times, seen = asyncio.run(_ask(f"{stack.url}/api/workspace/{WORKSPACE}/jobs/{job}", pipeline.key))
    still = pipeline.get(f"/jobs/{job}", {})["status"] == "active"
    pipeline.cancel(job)
    cuts = statistics.quantiles(times, n=100)
    return {
        "asked_per_second": ASKED_PER_SECOND,
        "seconds": ASK_SECONDS,
        "job_was_at_work": still,
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "progress_updates_per_second": round((len(seen) - 1) / ASK_SECONDS, 2),
    }


def cancelling(pipeline: Pipeline) -> dict[str, Any]:
    """Seconds until a job is cancelled, each at another point of its work."""
    seconds = []
    for turn in range(CANCELS):
        job = pipeline.begin("silver", MAIN_JOB)
        while pipeline.get(f"/jobs/{job}", {})["progress"]["processed"] == 0:
            time.sleep(0.05)
        time.sleep(turn * 0.7)
        seconds.append(pipeline.cancel(job))
    return {"seconds": [round(one, 2) for one in seconds], "median": round(statistics.median(seconds), 2)}


def workers(products: int) -> dict[str, Any]:
    """Seconds of Silver's main job with one and with two worker processes, and no other process that works on it."""
    found: dict[str, Any] = {}
    for count in (1, 2):
        with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home), ASSAY_ROLE="api") as stack:
            stack.add_worker("ingest")
            pipeline = started(stack, products)
            for _ in range(count):
                stack.add_worker("silver")
            found[str(count)] = round(pipeline.run_job("silver", MAIN_JOB), 3)
    found["ratio"] = round(found["1"] / found["2"], 2)
    return found


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures, as README.md names them."""
    figures: dict[str, Any] = {}
    # Beside an api process, so that no other one helps.
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home), ASSAY_ROLE="api") as stack:
        say(f"{COMPARED:,} products: inline and durable in turns")
        stack.add_worker("ingest")
        figures["durability"] = durability(stack, started(stack, COMPARED))
    say(f"{COMPARED:,} products: one worker and two")
    figures["workers"] = workers(COMPARED)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home)) as stack:
        say(f"{count:,} products: asked {ASKED_PER_SECOND} times a second, then cancelled")
        pipeline = started(stack, count)
        figures["asking"] = asking(stack, pipeline)
        figures["cancelling"] = cancelling(pipeline)
    return figures


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures as tables."""
    show_durability(figures["durability"], console)
    asked, cancelled, spread = figures["asking"], figures["cancelling"], figures["workers"]
    console.print(
        f"{asked['asked_per_second']} questions a second about a job at work: p50 {asked['p50_ms']} ms, "
        f"p99 {asked['p99_ms']} ms; progress changed {asked['progress_updates_per_second']} times a second",
        soft_wrap=True,
    )
    console.print(f"Cancelled after {cancelled['seconds']} s, median {cancelled['median']} s", soft_wrap=True)
    console.print(
        f"{COMPARED:,} products with one worker {spread['1']} s, with two {spread['2']} s: ratio {spread['ratio']}"
    )


def show_durability(figures: dict[str, Any], console: Console) -> None:
    """What durability costs, as a table."""
    table = Table(title=f"Silver over {COMPARED:,} products, in turns", caption=f"ratio {figures['ratio']}")
    for name in ("", "seconds", "CPU s"):
        table.add_column(name, justify="right" if name else "left")
    for way in ("inline", "durable"):
        table.add_row(way, f"{figures[way]['seconds']:.2f}", f"{figures[way]['cpu_seconds']:.2f}")
    console.print(table)


def main() -> None:
    """Measure, write bench/out/jobs.json, print."""
    command.run("jobs", 1_000_000, measure, show)


if __name__ == "__main__":
    main()
