"""From stored rows to the messages of the contract."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, score_pb2
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.timestamp_pb2 import Timestamp

from services.gold.rubric.grading import MISSING, Fault, Grading, codes_of
from services.gold.summary import BANDS

NOT_FOUND, NOT_IN_SILVER = 1, 2
ERRORS = {
    NOT_FOUND: "Product not found",
    NOT_IN_SILVER: "Product not in Silver stage — run Silver first",
}
"""Texts of errors by the number in `run_results`; the second is the documented one, em dash and all."""


BAND_OF: dict[str, score_pb2.Band] = {
    "excellent": score_pb2.BAND_EXCELLENT,
    "good": score_pb2.BAND_GOOD,
    "warning": score_pb2.BAND_WARNING,
    "poor": score_pb2.BAND_POOR,
}


class ResultWriter:
    """Writes results of one run.

    Serialised messages that are put end to end merge (protobuf's encoding guide). So a result is put together from one
    ready piece per fault code, three times quicker than from Python lists.
    """

    def __init__(self, grading: Grading) -> None:
        self._faults = {code: _piece_of(fault) for code, fault in grading.faults.items()}
        self._scores = [
            gold_service_pb2.ScoreResult(status=run_pb2.RESULT_STATUS_SUCCESS, score=score).SerializeToString()
            for score in range(101)
        ]
        self._errors = {
            error: gold_service_pb2.ScoreResult(status=run_pb2.RESULT_STATUS_ERROR, error=text).SerializeToString()
            for error, text in ERRORS.items()
        }

    def write(
        self,
        rows: Iterable[Sequence[Any]],
        target: RepeatedCompositeFieldContainer[gold_service_pb2.ScoreResult],
    ) -> None:
        """Appends the documented GoldResults of `rows` (columns of `run_results`) to a repeated field."""
        piece = self._faults.__getitem__
        for _run, _position, product_id, score, faults, error in rows:
            result = target.add(product_id=product_id)
            if error is None:
                result.MergeFromString(self._scores[score] + b"".join(map(piece, codes_of(faults))))
            else:
                result.MergeFromString(self._errors[error])


def _piece_of(fault: Fault) -> bytes:
    """What one fault adds to a result; nothing when it costs nothing."""
    if not fault.units:
        return b""
    missing = [fault.field] if fault.kind == MISSING else []
    return gold_service_pb2.ScoreResult(gaps=[fault.field], missing_fields=missing).SerializeToString()


def product_score(row: sa.Row[Any], grading: Grading) -> score_pb2.ProductScore:
    """A stored score with its breakdown."""
    breakdown = grading.explain(row.faults)
    return score_pb2.ProductScore(
        product_id=row.product_id,
        score=row.score,
        band=band_of(row.score),
        stages=score_pb2.StageScores(**breakdown.stages),
        gaps=[score_pb2.Gap(field=gap.field, points=gap.points, kind=gap.kind, why=gap.why) for gap in breakdown.gaps],
        missing_fields=breakdown.missing,
        scored_at=timestamp(row.scored_at),
        product_fingerprint=row.product_fingerprint,
    )


def catalog_summary(run: sa.Row[Any]) -> score_pb2.CatalogSummary:
    """The summary a completed run left."""
    return score_pb2.CatalogSummary(
        avg_score=run.avg_score,
        score_distribution=score_pb2.ScoreDistribution(
            excellent=run.excellent, good=run.good, warning=run.warning, poor=run.poor
        ),
        top_gaps=orjson.loads(run.top_gaps),
    )


def band_of(score: int) -> score_pb2.Band:
    """The band of a rounded score."""
    return BAND_OF[next(name for name, lowest, _ in BANDS if score >= lowest)]


def timestamp(milliseconds: int) -> Timestamp:
    """A protobuf timestamp."""
    stamp = Timestamp()
    stamp.FromMilliseconds(milliseconds)
    return stamp
