"""Jobs: tracked runs made of partitions, behind a port that a durable engine can take over."""

from services.runtime.jobs.engine import LocalEngine, Run
from services.runtime.jobs.followers import Follow, Follower, Followers, begun
from services.runtime.jobs.ledger import JobLedger, claim_owner
from services.runtime.jobs.model import Job, JobSpec, JsonObject, Outcome, Plan, Runner

__all__ = [
    "Follow",
    "Follower",
    "Followers",
    "Job",
    "JobLedger",
    "JobSpec",
    "JsonObject",
    "LocalEngine",
    "Outcome",
    "Plan",
    "Run",
    "Runner",
    "begun",
    "claim_owner",
]
