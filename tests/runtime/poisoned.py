"""A process that works on jobs and dies of a row: `python -m tests.runtime.poisoned <port> <folder> <row>`."""

import os
import signal
import sys
import threading
from pathlib import Path

from services.runtime.channels import Channels
from services.runtime.database import Database
from services.runtime.jobs import JobLedger, JobLog, LocalEngine, Plan, Runner, claim_owner
from services.runtime.metrics import Metrics

PARTITION_ROWS = 250


class Rows(Runner):
    """Two partitions of rows that are numbers; one of the rows is deadly."""

    kind = "count"

    def __init__(self, deadly):
        self.deadly = deadly

    def prepare(self, job):
        return Plan([0, 1], 2 * PARTITION_ROWS)

    def run_partition(self, job, partition):
        self.probe(job, partition, self.rows(job, partition))
        return PARTITION_ROWS

    def rows(self, job, partition):
        return [f"row-{partition * PARTITION_ROWS + row}" for row in range(PARTITION_ROWS)]

    def probe(self, job, partition, rows):
        if self.deadly in rows:
            os.kill(os.getpid(), signal.SIGKILL)

    def complete(self, job):
        return {}

    def discard(self, job):
        pass


def main(port, folder, deadly):
    channel = Channels("secret", max_message_bytes=1 << 20).to(f"127.0.0.1:{port}")
    log = JobLog(Database(f"sqlite:///{folder}/jobs.sqlite3"))
    engine = LocalEngine(
        JobLedger(channel, claim_owner(Path(folder), "tests")), log, {"count": Rows(deadly)}, Metrics()
    )
    engine.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
