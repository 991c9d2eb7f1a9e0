"""What a service keeps of targets of jobs that are no more.

The targets are another service's, which is asked, now and then, about all that rows are kept of. It need not know who
keeps what of them, nobody is told twice or not at all, and what was missed is seen the next time. Nothing is removed of
a target but what is certain to be gone:

- the neighbour says so itself, of this target; that it says nothing, or does not answer, means nothing;
- it says so twice, in rounds that follow each other;
- no job on the target has not ended. One that begins later finds nothing to work on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

import grpc

from services.runtime.jobs.log import JobLog
from services.runtime.jobs.threads import stand_back
from services.runtime.log import logger
from services.runtime.periodic import Periodic

ASK_SECONDS = 30.0
"""How long an answer is waited for."""


class Target(NamedTuple):
    """What jobs are about."""

    workspace_id: str
    id: str


class Rows(Protocol):
    """What is kept."""

    def targets(self) -> Collection[Target]:
        """All that anything is kept of."""

    def remove(self, target: Target) -> Iterator[None]:
        """Removes all rows, some in each step, which is a short transaction of its own.

        May be left off after any step, by a process that dies as well: what is left is kept still.
        """


Gone = Callable[[Sequence[Target]], Collection[str]]
"""The ids of those that are certain to be no more. RpcError when that cannot be told."""


class GoneTargets(Periodic):
    """A thread that removes the rows of what is gone. Several processes may do so with the same database."""

    def __init__(self, log: JobLog, rows: Rows, gone: Gone, interval_seconds: float, *, works: bool = True) -> None:
        """`works`: whether it is done here; otherwise it is left to processes that do, and a start begins nothing."""
        super().__init__("gone-targets", interval_seconds, stop_seconds=5.0, failed="rows of what is gone stay for now")
        self._log = log
        self._rows = rows
        self._gone = gone
        self._works = works
        self._missing: frozenset[Target] = frozenset()

    def start(self) -> None:
        """Begins."""
        if self._works:
            super().start()

    def work(self) -> None:
        """One round."""
        former, self._missing = self._missing, frozenset()
        missing = self._ask()
        if missing & former:
            at_work = self._log.targets()  # asked behind the neighbour: who began before is among them
            for target in sorted(missing & former):
                if target.id not in at_work and not self._remove(target):
                    return
        self._missing = missing

    def _forever(self) -> None:
        stand_back()
        super()._forever()

    def _ask(self) -> frozenset[Target]:
        targets = sorted(self._rows.targets())
        if not targets:
            return frozenset()
        try:
            gone = set(self._gone(targets))
        except grpc.RpcError as error:
            code = error.code().name if isinstance(error, grpc.Call) else type(error).__name__
            logger().warning("it cannot be told what is gone; nothing is removed", code=code)
            return frozenset()
        return frozenset(target for target in targets if target.id in gone)

    def _remove(self, target: Target) -> bool:
        """Whether all of it is gone: not when the service stops meanwhile."""
        for _ in self._rows.remove(target):
            if self.is_stopping:
                return False
        logger().info("removed what is gone", workspace=target.workspace_id, target=target.id)
        return True
