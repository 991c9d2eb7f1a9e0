"""Scores in segments: whatever was written how, what counts is what was written last."""

from collections import Counter

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gold.board import Boards
from services.gold.columns import RESULTS, SCORES
from services.gold.rubric.grading import grading
from services.gold.rubric.weights import Weights
from services.gold.store import RunStore, ScoreStore
from services.gold.store import scores as scores_module
from services.gold.store.runs import PARTITION_PLACES
from services.gold.store.segments import LIVE, PENDING, PREVIEW, Owner
from services.gold.tables import GRADINGS, RESULT_PARTS, RUNS, SEGMENTS
from services.gold.tallies import tally_of

FINE = 0xFFFF_FFFF_FFFF_FFFF
MINE, THEIRS = Owner("ws_a", "cat_1"), Owner("ws_b", "cat_1")
DEFAULT = grading(Weights(), ())
OTHER = grading(Weights(10, 25), ())


@pytest.fixture
def runs(database):
    """Of a database without any: one that is made anew for each test costs more than the test."""
    with database.write() as connection:
        for table in (GRADINGS, RUNS, RESULT_PARTS, SEGMENTS):
            connection.execute(sa.delete(table))
    return RunStore(database)


@pytest.fixture
def store(database, runs):
    for number, one in enumerate((DEFAULT, OTHER)):
        runs.begin(f"job-of-{number}", "ws_x", "cat_x", one, preview=False)
    return ScoreStore(database, runs.grading)


def scores_of(*rows, grading_id=DEFAULT.id):
    """Scores of (product id, score)."""
    told = {"grades0": FINE, "grades1": FINE, "units": 0, "google": 0, "meta": 0, "openai": 0, "scored_at": 1}
    told |= {"grading": grading_id, "fingerprint": "f" * 32}
    return pl.DataFrame([told | {"product_id": one, "score": score} for one, score in rows], schema=SCORES)


def results_of(*rows):
    return pl.DataFrame([{"product_id": one, "score": score} for one, score in rows], schema=RESULTS)


def write(store, run, rows, *, whole=False, partition=0, owner=MINE, state=None):
    state = state or (PENDING if whole else LIVE)
    store.write_partition(run, partition, results_of(*rows), scores_of(*rows), owner, state=state, whole=whole)


def counted(store, ids, owner=MINE):
    frame = store.of_ids(owner, ids)
    return dict(zip(frame["product_id"], frame["score"], strict=True))


def previewed(store, database, run, *, whole):
    with database.read() as connection:
        return store.counting_preview(MINE, run, whole=whole)(connection)


def test_a_run_begun_twice_is_one_run(runs):
    first = runs.begin("job-1", "ws_a", "cat_1", DEFAULT, preview=False)
    assert runs.begin("job-1", "ws_a", "cat_1", DEFAULT, preview=False) == first
    assert runs.begin("job-2", "ws_a", "cat_1", DEFAULT, preview=False) != first


def test_gradings_are_read_as_they_were_written(runs):
    runs.begin("job-1", "ws_a", "cat_1", OTHER, preview=False)
    read = runs.grading(OTHER.id)
    assert read.id == OTHER.id
    assert (read.units == OTHER.units).all()


def test_a_partition_done_twice_is_done_once(store, runs):
    write(store, 7, [("p0", 1), ("p1", 2), ("p2", 3)])
    write(store, 7, [("p0", 1), ("p1", 2)])
    assert runs.results(7, -1, 10)[0]["product_id"].to_list() == ["p0", "p1"]
    assert runs.totals(7) == (2, 2, 3)


def test_a_run_is_summed_up_over_its_partitions_and_the_catalog(store, runs):
    write(store, 1, [("a", 10), ("b", 20)])
    run = runs.begin("job-1", *MINE, DEFAULT, preview=False)
    write(store, run, [("b", 90)])
    write(store, run, [("c", 40)], partition=1)
    for _ in range(2):
        totals, summary = runs.complete(run, store.counting(MINE))
        assert totals == (2, 2, 130)
        assert (summary.avg_score, summary.catalog_avg_score) == (65.0, 46.7)
    recorded = runs.of_job(MINE.workspace_id, "job-1")
    assert (recorded.avg_score, recorded.excellent, recorded.poor) == (65.0, 1, 1)
    assert [row.number for row in runs.completed(*MINE)] == [run]


def test_results_come_page_by_page_over_partitions(runs, store):
    write(store, 7, [("z", 1)], partition=1)
    write(store, 7, [("b", 1), ("a", 2), ("c", 3)], partition=0)
    first, places = runs.results(7, -1, 2)
    rest, more = runs.results(7, places[-1], 9)
    assert (first["product_id"].to_list(), places) == (["b", "a"], [0, 1])
    assert (rest["product_id"].to_list(), more) == (["c", "z"], [2, PARTITION_PLACES])
    assert runs.results(7, more[-1], 9)[1] == []
    assert [frame["product_id"].to_list() for frame in runs.all_results(7, 2)] == [["b", "a"], ["c"], ["z"]]


