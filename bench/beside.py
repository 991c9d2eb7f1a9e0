"""Partitions worked on beside each other in one process, as a service does, with only the work measured."""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.runtime.server import SWITCH_SECONDS

CHUNK = 5_000
CHUNKS_AT_ONCE = 40
Chunk = TypeVar("Chunk")
Figures = dict[str, float | int]


def measure(
    count: int, threads: int, chunks: Callable[[int, int], Sequence[Chunk]], work: Callable[[Chunk], int]
) -> Figures:
    """Seconds and processor seconds of the work over `count` products, and the peak size of this process in MiB.

    `chunks` makes the products from one number up to another, which is not measured; `work` returns how many it did.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    seconds = cpu = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, count, CHUNK * CHUNKS_AT_ONCE):
            stop = min(start + CHUNK * CHUNKS_AT_ONCE, count)
            some = chunks(start, stop)
            wall, used = time.perf_counter(), time.process_time()
            done = sum(pool.map(work, some))
            seconds += time.perf_counter() - wall
            cpu += time.process_time() - used
            if done != stop - start:
                raise RuntimeError("a product got lost")
    return {
        "products": count,
        "threads": threads,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 2),
        "products_per_second": round(count / seconds),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def run(name: str, description: str | None, measured: Callable[[int, int], Figures]) -> None:
    """The main of such a benchmark: measure and print JSON."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=description)
    parser.add_argument("--products", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    print(json.dumps(measured(arguments.products, arguments.threads)))
