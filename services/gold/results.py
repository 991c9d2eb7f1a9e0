"""From stored rows to the messages of the contract."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, score_pb2
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.timestamp_pb2 import Timestamp

from services.gold.rubric.grading import MISSING, Grading, codes_of
from services.gold.summary import BANDS

NOT_FOUND, NOT_IN_SILVER = 1, 2
ERRORS = {
    NOT_FOUND: "Product not found",
    NOT_IN_SILVER: "Product not in Silver stage — run Silver first",
}
"""Texts of errors by the number in `run_results`; the second is the documented one, em dash and all."""


KEPT_RESULTS = 20_000
"""Distinct results kept at once, about 1 KiB each; then forgotten, so that a varied catalog costs no memory."""

BAND_OF: dict[str, score_pb2.Band] = {
    "excellent": score_pb2.BAND_EXCELLENT,
    "good": score_pb2.BAND_GOOD,
    "warning": score_pb2.BAND_WARNING,
    "poor": score_pb2.BAND_POOR,
}


class ResultWriter:
    """Writes results of one run. Fault codes decide all of a result but the id, and products share them: a result is a
    copy of the one made for its codes where there is one, five times quicker than a new one.
    """

    def __init__(self, grading: Grading) -> None:
        self._gaps = {code: fault.field for code, fault in grading.faults.items() if fault.units}
        self._missing = {code for code, fault in grading.faults.items() if fault.kind == MISSING}
        self._made: dict[str | int, gold_service_pb2.ScoreResult] = {}

    def write(
        self,
        rows: Iterable[Sequence[Any]],
        target: RepeatedCompositeFieldContainer[gold_service_pb2.ScoreResult],
    ) -> None:
        """Appends the documented GoldResults of `rows` (columns of `run_results`) to a repeated field."""
        for _run, _position, product_id, score, faults, error in rows:
            key = faults if error is None else error
            made = self._made.get(key)
            if made is None:
                made = self._keep(key, self._make(score, faults, error))
            result = target.add()
            result.CopyFrom(made)
            result.product_id = product_id

    def _keep(self, key: str | int, made: gold_service_pb2.ScoreResult) -> gold_service_pb2.ScoreResult:
        if len(self._made) >= KEPT_RESULTS:
            self._made.clear()
        self._made[key] = made
        return made

    def _make(self, score: int | None, faults: str, error: int | None) -> gold_service_pb2.ScoreResult:
        if error is not None:
            return gold_service_pb2.ScoreResult(status=run_pb2.RESULT_STATUS_ERROR, error=ERRORS[error])
        gaps = [code for code in codes_of(faults) if code in self._gaps]
        return gold_service_pb2.ScoreResult(
            status=run_pb2.RESULT_STATUS_SUCCESS,
            score=score,
            gaps=map(self._gaps.__getitem__, gaps),
            missing_fields=[self._gaps[code] for code in gaps if code in self._missing],
        )


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
