"""Threads that are shared fairly."""

import os
import queue
import sys
import threading

import pytest

from services.runtime.jobs.threads import NICENESS
from services.runtime.jobs.turns import TurnsPool


@pytest.fixture
def pools():
    made = []

    def make(threads):
        made.append(TurnsPool(threads, "tests"))
        return made[-1]

    yield make
    for pool in made:
        pool.shutdown()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_who_does_jobs_stands_back_behind_who_answers_calls(pools):
    pool, seen = pools(1), queue.SimpleQueue()
    pool.submit("a", lambda: seen.put(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert seen.get(timeout=10) == max(mine, NICENESS)


def test_what_waits_can_be_taken_back(pools):
    pool, gate, done = pools(1), threading.Event(), []
    at_work, waiting, other = lambda: gate.wait(10), lambda: done.append("waiting"), lambda: done.append("other")
    for work in (at_work, waiting, other):
        pool.submit("a", work)
    assert (pool.withdraw("a", waiting), pool.withdraw("a", waiting)) == (True, False)
    assert (pool.withdraw("a", at_work), pool.withdraw("b", other)) == (False, False)
    ended = threading.Event()
    pool.submit("a", ended.set)
    gate.set()
    assert ended.wait(10)
    assert done == ["other"]


def test_who_has_asked_for_little_does_not_wait_for_all_of_who_asked_for_much(pools):
    pool, order, gate, done = pools(1), [], threading.Event(), threading.Semaphore(0)

    def work(name):
        def run():
            assert gate.wait(10)
            order.append(name)
            done.release()

        return run

    for number in range(3):
        pool.submit("a", work(f"a{number}"))
    pool.submit("b", work("b0"))
    pool.submit("c", work("c0"))
    assert pool.others_wait("a")
    gate.set()
    for _ in range(5):
        assert done.acquire(timeout=10)
    assert order == ["a0", "b0", "c0", "a1", "a2"]


def test_nobody_has_all_threads(pools):
    pool, inside, gate = pools(4), threading.Semaphore(0), threading.Event()

    def hold():
        inside.release()
        gate.wait(10)

    for _ in range(4):
        pool.submit("a", hold)
    assert inside.acquire(timeout=10)
    assert inside.acquire(timeout=10)
    assert not inside.acquire(timeout=0.1)
    assert (pool.free, pool.others_wait("a"), pool.others_wait("b")) == (2, False, False)
    ended = threading.Event()
    pool.submit("b", ended.set)
    assert ended.wait(10)
    gate.set()
    assert inside.acquire(timeout=10)
    assert inside.acquire(timeout=10)


def test_what_raises_gives_its_thread_back(pools):
    pool, ended = pools(1), threading.Event()
    pool.submit("a", lambda: 1 / 0)
    pool.submit("a", ended.set)
    assert ended.wait(10)


def test_nothing_is_begun_after_the_end(pools):
    pool, gate, begun, late = pools(1), threading.Event(), threading.Event(), threading.Event()

    def hold():
        begun.set()
        gate.wait(10)

    pool.submit("a", hold)
    pool.submit("a", late.set)
    assert begun.wait(10)
    pool.shutdown()
    gate.set()
    pool.submit("a", late.set)
    assert not late.wait(0.1)
