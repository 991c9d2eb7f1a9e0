"""`python -m bench [--products N] [--json]`: the main job on N products (default 100,000), measured; see README.md."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import command, data, encoding, silver
from bench.pipeline import SMALL_CALLS, SMALL_CALLS_CHANGED, WARM_UP_CALLS, Pipeline, PipelineError
from bench.stack import Stack

PHASES = ("import", "silver", "gold", "total")


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures of one run, as README.md names them."""
    say(f"making {count:,} products")
    path, brands = data.products(count), data.brands()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home, Stack(Path(home)) as stack:
        pipeline = Pipeline(stack.url, stack.api_key(), stack.check)
        pipeline.prepare()
        seconds: dict[str, float] = {}
        cpu: dict[str, float] = {}
        peaks = {"started": stack.peak_mib()}

        def phase(name: str, work: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
            say(name)
            before = stack.cpu_seconds()
            seconds[name], *rest = work()
            cpu[name] = stack.cpu_seconds() - before
            peaks[name] = stack.peak_mib()
            return tuple(rest)

        (imported,) = phase("import", lambda: pipeline.import_file(path))
        silver_bytes, normalised = phase("silver", lambda: pipeline.run("silver", silver.MAIN_JOB))
        gold_bytes, summary = phase("gold", lambda: pipeline.run("gold", {}))
    if not imported["total"] == normalised["processed"] == count:
        raise PipelineError(f"{count} products, but imported {imported} and normalised {normalised}")
    seconds["total"], cpu["total"] = sum(seconds.values()), sum(cpu.values())
    say("Silver with likely duplicates, and small Silver calls")
    likely = silver.fresh_run(count, silver.LIKELY, then=lambda pipeline, stack: small_calls(pipeline, stack, count))
    small = likely.pop("small")
    say("encoding results as JSON")
    encoded = encoding.measure()
    say("Silver's rules alone")
    rules = silver.rules(count)
    say("the bare script")
    bare = json.loads(
        subprocess.run([sys.executable, "-m", "bench.bare", str(path), str(brands)], check=True, stdout=-1).stdout
    )
    return {
        "products": count,
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "services": {
            "seconds": {phase: round(seconds[phase], 3) for phase in PHASES},
            "cpu_seconds": {phase: round(cpu[phase], 2) for phase in PHASES},
            "products_per_second": {phase: round(count / seconds[phase]) for phase in PHASES},
            "peak_mib": peaks,
            "import": imported,
            "stream_bytes": {"silver": silver_bytes, "gold": gold_bytes},
            "summary": summary,
        },
        "silver_rules": rules,
        "silver_likely": likely | {"phase_seconds": round(likely["seconds"] - seconds["silver"], 3)},
        "small_silver_call": small,
        "json_encoding": encoded,
        "bare": bare,
        "ratio": {phase: round(seconds[phase] / bare["seconds"][phase], 2) for phase in PHASES},
    }


def small_calls(pipeline: Pipeline, stack: Stack, count: int) -> dict[str, Any]:
    """Calls for three products with the default settings: of products as they are, and of changed ones."""
    before = stack.cpu_seconds()
    small: dict[str, Any] = pipeline.small_silver(count)
    small["cpu_ms"] = round((stack.cpu_seconds() - before) * 1000 / (SMALL_CALLS + WARM_UP_CALLS), 2)
    return {"small": small | {"changed": pipeline.small_silver(count, SMALL_CALLS_CHANGED, changed=True)}}


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures as tables."""
    services, bare = figures["services"], figures["bare"]
    phases = Table(
        title=f"{figures['products']:,} products, {figures['machine']['cpus']} CPUs",
        caption="Silver: image checks syntax, duplicates certain",
    )
    for name in ("phase", "seconds", "products/s", "CPU s", "bare: seconds", "bare: CPU s", "ratio"):
        phases.add_column(name, justify="left" if name == "phase" else "right")
    for phase in PHASES:
        phases.add_row(
            phase,
            f"{services['seconds'][phase]:.2f}",
            f"{services['products_per_second'][phase]:,}",
            f"{services['cpu_seconds'][phase]:.2f}",
            f"{bare['seconds'][phase]:.2f}",
            f"{bare['cpu_seconds'][phase]:.2f}",
            f"{figures['ratio'][phase]:.2f}",
        )
    console.print(phases)
    memory = Table(title="Peak resident memory so far, MiB")
    steps = list(services["peak_mib"])
    for name in ("process", *(f"after {step}" if step != "started" else step for step in steps)):
        memory.add_column(name, justify="left" if name == "process" else "right")
    for process in services["peak_mib"]["started"]:
        memory.add_row(process, *(str(services["peak_mib"][step][process]) for step in steps))
    memory.add_row("bare script", *[""] * (len(steps) - 1), str(bare["peak_mib"]))
    console.print(memory)
    small, encoded = figures["small_silver_call"], figures["json_encoding"]
    times = f"p50 {small['p50_ms']} ms, p95 {small['p95_ms']} ms, {small['cpu_ms']} ms of CPU"
    console.print(f"Silver call of 3 products, unchanged: {times} ({small['calls']} calls)", soft_wrap=True)
    times = f"p50 {small['changed']['p50_ms']} ms, p95 {small['changed']['p95_ms']} ms"
    console.print(f"Silver call of 3 changed products: {times} ({small['changed']['calls']} calls)", soft_wrap=True)
    likely, rules = figures["silver_likely"], figures["silver_rules"]
    console.print(
        f"Silver with likely duplicates: {likely['seconds']:.2f} s, {likely['phase_seconds']:.2f} s of them for likely "
        f"ones; silver's peak {likely['peak_mib']} MiB",
        soft_wrap=True,
    )
    console.print(
        f"Silver's rules alone: {rules['products_per_second']:,} products/s with {rules['threads']} threads, "
        f"{rules['peak_mib']} MiB",
        soft_wrap=True,
    )
    for name, milliseconds in encoded["milliseconds"].items():
        console.print(f"JSON of {encoded['results']:,} {name} results: {milliseconds} ms")


def main() -> None:
    """Measure, write bench/out/bench.json, print."""
    command.run("bench", int(os.environ.get("N", "100000")), measure, show)


if __name__ == "__main__":
    main()
