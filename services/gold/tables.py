"""Tables of the Gold service.

Scores and results hold fault codes instead of sentences; `gradings` holds what the codes cost and mean (see
`rubric.grading`). Times are milliseconds since 1970 in UTC. Product ids sort bytewise on every database.
"""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Rows live in the primary key's own tree: a table is written once instead of twice.
BY_KEY = {"sqlite_with_rowid": False}


class GoldTable(SQLModel, registry=registry()):
    """Base of the service's tables: a registry of its own, so that services can share a test process."""


class Grading(GoldTable, table=True):
    """What fault codes cost and mean under one set of weights; written once, never changed."""

    __tablename__ = "gradings"

    id: str = Field(sa_type=sa.String(16), primary_key=True)
    faults: str = Field(sa_type=sa.Text)


class Run(GoldTable, table=True):
    """One Gold run and the summary it left; the summary's columns are null until the run is complete."""

    __tablename__ = "runs"
    __table_args__: ClassVar[Any] = (sa.Index("ix_runs_catalog", "workspace_id", "catalog_id", "number"),)

    number: int | None = Field(default=None, sa_type=NUMBER, primary_key=True)
    job_id: str = Field(sa_type=sa.String(36), unique=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    catalog_id: str = Field(sa_type=sa.String(64))
    grading_id: str = Field(sa_type=sa.String(16))
    completed_at: int | None = Field(default=None, sa_type=sa.BigInteger)
    avg_score: float | None = Field(default=None, sa_type=sa.Float)
    excellent: int | None = None
    good: int | None = None
    warning: int | None = None
    poor: int | None = None
    top_gaps: str | None = Field(default=None, sa_type=sa.Text)


class RunResult(GoldTable, table=True):
    """How one product fared in a run, at its place in the run's order."""

    __tablename__ = "run_results"
    __table_args__ = BY_KEY

    run: int = Field(sa_type=NUMBER, primary_key=True)
    position: int = Field(sa_type=sa.BigInteger, primary_key=True)
    product_id: str = Field(sa_type=PRODUCT_ID)
    score: int | None = None
    faults: str | None = None
    error: int | None = Field(default=None, description="Number in results.ERRORS; null for a success.")


class Score(GoldTable, table=True):
    """A product's newest score."""

    __tablename__ = "scores"
    __table_args__ = BY_KEY

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    product_id: str = Field(sa_type=PRODUCT_ID, primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    score: int
    faults: str
    gap_mask: int
    grading_id: str = Field(sa_type=sa.String(16))
    product_fingerprint: str = Field(sa_type=sa.String(32))
    scored_at: int = Field(sa_type=sa.BigInteger)


def table_of(model: type[GoldTable]) -> sa.Table:
    """The SQLAlchemy table behind a model."""
    table = model.metadata.tables[str(model.__tablename__)]
    assert isinstance(table, sa.Table)  # noqa: S101 - narrows for the type checker
    return table


GRADINGS, RUNS, RESULTS, SCORES = (table_of(model) for model in (Grading, Run, RunResult, Score))
