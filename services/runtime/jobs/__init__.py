"""Jobs: tracked runs made of partitions, behind a port that a durable engine can take over."""

from services.runtime.jobs.engine import LocalEngine, Run
from services.runtime.jobs.ledger import JobLedger, claim_owner
from services.runtime.jobs.model import Job, JobSpec, JsonObject, Outcome, Plan, Runner

__all__ = [
    "Job",
    "JobLedger",
    "JobSpec",
    "JsonObject",
    "LocalEngine",
    "Outcome",
    "Plan",
    "Run",
    "Runner",
    "claim_owner",
]
