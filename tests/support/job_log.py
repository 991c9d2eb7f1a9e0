"""A log of jobs in a database of its own, for tests of the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from services.runtime.database import Database
from services.runtime.jobs import JobLog
from services.runtime.jobs.tables import job_tables


@contextmanager
def job_log(folder: Path) -> Iterator[JobLog]:
    """The log, in a file in `folder`."""
    database = Database(f"sqlite:///{folder}/jobs.sqlite3")
    metadata = sa.MetaData()
    job_tables(metadata)
    metadata.create_all(database.engine)
    yield JobLog(database)
    database.dispose()
