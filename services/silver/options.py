"""How a run is done: what its request names, else what the workspace's settings say, else the defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from assay.silver.v1 import silver_service_pb2 as pb
from assay.workspace.v1 import settings_pb2

from services.runtime.jobs import Job

UnknownBrands = Literal["error", "register"]
Duplicates = Literal["off", "certain", "likely"]
Strictness = Literal["loose", "normal", "strict"]
ImageChecks = Literal["off", "syntax", "reachability"]


@dataclass(frozen=True)
class Choice:
    """One option: its word in a job's parameters is one of `words`, by the numbers of the contract's enum."""

    field: str
    """Its field, in the request as in the settings."""
    name: str
    """Its JSON name, and key in the parameters of a job."""
    words: Mapping[int, str]
    default: str


CHOICES: Final = (
    Choice(
        "unknown_brands",
        "unknownBrands",
        {pb.UNKNOWN_BRANDS_ERROR: "error", pb.UNKNOWN_BRANDS_REGISTER: "register"},
        default="error",
    ),
    Choice(
        "duplicates",
        "duplicates",
        {pb.DUPLICATES_OFF: "off", pb.DUPLICATES_CERTAIN: "certain", pb.DUPLICATES_LIKELY: "likely"},
        default="likely",
    ),
    Choice(
        "duplicate_strictness",
        "duplicateStrictness",
        {
            pb.DUPLICATE_STRICTNESS_LOOSE: "loose",
            pb.DUPLICATE_STRICTNESS_NORMAL: "normal",
            pb.DUPLICATE_STRICTNESS_STRICT: "strict",
        },
        default="normal",
    ),
    Choice(
        "image_checks",
        "imageChecks",
        {
            pb.IMAGE_CHECKS_OFF: "off",
            pb.IMAGE_CHECKS_SYNTAX: "syntax",
            pb.IMAGE_CHECKS_REACHABILITY: "reachability",
        },
        default="reachability",
    ),
)
PREVIEW: Final = "previewMode"
"""Key in the parameters of a job whose request says whether it is a preview."""
_NOTHING_SET: Final = settings_pb2.PipelineSettings()


@dataclass(frozen=True)
class RunOptions:
    """What holds for one run."""

    unknown_brands: UnknownBrands
    duplicates: Duplicates
    strictness: Strictness
    image_checks: ImageChecks
    preview: bool
    """Whether the run answers results and changes no product."""
    mappings: tuple[tuple[str, str, str], ...]
    """(header, canonical field or attribute name, transform or ""), in the order in which they are applied."""


def options_of(job: Job) -> RunOptions:
    """The options of a job, whose `settings` are the workspace's as its record told them, or None."""
    settings: settings_pb2.PipelineSettings = job.settings or _NOTHING_SET
    unknown_brands, duplicates, strictness, image_checks = (
        job.params.get(choice.name) or choice.words.get(getattr(settings, choice.field), choice.default)
        for choice in CHOICES
    )
    asked = job.params.get(PREVIEW)
    return RunOptions(
        preview=settings.preview_mode if asked is None else bool(asked),
        unknown_brands=cast(UnknownBrands, unknown_brands),
        duplicates=cast(Duplicates, duplicates),
        strictness=cast(Strictness, strictness),
        image_checks=cast(ImageChecks, image_checks),
        mappings=tuple((each.source_field, each.target_field, each.transform) for each in settings.silver_mappings),
    )
