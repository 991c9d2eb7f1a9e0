"""Work of many callers that is done together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.ingest.store.combining import Combiner


class Held:
    """Work that waits the first time, so that others come meanwhile."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.together = []

    def do(self, works):
        self.together.append([list(work) for work in works])
        if len(self.together) == 1:
            self.begun.set()
            assert self.go_on.wait(20)
        if any("bad" in work for work in works):
            raise ZeroDivisionError
        return [sum(work) for work in works]


def run_beside(held, combiner, works, waiting):
    """One caller, and then others while its work is under way."""
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(combiner.run, [1])
        assert held.begun.wait(20)
        others = []
        for work in works:
            others.append(pool.submit(combiner.run, work))
            while len(combiner._waiting) < len(others):
                assert not waiting.wait(0.001)
        held.go_on.set()
        assert first.result(20) == 1
        return [other.exception(20) or other.result() for other in others]


def test_who_comes_meanwhile_goes_together():
    held = Held()
    found = run_beside(held, Combiner(held.do, 10), [[2], [3, 4], [5]], threading.Event())
    assert found == [2, 7, 5]
    assert held.together == [[[1]], [[2], [3, 4], [5]]]


def test_no_more_is_done_together_than_the_limit_but_one_caller_is_never_parted():
    held = Held()
    found = run_beside(held, Combiner(held.do, 2), [[2], [3, 4, 5], [6], [7]], threading.Event())
    assert found == [2, 12, 6, 7]
    assert held.together == [[[1]], [[2]], [[3, 4, 5]], [[6], [7]]]


def test_what_fails_fails_for_all_that_went_together_and_for_nobody_else():
    held = Held()
    combiner = Combiner(held.do, 2)
    found = run_beside(held, combiner, [[2], ["bad"], [3], [4]], threading.Event())
    assert [type(one) for one in found[:2]] == [ZeroDivisionError] * 2
    assert found[2:] == [3, 4]
    with pytest.raises(ZeroDivisionError):
        combiner.run(["bad"])
    assert combiner.run([5]) == 5


def test_nobody_does_the_work_of_others_once_his_own_is_done():
    """Each of the rounds is done by one whose work is of it."""
    led = []

    def do(works):
        led.append((threading.current_thread().name, [name for work in works for name in work]))
        return [None] * len(works)

    combiner = Combiner(do, 3)
    gate = threading.Barrier(8)

    def calls():
        gate.wait(20)
        for _ in range(50):
            combiner.run([threading.current_thread().name])

    threads = [threading.Thread(target=calls, name=f"caller {number}") for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sum(len(names) for _, names in led) == 8 * 50
    assert all(leader == names[0] for leader, names in led)
