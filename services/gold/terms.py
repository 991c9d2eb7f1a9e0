"""What a workspace wants of scores: weights and expected attributes, from its pipeline settings."""

from dataclasses import dataclass
from functools import lru_cache

from assay.workspace.v1 import settings_pb2

from services.gold.rubric.fields import STAGES
from services.gold.rubric.grading import Grading, grading
from services.gold.rubric.score import DEFAULT_WEIGHTS
from services.gold.rubric.weights import Weights
from services.runtime.jobs import Job

Expected = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Terms:
    """What scores are made under."""

    weights: Weights = DEFAULT_WEIGHTS
    expected: Expected = ()
    """Category paths, and the attributes expected of what is in them; see `rubric.attributes`."""

    @property
    def grading(self) -> Grading:
        """The price list they amount to."""
        return grading(self.weights, self.expected)


def terms_of(settings: settings_pb2.PipelineSettings | None) -> Terms:
    """The terms of settings as the workspace service tells them; defaults for what they leave open."""
    if settings is None:
        return Terms()
    expected = tuple((entry.category, tuple(entry.attributes)) for entry in settings.category_attributes)
    if not settings.HasField("gold_weights"):
        return Terms(expected=expected)
    return Terms(_weights(*(getattr(settings.gold_weights, stage) for stage in STAGES)), expected)


def is_preview(job: Job) -> bool:
    """Whether a job is to change nothing: as its request says, else as the workspace's settings do."""
    asked = job.params.get("previewMode")
    if asked is not None:
        return bool(asked)
    return job.settings is not None and bool(job.settings.preview_mode)


@lru_cache(maxsize=64)
def _weights(*points: int) -> Weights:
    return Weights(*points)
