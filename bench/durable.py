"""What it costs that a job survives: `python -m bench.durable CATALOG`, in the environment of a stack.

The partitions of Silver's main job, in this process with the service's own parts: once as the engine runs them, with
all that is written down to go on after a crash, and once as plain calls side by side; in turns. Prints JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.stack import WORKSPACE
from services.runtime.assembly import Parts
from services.runtime.jobs import JobLedger, JobSpec, LocalEngine, Outcome, claim_owner
from services.runtime.server import SWITCH_SECONDS
from services.silver.app import MIGRATIONS, runner_of
from services.silver.images.runs import RunImages
from services.silver.neighbours import Ingest
from services.silver.runner import KIND, SilverRunner
from services.silver.settings import SilverSettings
from services.silver.store import Store

ROUNDS = 3
PARAMS = {"imageChecks": "syntax", "duplicates": "certain"}


def inline(ledger: JobLedger, runner: SilverRunner, spec: JobSpec, threads: int) -> None:
    """The job as plain calls; its record is opened and ended, nothing else is written down."""
    job = ledger.start(spec)
    plan = runner.prepare(job)
    with ThreadPoolExecutor(threads) as pool:
        units = sum(pool.map(lambda partition: runner.run_partition(job, partition), plan.partitions))
    ledger.finish(job, Outcome("completed", runner.complete(job)), units, plan.total)
    runner.forget(job)


def durable(engine: LocalEngine, spec: JobSpec) -> None:
    """The job as the service runs it."""
    run = engine.open(spec)
    engine.schedule(run)
    run.finished.wait()
    run.raise_failure()


def timed(work: Callable[[], None]) -> dict[str, float]:
    """Seconds, and processor seconds of this process."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}


def main(catalog_id: str) -> None:
    """Both ways in turns, after one that is not measured."""
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = SilverSettings()
    parts = Parts.of(settings, MIGRATIONS)
    store, ingest = Store(parts.database), Ingest(parts.channel("ingest"))
    runner = runner_of(parts, settings, store, ingest, RunImages(None))
    engine = parts.engine({KIND: runner})
    engine.start()
    ledger = JobLedger(parts.channel("workspace"), claim_owner(settings.home / "run", "bench"))
    spec = JobSpec(KIND, "catalog", "pipeline_run", WORKSPACE, catalog_id, PARAMS, lock_key=catalog_id)
    durable(engine, spec)
    found: dict[str, list[dict[str, float]]] = {"inline": [], "durable": []}
    for _ in range(ROUNDS):
        found["inline"].append(timed(lambda: inline(ledger, runner, spec, settings.partition_threads)))
        found["durable"].append(timed(lambda: durable(engine, spec)))
    engine.stop()
    ledger.owner.release()
    parts.channels.close()
    parts.database.dispose()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
