"""Many write at once, on either database: what counts then is what one after another would have left."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.gold.app import MIGRATIONS
from services.gold.board import Boards
from services.gold.store import RunStore, ScoreStore
from services.gold.store import scores as scores_module
from services.gold.store.segments import LIVE, PREVIEW, Owner, hold_scores
from services.gold.tallies import tally_of
from tests.gold.test_store import DEFAULT, MINE, runs, scores_of, store, write  # noqa: F401 - found by their names
from tests.support.databases import opened

WRITERS = 6
PARTITIONS, SIZE = 24, 5
IDS = [f"p{number:03}" for number in range(PARTITIONS * SIZE)]
GONE = "q"


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    """So small that segments are put together and cut anew all the time."""
    monkeypatch.setattr(scores_module, "SMALL_SEGMENTS", 3)
    monkeypatch.setattr(scores_module, "SMALL_ROWS", 25)
    monkeypatch.setattr(scores_module, "SEGMENT_ROWS", 16)


@pytest.fixture
def side_by_side(database, store):  # noqa: F811 - `store` has emptied the database and knows the gradings
    """Does parts in several threads at once, each with stores of its own, as processes have."""

    def run(work, parts):
        gate = threading.Barrier(WRITERS)

        def some(start):
            own = ScoreStore(database, RunStore(database).grading)
            gate.wait(20)
            for part in parts[start::WRITERS]:
                work(own, part)

        with ThreadPoolExecutor(WRITERS) as pool:
            for future in [pool.submit(some, start) for start in range(WRITERS)]:
                future.result(60)

    return run


def twice(number, seed):
    """All partitions two times, in any order."""
    parts = [*range(number)] * 2
    random.Random(seed).shuffle(parts)
    return parts


def rows_of(partition, score):
    return [(product_id, score) for product_id in IDS[partition * SIZE : (partition + 1) * SIZE]]


def counts_of(store, owner=MINE):  # noqa: F811
    """The scores by product, once lists and counts are found to say the same as they do."""
    found = store.of_ids(owner, [*IDS, GONE])
    board = Boards(store, store._grading_of, 10_000).of(owner).scores
    assert board["product_id"].to_list() == found["product_id"].to_list()
    assert board["score"].to_list() == found["score"].to_list()
    total, counted = store.totals(owner), tally_of(found, store._grading_of)
    assert (total.counts == counted.counts).all()
    return dict(zip(found["product_id"], found["score"], strict=True))


def test_partitions_of_a_run_over_some_products(store, side_by_side):  # noqa: F811
    write(store, 1, [(product_id, 1) for product_id in IDS], whole=True)
    store.finish_whole(1, MINE)

    side_by_side(lambda own, part: write(own, 2, rows_of(part, 10 + part), partition=part), twice(PARTITIONS, seed=1))

    assert counts_of(store) == {product_id: 10 + place // SIZE for place, product_id in enumerate(IDS)}


def test_products_that_several_runs_score_have_a_score_that_one_of_them_gave(store, side_by_side):  # noqa: F811
    """And it is counted once."""
    parts = [(run, part) for run in (2, 3, 4) for part in range(PARTITIONS)]
    random.Random(2).shuffle(parts)

    side_by_side(lambda own, part: write(own, part[0], rows_of(part[1], part[0]), partition=part[1]), parts)

    found = counts_of(store)
    assert found.keys() == set(IDS)
    assert set(found.values()) <= {2, 3, 4}


def test_partitions_of_a_run_over_the_whole_catalog_and_many_who_finish_it(store, runs, side_by_side):  # noqa: F811
    write(store, 1, [(product_id, 1) for product_id in (*IDS, GONE)])
    run = runs.begin("job-1", *MINE, DEFAULT, preview=False)

    side_by_side(
        lambda own, part: write(own, run, rows_of(part, part), partition=part, whole=True), twice(PARTITIONS, seed=3)
    )
    assert set(counts_of(store).values()) == {1}
    side_by_side(lambda own, _: own.finish_whole(run, MINE), range(WRITERS))

    assert counts_of(store) == {product_id: place // SIZE for place, product_id in enumerate(IDS)}
    assert runs.totals(run).processed == len(IDS)
    totals, summary = runs.complete(run, store.counting(MINE))
    assert totals.score_sum == sum(range(PARTITIONS)) * SIZE
    assert summary.catalog_avg_score == summary.avg_score


def test_what_a_broken_off_run_left_is_taken_in_once(store, side_by_side):  # noqa: F811
    """By whoever comes first, while others score some products and look what would be."""
    write(store, 1, [(product_id, 1) for product_id in IDS])
    for part in range(PARTITIONS // 2):
        write(store, 2, rows_of(part, 50), partition=part, whole=True)
        write(store, 3, rows_of(part, 60), partition=part, state=PREVIEW)

    def work(own, part):
        if part % 3 == 0:
            own.absorb(MINE, None)
        else:
            state = LIVE if part % 3 == 1 else PREVIEW
            write(own, 4 if state == LIVE else 5, rows_of(part, 70), partition=part, state=state)

    side_by_side(work, [0, 3, 6, 9, 12, 15, *(part for part in twice(PARTITIONS, seed=4) if part >= PARTITIONS // 2)])
    store.absorb(MINE, None)

    wanted = {product_id: 50 if place < len(IDS) // 2 else 1 for place, product_id in enumerate(IDS)}
    for part in range(PARTITIONS // 2, PARTITIONS):
        if part % 3 == 1:
            wanted |= dict(rows_of(part, 70))
    assert counts_of(store) == wanted


def test_a_run_that_many_begin_is_one(database, side_by_side):
    found = []

    side_by_side(
        lambda _own, _part: found.append(RunStore(database).begin("job-1", *MINE, DEFAULT, preview=False)),
        range(WRITERS),
    )

    assert len(set(found)) == 1


@pytest.fixture
def on_postgresql(postgres_server):
    """SQLite has one writer, so there all wait for each other."""
    with postgres_server.cleared() as server:
        database = opened(server.migrated(MIGRATIONS), MIGRATIONS)
        yield database
        database.dispose()


def test_neither_catalogs_nor_partitions_of_a_run_over_a_whole_one_wait_for_each_other(on_postgresql):
    runs = RunStore(on_postgresql)  # noqa: F811
    runs.begin("job-1", *MINE, DEFAULT, preview=False)
    store, other = ScoreStore(on_postgresql, runs.grading), Owner(MINE.workspace_id, "cat_2")  # noqa: F811
    with on_postgresql.write() as connection:
        hold_scores(connection, MINE)
        write(store, 2, [("p000", 1)], owner=other)
        write(store, 3, [("p000", 1)], whole=True)
    assert counts_of(store, other) == {"p000": 1}
