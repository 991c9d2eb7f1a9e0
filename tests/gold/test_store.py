import pytest

from services.gold.app import MIGRATIONS
from services.gold.results import product_score
from services.gold.rubric.grading import Fault, Grading
from services.gold.store import PARTITION_PLACES, Store
from services.runtime.database import Database
from services.runtime.jobs.cuts import IdRange
from services.runtime.migrations import migrate

OLD = Grading.of({"zZ": Fault("colour", "seo", units=250_000_000, stage_loss=50_000, kind="weak", why="too loud")})


@pytest.fixture
def store(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'gold.sqlite3'}")
    migrate(database, MIGRATIONS)
    yield Store(database)
    database.dispose()


def score_row(product_id, catalog_id="cat_1", workspace_id="ws_a", faults=""):
    return (catalog_id, product_id, workspace_id, 75, faults, 1, OLD.id, "f" * 32, 1_700_000_000_000)


def result_row(run, position, product_id):
    return (run, position, product_id, 75, "", None)


def test_run_begun_twice_is_one_run(store):
    first = store.begin_run("job-1", "ws_a", "cat_1", OLD)

    assert store.begin_run("job-1", "ws_a", "cat_1", OLD) == first
    assert store.begin_run("job-2", "ws_a", "cat_1", OLD) != first


def test_score_is_explained_by_the_grading_it_was_given_under(store):
    run = store.begin_run("job-1", "ws_a", "cat_1", OLD)
    store.write_partition(run, 0, [], [score_row("a", faults="zZ")])

    (row,) = store.scores_of("ws_a", "cat_1", ["a"])
    score = product_score(row, store.grading(row.grading_id))

    assert [(gap.field, gap.points, gap.why) for gap in score.gaps] == [("colour", 25.0, "too loud")]
    assert score.stages.seo == 50.0


def test_partition_done_twice_is_done_once(store):
    run = store.begin_run("job-1", "ws_a", "cat_1", OLD)
    store.write_partition(run, 0, [result_row(run, place, f"p{place}") for place in range(3)], [score_row("p0")])
    store.write_partition(run, 0, [result_row(run, place, f"p{place}") for place in range(2)], [score_row("p0")])

    assert [row.product_id for row in store.results(run, -1, 10)] == ["p0", "p1"]
    assert store.catalog_totals("ws_a", "cat_1").scored == 1


def test_partition_done_again_leaves_its_neighbours_alone(store):
    run = store.begin_run("job-1", "ws_a", "cat_1", OLD)
    store.write_partition(run, 1, [result_row(run, PARTITION_PLACES, "z")], [])
    store.write_partition(run, 0, [result_row(run, 0, "a")], [])
    store.write_partition(run, 0, [result_row(run, 0, "b")], [])

    assert [row.product_id for row in store.results(run, -1, 10)] == ["b", "z"]


@pytest.mark.parametrize(
    ("ids", "left"),
    [
        (IdRange("", ""), ["b"]),
        (IdRange("", "b"), ["b", "c"]),
        (IdRange("a", "b"), ["a", "b", "c"]),
        (IdRange("b", ""), ["a", "b"]),
    ],
)
def test_vanished_products_are_dropped_within_the_range_only(store, ids, left):
    store.write_partition(1, 0, [], [score_row(product_id) for product_id in "abc"])
    store.write_partition(1, 0, [], [score_row("a", catalog_id="cat_2")])

    store.drop_vanished("ws_a", "cat_1", ids, {"b"})

    assert [row.product_id for row in store.scores_of("ws_a", "cat_1", list("abc"))] == left
    assert store.catalog_totals("ws_a", "cat_2").scored == 1


def test_all_results_come_in_batches_in_order(store):
    run = store.begin_run("job-1", "ws_a", "cat_1", OLD)
    store.write_partition(run, 0, [result_row(run, place, f"p{place}") for place in range(5)], [])

    batches = [[row.product_id for row in batch] for batch in store.all_results(run, 2)]

    assert batches == [["p0", "p1"], ["p2", "p3"], ["p4"]]
