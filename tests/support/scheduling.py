"""Which worker of pytest-xdist gets which file of tests.

Tests of the whole stack mostly wait for its processes, and all others compute. Given out together they would be waited
for together, and at the same time want more processors than there are; so every other worker begins with the ones and
the others with the others. Then most of the time one stack is up, which the tests that can share it do share.
"""

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

STACKS = "tests/e2e/"


class StacksApart(LoadFileScheduling):
    """File by file, as `--dist loadfile` does, but for the order: stacks for one half of the workers."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        stacks = self.nodes.index(node) % 2 == 0
        kind = [file for file in self.workqueue if file.startswith(STACKS) == stacks]
        if kind:
            # Files with many tests come first, and tests of stacks are long where they are few: long ones begin.
            self.workqueue.move_to_end(kind[-1 if stacks else 0], last=False)
        super()._assign_work_unit(node)
