"""Gold alone: `python -m bench.gold --products N` (`make bench-gold`) prints tables; see README.md.

The rubric without reading or writing; runs over catalogs of a tenth of N and of N products in fresh stacks; and, in the
larger one, pages of scores by several filters and orders, the summaries, and small calls, all over HTTP.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench import command, data
from bench.pipeline import Pipeline
from bench.silver import MAIN_JOB
from bench.stack import Stack

PAGES: Final = {
    "by id": {},
    "lowest score first": {"sort": "score"},
    "most points to win first": {"sort": "points"},
    "one gap, by its points": {"gap": "gtin", "sort": "points"},
    "a stage, a brand": {"stage": "media", "brand": data.BRANDS[0], "sort": "score"},
    "a band, not ready for google": {"band": "good", "not_ready_for": "google", "sort": "score_desc"},
    "a category": {"category": "Home", "sort": "score"},
}
"""Query parameters of lists of scores."""
PAGE_CALLS: Final = 30
CHANGED_CALLS: Final = 50


def rubric(count: int) -> dict[str, Any]:
    """The rubric alone, in a process of its own; see `bench.rubric`."""
    command_line = [sys.executable, "-m", "bench.rubric", "--products", str(count)]
    found: dict[str, Any] = json.loads(subprocess.run(command_line, check=True, stdout=-1).stdout)
    return found


def p50_ms(call: Callable[[], Any], calls: int = PAGE_CALLS) -> float:
    """Median milliseconds of a call, the first one not counted."""
    times = []
    for _ in range(calls + 1):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times[1:]), 2)


def reading(pipeline: Pipeline, count: int) -> dict[str, Any]:
    """Milliseconds of what is read of a scored catalog."""
    scores = f"/catalogs/{pipeline.catalog}/scores"
    summary = f"/catalogs/{pipeline.catalog}/summary"
    started = time.perf_counter()
    pipeline.get(scores, {"limit": 100})
    first = round((time.perf_counter() - started) * 1000, 2)
    return {
        "first_page_ms": first,
        "pages_p50_ms": {
            name: p50_ms(lambda asked=asked: pipeline.get(scores, {"limit": 100, **asked}))
            for name, asked in PAGES.items()
        },
        "summary_p50_ms": p50_ms(lambda: pipeline.get(summary, {})),
        "brands_p50_ms": p50_ms(lambda: pipeline.get(f"{summary}/groups", {"by": "brand"}), 5),
        "categories_p50_ms": p50_ms(lambda: pipeline.get(f"{summary}/groups", {"by": "category", "depth": 3}), 5),
        "small_call": pipeline.small_gold(count),
        "small_call_changed": pipeline.small_gold(count, CHANGED_CALLS, changed=True),
    }


def fresh_run(count: int, *, read: bool) -> dict[str, Any]:
    """One Gold run over `count` normalised products in a fresh stack; what comes before is not measured."""
    path = data.products(count)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home)) as stack:
        pipeline = Pipeline(stack.url, stack.api_key(), stack.check)
        pipeline.prepare()
        pipeline.import_file(path)
        pipeline.run("silver", MAIN_JOB)
        before = stack.cpu_seconds_by_process()
        seconds = pipeline.run_job("gold", {})
        after = stack.cpu_seconds_by_process()
        peak = stack.peak_mib()["gold"]
        streamed, _, _ = pipeline.run("gold", {})  # of unchanged products: none is scored anew
        return {
            "products": count,
            "seconds": round(seconds, 3),
            "products_per_second": round(count / seconds),
            "cpu_seconds": {name: round(after[name] - before[name], 2) for name in after},
            "peak_mib": peak,
            "streamed_seconds": round(streamed, 3),
            **(reading(pipeline, count) | {"peak_mib_after_reading": stack.peak_mib()["gold"]} if read else {}),
        }


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures, as README.md names them."""
    say("the rubric alone")
    figures: dict[str, Any] = {"rubric": rubric(count)}
    say(f"{count // 10:,} products with reading and writing")
    figures["small"] = fresh_run(count // 10, read=False)
    say(f"{count:,} products with reading and writing, then pages and summaries")
    figures["large"] = fresh_run(count, read=True)
    return figures


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures as tables."""
    runs = (
        ("rubric", "rubric only, no reading or writing"),
        ("small", "with reading and writing"),
        ("large", "with reading and writing"),
    )
    console.print(command.runs_table("Gold alone", figures, runs))
    for name in ("small", "large"):
        row = figures[name]
        again = "Again, nothing changed, with all results sent to the client"
        line = f"{again}: {row['products']:,} products in {row['streamed_seconds']} s"
        console.print(line, soft_wrap=True)
    large = figures["large"]
    pages = Table(title=f"Reading the scores of {large['products']:,} products over HTTP")
    pages.add_column("what")
    pages.add_column("p50 ms", justify="right")
    pages.add_row("first page after the run", f"{large['first_page_ms']:.1f}")
    for name, milliseconds in large["pages_p50_ms"].items():
        pages.add_row(f"page of 100: {name}", f"{milliseconds:.1f}")
    for name, title in (("summary", "summary"), ("brands", "brands"), ("categories", "categories, three levels")):
        pages.add_row(title, f"{large[f'{name}_p50_ms']:.1f}")
    for name, title in (("small_call", "unchanged"), ("small_call_changed", "changed")):
        pages.add_row(f"Gold call of 3 {title} products", f"{large[name]['p50_ms']:.1f}")
    console.print(pages)


def main() -> None:
    """Measure, write bench/out/gold.json, print."""
    command.run("gold", 1_000_000, measure, show)


if __name__ == "__main__":
    main()
