"""How runs over ids are cut into partitions: slices of a list, or ranges that leave no id out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assay.common.v1 import run_pb2

from services.runtime.jobs.model import Plan


@dataclass(frozen=True, slots=True)
class IdRange:
    """Ids after `after` (exclusive; empty: from the first) up to `through` (inclusive; empty: to the last)."""

    after: str = ""
    through: str = ""

    def message(self) -> run_pb2.IdRange:
        """The range as the contracts write it."""
        return run_pb2.IdRange(after_id=self.after, through_id=self.through)


def cover(planned: Sequence[run_pb2.IdRange]) -> list[IdRange]:
    """The planned ranges, opened at both ends: every id that may appear or vanish while a run works is in one.

    At least one range, also for nothing planned: what has vanished altogether is found in it.
    """
    ends = ["", *(cut.through_id for cut in planned[:-1]), ""]
    return [IdRange(after, through) for after, through in pairwise(ends)]


def plan_of_list(run: int, ids: Sequence[str], size: int) -> Plan:
    """Partitions of at most `size` ids each, in their order."""
    slices = [list(ids[start : start + size]) for start in range(0, len(ids), size)]
    return Plan([{"run": run, "number": number, "ids": some} for number, some in enumerate(slices)], len(ids))


def plan_of_ranges(run: int, planned: Sequence[run_pb2.IdRange], total: int) -> Plan:
    """One partition per planned range, covering everything (see `cover`)."""
    return Plan(
        [
            {"run": run, "number": number, "after": cut.after, "through": cut.through}
            for number, cut in enumerate(cover(planned))
        ],
        total,
    )


def ids_of(partition: Any) -> IdRange | list[str]:
    """What a partition of either plan is about."""
    if "ids" in partition:
        return list(partition["ids"])
    return IdRange(partition["after"], partition["through"])
