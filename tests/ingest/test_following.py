"""Silver after an import, where the workspace's settings say so."""

import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import silver_service_pb2
from assay.workspace.v1 import job_pb2
from assay.workspace.v1.settings_pb2 import PipelineSettings

from services.ingest.following import SilverAfterImport
from services.runtime.channels import Channels
from services.runtime.jobs import Job, Outcome
from tests.ingest.conftest import INTERNAL

ON = PipelineSettings(auto_trigger_silver=True)
COUNTS = {"total": 9, "created": 0, "updated": 0, "unchanged": 5, "errors": 4}


@pytest.fixture
def silver(workspace):
    """The neighbour of a workspace that wants Silver after imports."""
    workspace.settings = ON
    workspace.silver.runs.clear()
    yield workspace.silver
    workspace.settings = None


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr("services.runtime.jobs.followers.FIRST_PAUSE_SECONDS", 0.01)


def test_a_silver_run_over_the_catalog_follows_an_import(silver, do_import, catalog):
    job, _ = do_import("id,name\n1,a\n2,b\n", catalog, notify_email=True)  # which is about this import alone
    assert silver.run.acquire(timeout=10)
    wanted = silver_service_pb2.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog, scope=run_pb2.SCOPE_ALL)
    assert silver.runs == [(wanted, f"Bearer {INTERNAL}", job.id, job_pb2.JOB_STATUS_COMPLETED)]


def test_nothing_follows_an_import_that_changed_nothing_or_failed(silver, do_import, catalog):
    first, _ = do_import("id,name\n1,a\n", catalog)
    assert silver.run.acquire(timeout=10)
    assert do_import("id,name\n1,a\n", catalog)[1]["unchanged"] == 1
    assert do_import('[{"id": 1', catalog)[0].status == job_pb2.JOB_STATUS_FAILED
    changed, _ = do_import("id,name\n1,b\n", catalog)
    assert silver.run.acquire(timeout=10)
    assert [run[2] for run in silver.runs] == [first.id, changed.id]


def test_while_another_run_holds_the_catalog_it_is_tried_again(silver, do_import, catalog):
    silver.refusals = 3
    job, _ = do_import("id,name\n1,a\n", catalog)
    assert silver.run.acquire(timeout=10)
    assert (silver.refusals, [run[2] for run in silver.runs]) == (0, [job.id])
    assert job.status == job_pb2.JOB_STATUS_COMPLETED


@pytest.mark.parametrize(
    ("settings", "status", "changes", "follows"),
    [
        (ON, "completed", {"created": 1}, True),
        (ON, "completed", {"updated": 1}, True),
        (ON, "completed", {}, False),
        (ON, "failed", {"created": 1}, False),
        (ON, "cancelled", {"created": 1}, False),
        (None, "completed", {"created": 1}, False),
        (PipelineSettings(), "completed", {"created": 1}, False),
        (PipelineSettings(auto_trigger_gold=True), "completed", {"created": 1}, False),
        (PipelineSettings(auto_trigger_silver=True, preview_mode=True), "completed", {"created": 1}, False),
    ],
)
def test_what_follows_which_import(workspace, settings, status, changes, follows):
    channels = Channels(INTERNAL, max_message_bytes=1 << 20)
    follow = SilverAfterImport(channels.to(workspace.address))
    outcome = Outcome(status, COUNTS | changes if status == "completed" else {})
    follower = follow(Job("j", "import", "ws_a", "cat_1", {}, settings=settings), outcome)
    assert (follower is not None) is follows
    if follower:
        assert follower.key == ("ws_a", "cat_1")
    channels.close()
