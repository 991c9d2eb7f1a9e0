"""Jobs: tracked runs made of partitions, which outlive the process that works on them."""

from services.runtime.jobs.engine import LocalEngine
from services.runtime.jobs.followers import Follow, Follower, Followers, begun
from services.runtime.jobs.gone import GoneTargets, Rows, Target
from services.runtime.jobs.ledger import JobLedger, claim_owner
from services.runtime.jobs.log import JobLog
from services.runtime.jobs.model import Job, JobSpec, JsonObject, Outcome, Plan, Runner
from services.runtime.jobs.run import Run

__all__ = [
    "Follow",
    "Follower",
    "Followers",
    "GoneTargets",
    "Job",
    "JobLedger",
    "JobLog",
    "JobSpec",
    "JsonObject",
    "LocalEngine",
    "Outcome",
    "Plan",
    "Rows",
    "Run",
    "Runner",
    "Target",
    "begun",
    "claim_owner",
]
