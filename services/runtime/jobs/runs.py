"""Runs as server streams: who is selected, done at once or watched, what goes out before the results."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from assay.common.v1 import run_pb2

from services.runtime.errors import FieldViolation
from services.runtime.jobs.engine import LocalEngine
from services.runtime.jobs.model import JobSpec
from services.runtime.jobs.run import Run

SELECTION_LIMIT = 10_000
ID_CHARS = 255
"""Of an id that anything could have. A longer one is not told as an unknown one: what was found of it is kept nowhere.
"""
Message = TypeVar("Message")


def selection_faults(scope: int, ids: Sequence[str], field: str) -> list[FieldViolation]:
    """What is wrong with the scope of a run and the ids of its selection, named by the JSON name `field`."""
    if scope == run_pb2.SCOPE_ALL:
        return []
    if scope != run_pb2.SCOPE_SELECTION:
        return [FieldViolation("scope", "scope is required: selection or all.")]
    if not ids:
        return [FieldViolation(field, f"{field} is required when scope is selection.")]
    if len(ids) > SELECTION_LIMIT:
        return [FieldViolation(field, f"{field} must not name more than {SELECTION_LIMIT:,} ids.")]
    for place, one in enumerate(ids):
        if len(one) > ID_CHARS:
            told = f"{field}[{place}]"
            return [FieldViolation(told, f"{told} must have at most {ID_CHARS} characters.")]
    return []


def begin_run(engine: LocalEngine, spec: JobSpec, inline_units: int) -> Run:
    """Opens and plans a run; one of at most `inline_units` is done when this returns, a larger one is handed over.

    Whoever leaves the stream afterwards does not leave a job behind.
    """
    run = engine.open(spec)
    total = engine.prepare(run)
    if total <= inline_units:
        engine.execute(run)
    else:
        engine.schedule(run)
    return run


def run_events(engine: LocalEngine, run: Run, message: Callable[..., Message]) -> Iterator[Message]:
    """The stream's messages before the results (`message` is their class). The failure of the run is raised."""
    yield message(started=run_pb2.RunStarted(job_id=run.job.id, total=run.total))
    for processed, total in engine.watch(run):
        yield message(progress=run_pb2.RunProgress(processed=processed, total=total))
