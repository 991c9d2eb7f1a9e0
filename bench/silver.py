"""Silver alone: `python -m bench.silver --products N` (`make bench-silver`) prints tables; see README.md.

Three things: the rules without any reading or writing; runs over catalogs of a tenth of N and of N products in fresh
stacks, for speed and memory; and the same run with the search for likely duplicates.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import command, data
from bench.pipeline import Pipeline
from bench.stack import Stack

MAIN_JOB = {"imageChecks": "syntax", "duplicates": "certain"}
"""The options of the main job: no request to other machines, and what figures of former versions did."""
LIKELY = MAIN_JOB | {"duplicates": "likely"}


def rules(count: int) -> dict[str, Any]:
    """The rules alone, in a process of their own; see `bench.rules`."""
    command = [sys.executable, "-m", "bench.rules", "--products", str(count)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=-1).stdout)
    return found


def fresh_run(
    count: int, options: dict[str, str], then: Callable[[Pipeline, Stack], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """One Silver run over a catalog of `count` products in a fresh stack; the import is not measured.

    `then` may do more with that stack; what it returns is put beside the figures.
    """
    path = data.products(count)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home)) as stack:
        pipeline = Pipeline(stack.url, stack.api_key(), stack.check)
        pipeline.prepare()
        pipeline.import_file(path)
        before = stack.cpu_seconds_by_process()
        seconds, _, _ = pipeline.run("silver", options)
        after = stack.cpu_seconds_by_process()
        return {
            "products": count,
            "seconds": round(seconds, 3),
            "products_per_second": round(count / seconds),
            "cpu_seconds": {name: round(after[name] - before[name], 2) for name in after},
            "peak_mib": stack.peak_mib()["silver"],
            **(then(pipeline, stack) if then else {}),
        }


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures, as README.md names them."""
    say("the rules alone")
    figures: dict[str, Any] = {"rules": rules(count)}
    for name, products, options in (
        ("small", count // 10, MAIN_JOB),
        ("certain", count, MAIN_JOB),
        ("likely", count, LIKELY),
    ):
        say(f"{products:,} products with reading and writing, duplicates {options['duplicates']}")
        figures[name] = fresh_run(products, options)
    figures["likely_phase_seconds"] = round(figures["likely"]["seconds"] - figures["certain"]["seconds"], 3)
    return figures


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures as a table."""
    runs = (
        ("rules", "rules only, no reading or writing"),
        ("small", "duplicates certain"),
        ("certain", "duplicates certain"),
        ("likely", "duplicates likely"),
    )
    console.print(command.runs_table("Silver alone", figures, runs))
    console.print(f"Search for likely duplicates: {figures['likely_phase_seconds']} s of the last run", soft_wrap=True)


def main() -> None:
    """Measure, write bench/out/silver.json, print."""
    command.run("silver", 1_000_000, measure, show)


if __name__ == "__main__":
    main()
