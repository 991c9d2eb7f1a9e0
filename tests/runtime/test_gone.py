"""Rows of targets that are gone: when they are removed, and when not."""

import threading

import grpc
import pytest

from services.runtime.jobs import GoneTargets, Job, Target
from tests.support.job_log import job_log

A, B, C = Target("ws_a", "a"), Target("ws_a", "b"), Target("ws_b", "c")


class Kept:
    """Rows of targets: so many of each."""

    def __init__(self):
        self.rows = {A: 3, B: 2, C: 1}
        self.removed = threading.Event()
        self.after_step = lambda: None

    def targets(self):
        return list(self.rows)

    def remove(self, target):
        while self.rows[target]:
            self.rows[target] -= 1
            self.after_step()
            yield
        del self.rows[target]
        self.removed.set()


class Neighbour:
    """Says what is gone, or fails."""

    def __init__(self):
        self.gone = set()
        self.error = None
        self.asked = []

    def __call__(self, targets):
        self.asked.append(list(targets))
        if self.error:
            raise self.error
        return self.gone


@pytest.fixture
def log(tmp_path):
    with job_log(tmp_path) as log:
        yield log


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def neighbour():
    return Neighbour()


@pytest.fixture
def gone_targets(log, kept, neighbour):
    return GoneTargets(log, kept, neighbour, 3600)


def test_what_is_gone_twice_is_removed(gone_targets, kept, neighbour):
    gone_targets.work()
    neighbour.gone = {"a", "c", "of which nothing is kept"}
    gone_targets.work()
    assert kept.rows == {A: 3, B: 2, C: 1}
    gone_targets.work()
    assert kept.rows == {B: 2}
    gone_targets.work()
    assert neighbour.asked == [[A, B, C]] * 3 + [[B]]


def test_the_two_times_follow_each_other(gone_targets, kept, neighbour):
    for gone in ({"a"}, {"b"}, {"a"}, set(), {"a"}):
        neighbour.gone = gone
        gone_targets.work()
    assert kept.rows == {A: 3, B: 2, C: 1}


@pytest.mark.parametrize("times", [1, 3])
def test_a_neighbour_that_does_not_answer_says_nothing(gone_targets, kept, neighbour, times):
    neighbour.gone = {"a"}
    gone_targets.work()
    neighbour.error = grpc.RpcError()
    for _ in range(times):
        gone_targets.work()
    neighbour.error = None
    gone_targets.work()
    assert kept.rows == {A: 3, B: 2, C: 1}
    gone_targets.work()
    assert kept.rows == {B: 2, C: 1}


def test_nobody_is_asked_where_nothing_is_kept(gone_targets, kept, neighbour):
    kept.rows.clear()
    gone_targets.work()
    assert neighbour.asked == []


def test_jobs_end_first_whosever_they_are(gone_targets, kept, neighbour, log):
    for job_id, owner in (("one", "this#1"), ("waits", "")):
        log.add(Job(job_id, "kind", "ws_a", "a", {}), b"", owner, 0)
    neighbour.gone = {"a", "c"}
    for left in ({A: 3, B: 2, C: 1}, {A: 3, B: 2}, {A: 3, B: 2}):
        gone_targets.work()
        assert kept.rows == left
    log.remove("one")
    gone_targets.work()
    assert kept.rows == {A: 3, B: 2}
    log.remove("waits")
    gone_targets.work()
    assert kept.rows == {B: 2}


def test_a_stop_is_waited_for_no_longer_than_a_step_takes(log, kept, neighbour):
    neighbour.gone = {"a", "b"}
    gone_targets = GoneTargets(log, kept, neighbour, 0.01)
    kept.after_step = gone_targets._stopping.set
    gone_targets.start()
    gone_targets._thread.join(10)
    assert kept.rows == {A: 2, B: 2, C: 1}
    again = GoneTargets(log, kept, neighbour, 3600)
    for _ in range(2):
        again.work()
    assert kept.rows == {C: 1}


def test_the_thread_removes_until_it_is_stopped(log, kept, neighbour):
    neighbour.gone = {"c"}
    gone_targets = GoneTargets(log, kept, neighbour, 0.01)
    gone_targets.start()
    assert kept.removed.wait(10)
    gone_targets.stop()
    assert not any(thread.name == "gone-targets" for thread in threading.enumerate())


def test_processes_that_only_answer_calls_leave_it_to_others(log, kept, neighbour):
    gone_targets = GoneTargets(log, kept, neighbour, 0.01, works=False)
    gone_targets.start()
    assert not any(thread.name == "gone-targets" for thread in threading.enumerate())
    gone_targets.stop()
