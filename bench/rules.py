"""Silver's rules alone, without reading or writing: `python -m bench.rules --products N` prints JSON.

Works as the Silver service does: one process, as many partition threads as processors, Polars in the thread that asks,
the same chunks of documents. Making the documents is not measured.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import json
from collections.abc import Iterator

import polars as pl

from bench import beside, data
from bench.beside import CHUNK, Figures
from services.silver.rules.brand import NO_BRANDS
from services.silver.rules.pipeline import RuleContext, normalize


def chunks(start: int, stop: int) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Ids and documents as ingest stores them: JSON object texts without the empty cells."""
    for first in range(start, stop, CHUNK):
        rows = data.frame(first, min(first + CHUNK, stop))
        texts = [
            json.dumps({name: value for name, value in row.items() if value}) for row in rows.iter_rows(named=True)
        ]
        yield rows["id"].alias("product_id"), pl.Series("document", texts)


def measure(count: int, threads: int) -> Figures:
    """Figures of the rules over `count` products, see `beside.measure`."""
    context = RuleContext(brands=NO_BRANDS.extended((name, name, name) for name in data.BRANDS))
    return beside.measure(
        count,
        threads,
        lambda start, stop: list(chunks(start, stop)),
        lambda chunk: normalize(*chunk, None, context).height,
    )


if __name__ == "__main__":
    beside.run("rules", __doc__, measure)
