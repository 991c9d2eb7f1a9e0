"""The whole stack on PostgreSQL, where every service has a schema of its own: the main job comes out as with files."""

import time
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.e2e.chaos import differences, everything, main_job
from tests.e2e.disturbing import Patient

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SECONDS = 200
SAMPLES = Path(__file__).parents[2] / "samples"
SCOPES = ("catalogs:write", "products:read", "products:write", "jobs:read", "brands:write")


@pytest.fixture
def url(postgres_server):
    with postgres_server.cleared() as server:
        yield server.url()


@pytest.fixture
def on_postgresql(url, make_stack):
    """Ended before its database is gone."""
    return make_stack(ASSAY_DATABASE_URL=url).start()


def outcome(stack, rows):
    """All that comes out of the main job in a workspace of its own."""
    workspace = f"ws_{uuid.uuid4().hex[:12]}"
    client = Patient(stack, stack.make_key(workspace, *SCOPES), workspace, time.monotonic() + SECONDS)
    answer = client.post("brands/import", {"csv": (SAMPLES / "brands.csv").read_text()})
    assert answer.status_code == 200, answer.text
    catalog, told = main_job(client, rows)
    return told | everything(client, catalog)


def test_the_main_job_comes_out_as_with_files(stack, on_postgresql, url):
    rows = (SAMPLES / "catalog.csv").read_bytes()
    with_files = outcome(stack, rows)

    assert differences(with_files, outcome(on_postgresql, rows)) == []

    assert with_files["gold"]["succeeded"] > len(with_files["products"]) / 2
    assert on_postgresql.stop() == 0
    assert not list(on_postgresql.home.rglob("*.sqlite3"))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    assert {"ingest", "silver", "gold", "workspace"} <= set(sa.inspect(engine).get_schema_names())
