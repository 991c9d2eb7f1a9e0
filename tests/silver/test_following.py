"""Gold after a Silver run, where the workspace's settings say so."""

import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2
from assay.workspace.v1.settings_pb2 import PipelineSettings

from services.runtime.channels import Channels
from services.runtime.jobs import Outcome
from services.silver.following import GoldAfterSilver
from tests.silver.test_options import job

ON = PipelineSettings(auto_trigger_gold=True)
PREVIEW = PipelineSettings(auto_trigger_gold=True, preview_mode=True)


@pytest.mark.parametrize("ids", [(), ("b", "zz", "a")])
def test_gold_follows_over_the_same_products(world, catalog, normalize, ids):
    world.settings["ws_a"] = ON
    catalog_id = catalog({name: {"title": name} for name in "abcdef"})
    events = normalize(catalog_id, *ids, notify_email=True)  # which is about this run alone
    assert world.score.acquire(timeout=10)
    wanted = gold_service_pb2.ScoreRequest(
        workspace_id="ws_a",
        catalog_id=catalog_id,
        scope=run_pb2.SCOPE_SELECTION if ids else run_pb2.SCOPE_ALL,
        product_ids=ids,
    )
    assert world.scored == [(wanted, events[0].started.job_id)]


def test_nothing_follows_a_preview_nor_a_run_of_a_workspace_that_wants_none(world, catalog, normalize):
    catalog_id = catalog({"a": {"title": "A"}})
    normalize(catalog_id)
    world.settings["ws_a"] = PREVIEW
    normalize(catalog_id)
    normalize(catalog_id, preview_mode=False)
    world.settings["ws_a"] = ON
    normalize(catalog_id, preview_mode=True)
    last = normalize(catalog_id, "a")
    assert world.score.acquire(timeout=10)
    assert [after for _, after in world.scored] == [last[0].started.job_id]


@pytest.mark.parametrize(
    ("settings", "params", "status", "follows"),
    [
        (ON, {}, "completed", True),
        (ON, {"previewMode": False}, "completed", True),
        (ON, {"previewMode": True}, "completed", False),
        (ON, {}, "failed", False),
        (ON, {}, "cancelled", False),
        (PREVIEW, {}, "completed", False),
        (PREVIEW, {"previewMode": False}, "completed", False),
        (PipelineSettings(auto_trigger_silver=True), {}, "completed", False),
        (None, {}, "completed", False),
    ],
)
def test_what_follows_which_run(settings, params, status, follows):
    channels = Channels("secret", max_message_bytes=1 << 20)
    follow = GoldAfterSilver(channels.to("127.0.0.1:1"))
    for ids, key in (({}, None), ({"productIds": ["b", "a"]}, ("b", "a"))):
        follower = follow(job(settings, **params, **ids), Outcome(status))
        assert (follower is not None) is follows
        if follower:
            assert follower.key == ("ws_a", "cat", key)
    channels.close()
