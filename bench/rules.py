"""Silver's rules alone, without reading or writing: `python -m bench.rules --products N` prints JSON.

Works as the Silver service does: one process, as many partition threads as processors, Polars in the thread that asks,
the same chunks of documents. Making the documents is not measured.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from bench import data
from services.runtime.server import SWITCH_SECONDS
from services.silver.rules.brand import NO_BRANDS
from services.silver.rules.pipeline import RuleContext, normalize

CHUNK = 5_000
CHUNKS_AT_ONCE = 40


def chunks(start: int, stop: int) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Ids and documents as ingest stores them: JSON object texts without the empty cells."""
    for first in range(start, stop, CHUNK):
        rows = data.frame(first, min(first + CHUNK, stop))
        texts = [
            json.dumps({name: value for name, value in row.items() if value}) for row in rows.iter_rows(named=True)
        ]
        yield rows["id"].alias("product_id"), pl.Series("document", texts)


def measure(count: int, threads: int) -> dict[str, float | int]:
    """Seconds and processor seconds of the rules over `count` products, and the peak size of this process in MiB."""
    sys.setswitchinterval(SWITCH_SECONDS)
    context = RuleContext(brands=NO_BRANDS.extended((name, name, name) for name in data.BRANDS))
    seconds = cpu = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, count, CHUNK * CHUNKS_AT_ONCE):
            work = list(chunks(start, min(start + CHUNK * CHUNKS_AT_ONCE, count)))
            wall, used = time.perf_counter(), time.process_time()
            done = sum(pool.map(lambda chunk: normalize(*chunk, None, context).height, work))
            seconds += time.perf_counter() - wall
            cpu += time.process_time() - used
            if done != sum(len(ids) for ids, _ in work):
                raise RuntimeError("a product got lost")
    return {
        "products": count,
        "threads": threads,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 2),
        "products_per_second": round(count / seconds),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.products, arguments.threads)))


if __name__ == "__main__":
    main()
