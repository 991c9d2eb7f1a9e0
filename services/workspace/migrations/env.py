"""Alembic's entry: see services.runtime.migrations."""

from services.runtime.migrations import run_env
from services.workspace.tables import METADATA

run_env(METADATA)
