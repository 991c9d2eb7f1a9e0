"""What the benchmarks' commands share: arguments, progress, and the figures as a file, as JSON or as tables."""

import argparse
import json
from collections.abc import Callable, Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import data

Say = Callable[[str], None]
COLUMNS = ("run", "products", "seconds", "products/s", "CPU s", "peak MiB")


def run(
    name: str,
    products: int,
    measure: Callable[[int, Say], dict[str, Any]],
    show: Callable[[dict[str, Any], Console], None],
) -> None:
    """Measure, write bench/out/NAME.json, print. `products` is the default of --products."""
    parser = argparse.ArgumentParser(prog=f"python -m bench ({name})")
    parser.add_argument("--products", type=int, default=products, metavar="N")
    parser.add_argument("--json", action="store_true", help="print JSON on stdout instead of tables")
    arguments = parser.parse_args()
    progress = Console(stderr=True)
    figures = measure(arguments.products, lambda text: progress.print(f"[dim]bench: {text}[/dim]"))
    text = json.dumps(figures, indent=2)
    data.OUT.mkdir(exist_ok=True)
    (data.OUT / f"{name}.json").write_text(text + "\n")
    if arguments.json:
        print(text)
    else:
        show(figures, Console())


def runs_table(title: str, figures: dict[str, Any], runs: Iterable[tuple[str, str]]) -> Table:
    """Runs as a table: the keys of their figures, and what each is called."""
    table = Table(title=title)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == COLUMNS[0] else "right")
    for name, called in runs:
        row = figures[name]
        used = row["cpu_seconds"]
        table.add_row(
            called,
            f"{row['products']:,}",
            f"{row['seconds']:.2f}",
            f"{row['products_per_second']:,}",
            f"{sum(used.values()) if isinstance(used, dict) else used:.2f}",
            str(row["peak_mib"]),
        )
    return table
