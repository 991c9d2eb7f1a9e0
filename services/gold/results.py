"""From stored columns and rows to the messages of the contract."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson
import polars as pl
import sqlalchemy as sa
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2, score_pb2
from cachetools import LRUCache
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.timestamp_pb2 import Timestamp

from services.gold.channels.rules import ERRORS, RULES
from services.gold.rubric.grading import MISSING, UNITS_PER_POINT, Grading
from services.gold.rubric.score import MEASURES
from services.gold.summary import BANDS, GapTotal
from services.gold.tallies import Gradings, Tally

NOT_FOUND, NOT_IN_SILVER = 1, 2
ERROR_TEXTS: Final = {
    NOT_FOUND: "Product not found",
    NOT_IN_SILVER: "Product not in Silver stage — run Silver first",
}
"""Texts of errors by the number in results; the second is the documented one, em dash and all."""
KEPT_PIECES: Final = 100_000

BAND_OF: Final[dict[str, score_pb2.Band]] = {
    "excellent": score_pb2.BAND_EXCELLENT,
    "good": score_pb2.BAND_GOOD,
    "warning": score_pb2.BAND_WARNING,
    "poor": score_pb2.BAND_POOR,
}
CHANNEL_OF: Final[dict[str, score_pb2.Channel]] = {
    "google": score_pb2.CHANNEL_GOOGLE,
    "meta": score_pb2.CHANNEL_META,
    "openai": score_pb2.CHANNEL_OPENAI,
}
SEVERITY_OF: Final[dict[str, score_pb2.RuleSeverity]] = {
    "error": score_pb2.RULE_SEVERITY_ERROR,
    "warning": score_pb2.RULE_SEVERITY_WARNING,
}


_SCORES: Final = [
    gold_service_pb2.ScoreResult(status=run_pb2.RESULT_STATUS_SUCCESS, score=score).SerializeToString()
    for score in range(101)
]
_ERRORS: Final = {
    error: gold_service_pb2.ScoreResult(status=run_pb2.RESULT_STATUS_ERROR, error=text).SerializeToString()
    for error, text in ERROR_TEXTS.items()
}


class ResultWriter:
    """Writes results of one run.

    Serialised messages that are put end to end merge (protobuf's encoding guide). So a result is put together from
    ready pieces, one per score and one per combination of gaps, of which a catalog has far fewer than products.
    """

    def __init__(self, grading: Grading) -> None:
        self._grading = grading
        self._gaps: LRUCache[tuple[int, int], bytes] = LRUCache(KEPT_PIECES)

    def write(
        self, results: pl.DataFrame, target: RepeatedCompositeFieldContainer[gold_service_pb2.ScoreResult]
    ) -> None:
        """Appends the documented GoldResults of `results` (`columns.RESULTS`) to a repeated field."""
        columns = (results[name].to_list() for name in ("product_id", "score", "grades0", "grades1", "error"))
        for product_id, score, grades0, grades1, error in zip(*columns, strict=True):
            piece = _ERRORS[error] if error is not None else _SCORES[score] + self._piece(grades0, grades1)
            target.add(product_id=product_id).MergeFromString(piece)

    def _piece(self, grades0: int, grades1: int) -> bytes:
        """What the gaps of a product add to its result."""
        known = self._gaps.get((grades0, grades1))
        if known is None:
            gaps = self._grading.ordered(grades0, grades1)
            known = self._gaps[grades0, grades1] = gold_service_pb2.ScoreResult(
                gaps=[gap.field for gap in gaps], missing_fields=[gap.field for gap in gaps if gap.kind == MISSING]
            ).SerializeToString()
        return known


def product_scores(scores: pl.DataFrame, grading_of: Gradings, current: str) -> list[score_pb2.ProductScore]:
    """Stored scores (`columns.SCORES`) with their breakdowns, in their order; `current`: the grading that holds now."""
    return [_product_score(row, grading_of(row["grading"]), current) for row in scores.iter_rows(named=True)]


def _product_score(row: dict[str, Any], grading: Grading, current: str) -> score_pb2.ProductScore:
    breakdown = grading.explain(row["grades0"], row["grades1"], {name: row[name] for name in MEASURES})
    return score_pb2.ProductScore(
        product_id=row["product_id"],
        score=row["score"],
        band=band_of(row["score"]),
        stages=score_pb2.StageScores(**breakdown.stages),
        gaps=[
            score_pb2.Gap(
                field=gap.field,
                points=gap.points,
                kind=gap.kind,
                why=gap.why,
                reason=gap.reason,
                advice=gap.advice,
                stage=gap.stage,
            )
            for gap in breakdown.gaps
        ],
        missing_fields=breakdown.missing,
        scored_at=timestamp(row["scored_at"]),
        product_fingerprint=row["fingerprint"],
        stale=row["grading"] != current,
        points_to_win=row["units"] / UNITS_PER_POINT,
        channels=[readiness(channel, row[channel]) for channel in RULES],
    )


def readiness(channel: str, mask: int) -> score_pb2.ChannelReadiness:
    """What a product's broken rules of a channel, as bits, mean."""
    return score_pb2.ChannelReadiness(
        channel=CHANNEL_OF[channel],
        ready=not mask & ERRORS[channel],
        broken_rules=[
            score_pb2.BrokenRule(
                rule=rule.id,
                severity=SEVERITY_OF[rule.severity],
                attribute=rule.attribute,
                message=rule.message,
            )
            for bit, rule in enumerate(RULES[channel])
            if mask >> bit & 1
        ],
    )


def channel_summaries(tally: Tally) -> list[gold_service_pb2.ChannelSummary]:
    """Readiness of a catalog per channel."""
    return [
        gold_service_pb2.ChannelSummary(
            channel=CHANNEL_OF[channel],
            ready=tally.ready[channel],
            rules=[
                gold_service_pb2.RuleCount(rule=rule.id, severity=SEVERITY_OF[rule.severity], products=products)
                for rule, products in zip(rules, tally.broken(channel), strict=False)
                if products
            ],
        )
        for channel, rules in RULES.items()
    ]


def catalog_summary(summary: dict[str, Any]) -> score_pb2.CatalogSummary:
    """The summary a completed run left, from a job's result."""
    return score_pb2.CatalogSummary(
        avg_score=summary["avgScore"],
        score_distribution=distribution(summary["scoreDistribution"]),
        top_gaps=summary["topGaps"],
        gap_details=[score_pb2.GapDetail(**gap) for gap in summary["gapDetails"]],
    )


def summary_of(run: sa.Row[Any]) -> dict[str, Any]:
    """The same from the record of the run."""
    return {
        "avgScore": run.avg_score,
        "scoreDistribution": {name: getattr(run, name) for name, _, _ in BANDS},
        "topGaps": orjson.loads(run.top_gaps),
        "gapDetails": [GapTotal(*gap)._asdict() for gap in orjson.loads(run.gap_details)],
    }


def distribution(bands: dict[str, int]) -> score_pb2.ScoreDistribution:
    """Products per band."""
    return score_pb2.ScoreDistribution(**bands)


def gap_details(gaps: Iterable[GapTotal]) -> Sequence[score_pb2.GapDetail]:
    """Gaps over many products."""
    return [score_pb2.GapDetail(field=gap.field, products=gap.products, gain=gap.gain) for gap in gaps]


def band_of(score: int) -> score_pb2.Band:
    """The band of a rounded score."""
    return BAND_OF[next(name for name, lowest, _ in BANDS if score >= lowest)]


def timestamp(milliseconds: int) -> Timestamp:
    """A protobuf timestamp."""
    stamp = Timestamp()
    stamp.FromMilliseconds(milliseconds)
    return stamp
