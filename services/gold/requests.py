"""What requests for lists ask for; every field at fault is named."""

from typing import Final, Literal

from assay.gold.v1 import gold_service_pb2 as pb
from assay.gold.v1 import score_pb2

from services.gold.listing import Filters, Sort
from services.gold.results import BAND_OF, CHANNEL_OF
from services.gold.rubric.fields import FIELDS, STAGES
from services.gold.summary import BANDS
from services.runtime.errors import FieldViolation, ValidationError

BRAND_CHARS: Final = 255
CATEGORY_CHARS: Final = 1_000
MOST_LEVELS: Final = 10
_BANDS: Final = {BAND_OF[name]: (lowest, highest) for name, lowest, highest in BANDS} | {
    score_pb2.BAND_UNSPECIFIED: (0, 100)
}
_CHANNELS: Final = {number: name for name, number in CHANNEL_OF.items()} | {score_pb2.CHANNEL_UNSPECIFIED: None}
_SORTS: Final[dict[int, Sort]] = {
    pb.SCORE_SORT_UNSPECIFIED: "id",
    pb.SCORE_SORT_ID: "id",
    pb.SCORE_SORT_SCORE: "score",
    pb.SCORE_SORT_SCORE_DESC: "score_desc",
    pb.SCORE_SORT_POINTS: "points",
}
_GROUPS: Final[dict[int, Literal["brand", "category"]]] = {
    pb.GROUP_BY_BRAND: "brand",
    pb.GROUP_BY_CATEGORY: "category",
}
_FIELDS: Final = tuple(field.name for field in FIELDS)


def filters_of(request: pb.ListScoresRequest) -> tuple[Filters, Sort]:
    """What a list of scores is to hold, and its order."""
    faults: list[FieldViolation] = []

    def that(holds: bool, field: str, text: str) -> None:
        if not holds:
            faults.append(FieldViolation(field, f"{field} must {text}."))

    that(request.band in _BANDS, "band", "be one of excellent, good, warning, poor")
    that(request.gap in {"", *_FIELDS}, "gap", f"be one of {', '.join(_FIELDS)}")
    that(request.stage in {"", *STAGES}, "stage", f"be one of {', '.join(STAGES)}")
    that(len(request.brand) <= BRAND_CHARS, "brand", f"not be longer than {BRAND_CHARS} characters")
    that(len(request.category) <= CATEGORY_CHARS, "category", f"not be longer than {CATEGORY_CHARS:,} characters")
    for field in ("ready_for", "not_ready_for"):
        that(getattr(request, field) in _CHANNELS, field, "be one of google, meta, openai")
    that(not (request.ready_for and request.not_ready_for), "not_ready_for", "not be given together with ready_for")
    that(request.sort in _SORTS, "sort", "be one of id, score, score_desc, points")
    if faults:
        raise ValidationError(faults[0].message, violations=faults)
    lowest, highest = _BANDS[request.band]
    return Filters(
        lowest=lowest,
        highest=highest,
        gap=request.gap or None,
        stage=request.stage or None,
        brand=request.brand or None,
        category=request.category or None,
        stale=request.stale if request.HasField("stale") else None,
        ready_for=_CHANNELS[request.ready_for],
        not_ready_for=_CHANNELS[request.not_ready_for],
    ), _SORTS[request.sort]


def grouping_of(request: pb.ListGroupSummariesRequest) -> tuple[Literal["brand", "category"], int]:
    """What products are put together by, and how many levels of a category count."""
    by = _GROUPS.get(request.by)
    if by is None:
        raise ValidationError.of("by", "by is required: brand or category.")
    if not 0 <= request.depth <= MOST_LEVELS:
        raise ValidationError.of("depth", f"depth must be between 1 and {MOST_LEVELS}.")
    return by, request.depth or 1
