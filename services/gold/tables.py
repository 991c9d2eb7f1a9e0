"""Tables of the Gold service.

Scores and results hold numbers of checks instead of sentences; `gradings` holds what those cost and mean (see
`rubric.grading`). Both lie in columns, a partition at a time (`columns`). Times are milliseconds since 1970 in UTC.
Product ids sort bytewise on every database.
"""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.runtime.jobs.tables import job_tables

PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


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
    __table_args__: ClassVar[Any] = (
        sa.Index("ix_runs_catalog", "workspace_id", "catalog_id", "number"),
        # A number is never given again: what was of a run that is gone is no other one's.
        {"sqlite_autoincrement": True},
    )

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
    top_gaps: str | None = Field(default=None, sa_type=sa.Text, description="JSON list of names.")
    gap_details: str | None = Field(default=None, sa_type=sa.Text, description="JSON list of [field, products, gain].")
    catalog_avg_score: float | None = Field(default=None, sa_type=sa.Float)
    feed_ready: int | None = None
    preview: bool = Field(default=False, description="It changed nothing, and its summary is of what might be.")


class ResultPart(GoldTable, table=True):
    """How the products of one partition of a run fared."""

    __tablename__ = "result_parts"

    run: int = Field(sa_type=NUMBER, primary_key=True)
    partition: int = Field(sa_type=sa.BigInteger, primary_key=True)
    rows: int
    succeeded: int
    score_sum: int = Field(sa_type=sa.BigInteger)
    columns: bytes = Field(sa_type=sa.LargeBinary, description="A frame of `columns.RESULTS`.")


class ScoreSegment(GoldTable, table=True):
    """Scores of some products. Of a product that is in several live segments, the one of the highest number counts."""

    __tablename__ = "score_segments"
    __table_args__: ClassVar[Any] = (
        sa.Index("ix_score_segments_catalog", "catalog_id", "number"),
        sa.UniqueConstraint("catalog_id", "run", "partition", name="uq_score_segments_partition"),
        # A number is never given again: whoever has read a segment knows it by its number.
        {"sqlite_autoincrement": True},
    )

    number: int | None = Field(default=None, sa_type=NUMBER, primary_key=True)
    catalog_id: str = Field(sa_type=sa.String(64))
    workspace_id: str = Field(sa_type=sa.String(64))
    run: int = Field(sa_type=NUMBER)
    partition: int = Field(sa_type=sa.BigInteger)
    state: str = Field(sa_type=sa.String(8), description="live, pending or preview; see `store.scores`.")
    base: bool = Field(description="Of a run over the whole catalog: no other base segment has a product of its.")
    first_id: str = Field(sa_type=PRODUCT_ID)
    last_id: str = Field(sa_type=PRODUCT_ID)
    rows: int
    counts: bytes = Field(sa_type=sa.LargeBinary, description="`tallies` of its rows, less those of what it replaced.")
    gradings: str = Field(sa_type=sa.Text)
    columns: bytes = Field(sa_type=sa.LargeBinary, description="A frame of `columns.SCORES` in id order.")


def table_of(model: type[GoldTable]) -> sa.Table:
    """The SQLAlchemy table behind a model."""
    table = model.metadata.tables[str(model.__tablename__)]
    assert isinstance(table, sa.Table)  # noqa: S101 - narrows for the type checker
    return table


GRADINGS, RUNS, RESULT_PARTS, SEGMENTS = (table_of(model) for model in (Grading, Run, ResultPart, ScoreSegment))
job_tables(GoldTable.metadata)