def test_a_whole_run_counts_when_it_is_through_and_then_alone(store):
    write(store, 1, [("a", 10), ("b", 20)])
    write(store, 2, [("a", 30)], whole=True)
    assert counted(store, "abc") == {"a": 10, "b": 20}
    write(store, 2, [("c", 40)], whole=True, partition=1)
    for _ in range(2):
        store.finish_whole(2, MINE)
        assert counted(store, "abc") == {"a": 30, "c": 40}
        assert (store.totals(MINE).scored, store.totals(MINE).score_sum) == (2, 70)


def test_what_a_broken_off_whole_run_did_is_taken_in(store):
    write(store, 1, [("a", 10), ("b", 20)], whole=True)
    store.finish_whole(1, MINE)
    write(store, 2, [("a", 30)], whole=True)
    store.absorb(MINE, 2)
    assert counted(store, "ab") == {"a": 10, "b": 20}
    store.absorb(MINE, 3)
    assert counted(store, "ab") == {"a": 30, "b": 20}
    assert store.totals(MINE).score_sum == 50


def test_a_preview_never_counts(store, database):
    write(store, 1, [("a", 10), ("b", 20)])
    write(store, 2, [("a", 30), ("c", 5)], state=PREVIEW)
    assert counted(store, "abc") == {"a": 10, "b": 20}
    assert previewed(store, database, 2, whole=False).score_sum == 55
    write(store, 3, [("a", 31)], state=PREVIEW, whole=True)
    assert previewed(store, database, 3, whole=True).score_sum == 31
    store.drop_preview(MINE, 3)
    store.absorb(MINE, None)  # the other one's job is gone
    assert [previewed(store, database, run, whole=True).scored for run in (2, 3)] == [0, 0]
    assert store.totals(MINE).score_sum == 30


def test_another_workspace_sees_nothing(store):
    write(store, 1, [("a", 10)])
    assert counted(store, "a", THEIRS) == {}
    assert store.totals(THEIRS).scored == 0
    assert store.segments(THEIRS, store.numbers(MINE)).height == 0
    store.finish_whole(9, THEIRS)
    assert counted(store, "a") == {"a": 10}


def test_a_segment_whose_writing_was_undone_is_not_known(store, database, monkeypatch):
    write(store, 1, [("a", 10), ("b", 20)])
    with monkeypatch.context() as broken:
        broken.setattr(store, "_tidy", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write(store, 2, [("a", 99)])
    write(store, 3, [("b", 30)])  # may have the number that the other one was to have
    write(store, 4, [("a", 11), ("b", 31)])
    assert (store.totals(MINE).scored, store.totals(MINE).score_sum) == (2, 42)


def test_stale_ones_are_those_of_another_grading(store):
    store.write_partition(
        1, 0, results_of(("a", 1)), scores_of(("a", 1), grading_id=OTHER.id), MINE, state=LIVE, whole=False
    )
    write(store, 2, [("b", 1)])
    assert (store.totals(MINE).stale(DEFAULT.id), store.totals(MINE).stale(OTHER.id)) == (1, 1)
    write(store, 3, [("a", 1)])
    assert store.totals(MINE).stale(DEFAULT.id) == 0


IDS = [f"p{number:02}" for number in range(12)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["some", "some", "some", "all", "broken", "preview"]),
        st.dictionaries(st.sampled_from(IDS), st.integers(0, 100), min_size=1),
    ),
    max_size=14,
)


@given(STEPS, st.sampled_from([(2, 3), (24, 20_000)]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_runs_there_were_the_last_score_counts(store, runs, steps, limits):
    owner = Owner("ws_a", f"cat_{len(steps)}_{limits[0]}")
    boards = Boards(store, runs.grading, 1000)
    expected = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores_module, "SMALL_SEGMENTS", limits[0])
        patch.setattr(scores_module, "SMALL_ROWS", limits[1])
        store.finish_whole(-1, owner)
        for run, (kind, scores) in enumerate(steps, start=100):
            store.absorb(owner, run)
            rows = list(scores.items())
            if kind == "some":
                write(store, run, rows, owner=owner)
                expected |= scores
            elif kind == "preview":
                write(store, run, rows, owner=owner, state=PREVIEW)
                store.drop_preview(owner, run)
            else:
                half = len(rows) // 2
                write(store, run, rows[:half], owner=owner, whole=True)
                write(store, run, rows[half:], owner=owner, whole=True, partition=1)
                if kind == "all":
                    store.finish_whole(run, owner)
                    expected = dict(scores)
                else:
                    store.absorb(owner, None)
                    expected |= scores
            assert counted(store, IDS, owner) == expected
            board = boards.of(owner).scores
            assert dict(zip(board["product_id"], board["score"], strict=True)) == expected
            total, counts = store.totals(owner), tally_of(store.of_ids(owner, IDS), runs.grading)
            assert (total.counts == counts.counts).all()
            assert Counter(total.gradings) == counts.gradings
