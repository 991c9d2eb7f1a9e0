"""Results of a run are read while its partitions end in any order: none is missed, none comes twice."""

import itertools
import threading

import pytest
from assay.common.v1 import run_pb2
from assay.gold.v1 import gold_service_pb2 as pb

from services.gold.store import RunStore
from services.gold.store.runs import PARTITION_PLACES
from tests.gold.conftest import PARTITION_SIZE
from tests.gold.test_store import runs, store, write  # noqa: F401 - fixtures are found by their names

IDS = [f"p{number:02}" for number in range(12)]


class Reader:
    """Reads on from page to page, as the contract says."""

    def __init__(self, call, job_id, size):
        self._call, self._job_id, self._size = call, job_id, size
        self.seen, self.cursor = [], ""

    def page(self, *, active):
        request = pb.ListScoreResultsRequest(
            workspace_id="ws_a", job_id=self._job_id, page_size=self._size, page_token=self.cursor, while_active=active
        )
        answer = self._call("ListScoreResults", request)
        self.seen += [result.product_id for result in answer.results]
        self.cursor = answer.pagination.cursor
        return answer.pagination

    def rest(self):
        while self.page(active=False).has_more:
            pass
        return self.seen


@pytest.fixture
def run_with_a_gap(catalog, world, grpc_stub):
    """A run in which the second partition waits while others are done; gives its job and what lets it go on."""
    gate = threading.Event()
    world.before_range = lambda after_id: gate.wait(60) if after_id == IDS[PARTITION_SIZE - 1] else None
    request = pb.ScoreRequest(
        workspace_id="ws_a", catalog_id=catalog({name: {} for name in IDS}), scope=run_pb2.SCOPE_ALL
    )
    stream = grpc_stub.Score(request, metadata=(("authorization", "Bearer token-a"),), timeout=60)
    yield next(stream).started.job_id, gate
    gate.set()
    stream.cancel()


def test_a_partition_that_ends_late_is_not_passed_over(run_with_a_gap, call, world):
    job_id, gate = run_with_a_gap
    there = []
    while not {IDS[0], IDS[-1]} <= {*there}:  # until something is there before and behind what is not
        there = Reader(call, job_id, 100).rest()
        threading.Event().wait(0.02)
    reader = Reader(call, job_id, 3)
    for _ in range(4):
        page = reader.page(active=True)
        assert page.has_more
        assert reader.seen == IDS[: len(reader.seen)]
    assert len(reader.seen) == PARTITION_SIZE
    gate.set()
    while job_id not in world.ends:
        reader.page(active=True)
        threading.Event().wait(0.02)
    assert reader.rest() == IDS


def test_a_job_that_has_not_begun_is_an_empty_page_to_ask_again_after(call, refused):
    reader = Reader(call, "not-yet", 3)
    assert reader.page(active=True).has_more
    assert (reader.seen, reader.page(active=True).cursor) == ([], reader.cursor)
    request = pb.ListScoreResultsRequest(workspace_id="ws_a", job_id="not-yet")
    assert refused("ListScoreResults", request)[:2] == ("NOT_FOUND", "JOB_NOT_FOUND")
    request = pb.ListScoreResultsRequest(workspace_id="ws_a", job_id="not-yet", while_active=True, page_token="x")
    assert refused("ListScoreResults", request)[1:] == ("VALIDATION_ERROR", ["cursor"])


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_whatever_order_partitions_end_in_every_result_comes_once(runs: RunStore, store, order, size):  # noqa: F811
    """Partition 2 has nothing to tell."""
    rows = {number: [(f"p{number}{place}", place) for place in range(3 if number != 2 else 0)] for number in range(4)}
    seen, after = [], -1
    for number in order:
        write(store, 7, rows[number], partition=number)
        found, positions = runs.results(7, after, size, gapless=True)
        seen += found["product_id"].to_list()
        after = positions[-1] if positions else after
    assert seen == sorted(seen)
    while positions or after < 3 * PARTITION_PLACES:
        found, positions = runs.results(7, after, size)
        seen += found["product_id"].to_list()
        after = positions[-1] if positions else after
    assert seen == [product_id for number in range(4) for product_id, _ in rows[number]]
