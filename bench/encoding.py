"""How long the gateway takes to turn 10,000 results of a run into JSON."""

import time
from typing import Any

from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2
from assay.silver.v1 import silver_service_pb2

from gateway.jsonio import as_json, dumps

RESULTS = 10_000
ROUNDS = 5
GAPS = ("gtin", "description", "secondaryImages", "metaDescription", "shortDescription", "url")


def silver_results() -> Any:
    """One in fifty a duplicate, three in a thousand an error, as in the benchmark's file."""
    message = silver_service_pb2.NormalizeResults()
    for place in range(RESULTS):
        if place % 333 == 7:
            message.results.add(
                product_id=f"P{place:08d}",
                status=run_pb2.RESULT_STATUS_ERROR,
                error="Brand not found: 'AcmeCorp'",
            )
            continue
        result = message.results.add(
            product_id=f"P{place:08d}",
            status=run_pb2.RESULT_STATUS_SUCCESS,
            fields_normalized=place % 9,
            urls_validated=place % 5,
        )
        if place % 50 == 49:
            result.duplicate_of = f"P{place - 25:08d}"
    return message


def gold_results() -> Any:
    """Two to six gaps each, the first two of them missing."""
    message = gold_service_pb2.ScoreResults()
    for place in range(RESULTS):
        gaps = GAPS[: 2 + place % 5]
        message.results.add(
            product_id=f"P{place:08d}",
            status=run_pb2.RESULT_STATUS_SUCCESS,
            score=place % 101,
            gaps=gaps,
            missing_fields=gaps[:2],
        )
    return message


def measure() -> dict[str, Any]:
    """Milliseconds from message to bytes, the best of five rounds, and the bytes' number."""
    milliseconds, sizes = {}, {}
    for name, message in (("silver", silver_results()), ("gold", gold_results())):
        best = float("inf")
        for _ in range(ROUNDS):
            started = time.perf_counter()
            text = dumps(as_json(message))
            best = min(best, time.perf_counter() - started)
        milliseconds[name] = round(best * 1000, 1)
        sizes[name] = len(text)
    return {"results": RESULTS, "milliseconds": milliseconds, "bytes": sizes}
