"""Alembic, run when a service starts. Each service keeps its revisions in `services/<name>/migrations/versions`."""

from __future__ import annotations

import fcntl
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from services.runtime.database import Database, hold, may_pass
from services.runtime.log import logger


def migrate(database: Database, folder: Path, *, patience_seconds: float = 0) -> None:
    """Brings the database to the newest revision. Safe when several processes start at once; quick when up to date.

    A database that is away is waited for: a service may start before it, or while it starts anew.
    """
    Retrying(
        retry=retry_if_exception(may_pass),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        stop=stop_after_delay(patience_seconds),
        before_sleep=_tell,
        reraise=True,
    )(_migrate, database, alembic_config(folder))


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger().warning("the database does not answer; it is waited for", tries=state.attempt_number, error=str(error))


def _migrate(database: Database, config: Config) -> None:
    database.create_schema()
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
    if current is not None and current == ScriptDirectory.from_config(config).get_current_head():
        return
    if database.file is None:
        _upgrade(database, config)
        return
    with Path(f"{database.file}.migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _upgrade(database, config)


def alembic_config(folder: Path) -> Config:
    """The Alembic configuration of a service's migrations folder."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(database: Database, config: Config) -> None:
    with database.write() as connection:
        hold(connection, "migrations")  # PostgreSQL undoes tables, too: whoever waited here finds all revisions or none
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def run_env(metadata: sa.MetaData) -> None:
    """The body of every service's migrations/env.py."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()
