"""When a run asks for the tree, and when it knows it already."""

import grpc
import pytest

from services.runtime.jobs import Job
from services.silver.categories import RunCategories
from services.silver.neighbours import Categories
from tests.silver import peers


@pytest.fixture
def trees():
    """What runs see, and the trees of the world."""
    world = peers.World()
    world.trees["ws_a"] = [("1", "Garden")]
    with peers.serving(world) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield RunCategories(Categories(channel)), world.trees


def job(name, workspace="ws_a", version=""):
    return Job(name, "silver", workspace, "cat", {}, version)


def linked(index, path):
    return index.link(path).category is not None


def test_a_run_sees_one_tree_until_it_ends(trees):
    runs, planted = trees
    assert linked(runs.of(job("one")), "Garden")
    planted["ws_a"] = [("2", "Toys")]
    assert linked(runs.of(job("one")), "Garden")
    assert linked(runs.of(job("two")), "Toys")
    runs.forget("one")
    assert linked(runs.of(job("one")), "Toys")


def test_a_tree_that_did_not_change_is_kept_with_what_was_looked_up(trees):
    runs, _ = trees
    assert runs.of(job("one")) is runs.of(job("two"))


def test_a_tree_of_the_version_the_record_told_is_not_asked_for(trees):
    runs, planted = trees
    version = peers.version_of(planted["ws_a"])
    runs.of(job("one"))
    planted["ws_a"] = [("2", "Toys")]
    assert linked(runs.of(job("two", version=f"7.{version}")), "Garden")
    assert linked(runs.of(job("three", version=f"7.{version}9")), "Toys")


def test_workspaces_have_their_own_trees(trees):
    runs, _ = trees
    assert not runs.of(job("other", "ws_b"))
    assert runs.of(job("one"))
