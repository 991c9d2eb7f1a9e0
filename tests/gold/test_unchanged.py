"""A run scores what is not as it was; what is keeps its score and the time it was made."""

import json
from types import SimpleNamespace

import polars as pl
import pytest
from assay.gold.v1 import gold_service_pb2 as pb
from assay.silver.v1 import product_service_pb2
from assay.workspace.v1 import settings_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gold.app import MIGRATIONS
from services.gold.columns import SCORES, packed, unpacked
from services.gold.products import _frame_of
from services.gold.rubric.grading import Grading, grading
from services.gold.rubric.weights import Weights
from services.gold.runner import KIND, GoldRunner
from services.gold.store import RunStore, ScoreStore
from services.gold.store.segments import Owner
from services.runtime.jobs import Job
from tests.gold.conftest import GOOD

BROKEN = json.dumps({"primary": {"reason": "status", "width": None, "height": None}, "secondary": []})
BRONZE = None
SAYINGS = [
    {},
    {"gtin": None},
    {"title": "SHOUTING ALL THE TIME"},
    {"shared_gtin": 2},
    {"category_state": 3},
    {"images": BROKEN},
    {"attributes": '{"Weight":"1 kg"}'},
    {"material": None},
    BRONZE,
]
IDS = [f"p{number}" for number in range(7)]


@pytest.fixture
def listed(call):
    """All scores of a catalog by id; what tells when they were made is left out where asked."""

    def run(catalog_id, *, times=True):
        scores = call("ListScores", pb.ListScoresRequest(workspace_id="ws_a", catalog_id=catalog_id)).scores
        for score in () if times else scores:
            score.ClearField("scored_at")
        return {score.product_id: score for score in scores}

    return run


def test_an_unchanged_product_keeps_its_score_and_when_it_was_made(catalog, world, score_all, score_some, listed):
    cat = catalog({"a": {}, "b": {"gtin": None}})
    score_all(cat)
    before = listed(cat)
    world.catalogs["ws_a", cat]["b"] |= {"gtin": GOOD["gtin"]}

    score_some(cat, "a")
    assert listed(cat) == before
    score_some(cat, "b", "a")
    after = listed(cat)
    assert after["a"] == before["a"]
    assert (before["b"].score, after["b"].score) == (92, 100)
    assert after["b"].scored_at.ToMilliseconds() >= before["b"].scored_at.ToMilliseconds()


def test_results_come_for_unchanged_products_too(catalog, world, score_all, score_some, results_of):
    cat = catalog({"a": {}, "b": {"gtin": None}, "c": BRONZE, "d": {"gtin": None}})
    score_all(cat)
    world.catalogs["ws_a", cat]["d"] |= {"sku": None}

    results = results_of(score_some(cat, "d", "x", "b", "c", "a"))
    assert [(one.product_id, one.score, bool(one.error)) for one in results] == [
        ("d", 86, False),
        ("x", 0, True),
        ("b", 92, False),
        ("c", 0, True),
        ("a", 100, False),
    ]
    assert results_of(score_some(cat, "d", "x", "b", "c", "a")) == results


def test_other_terms_score_anew(catalog, world, score_all, score_some, listed):
    cat = catalog({"a": {"gtin": None}})
    score_all(cat)
    weights = settings_pb2.GoldWeights(identity=100)
    world.settings["ws_a"] = settings_pb2.PipelineSettings(gold_weights=weights)

    score_some(cat, "a")

    assert (listed(cat)["a"].score, listed(cat)["a"].stale) == (60, False)


@pytest.fixture
def score(score_all, score_some):
    """Scores the named products, or all."""
    return lambda catalog_id, *ids: score_some(catalog_id, *ids) if ids else score_all(catalog_id)


RUN = st.one_of(st.none(), st.lists(st.sampled_from(IDS), min_size=1, max_size=5, unique=True))
STEPS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(IDS), st.sampled_from(SAYINGS), max_size=4), RUN), min_size=1, max_size=6
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_scores_are_those_of_a_catalog_scored_once(catalog, world, score, listed, steps):
    """Whatever changed between which runs. None is a run over the whole catalog."""
    products = dict.fromkeys(IDS, SAYINGS[0])
    cat = catalog(products)
    seen = {}
    for changes, ids in steps:
        products |= changes
        world.catalogs["ws_a", cat] |= {one: BRONZE if says is BRONZE else GOOD | says for one, says in changes.items()}
        score(cat, *ids or ())
        seen |= {one: products[one] for one in ids or IDS if products[one] is not BRONZE}
    fresh = catalog(seen)
    score(fresh)

    assert listed(cat, times=False) == listed(fresh, times=False)


@pytest.fixture
def partition(new_database):
    """Does a partition of a job over products as they are told; gives its scores as they are stored then."""
    database = new_database(MIGRATIONS)
    runs = RunStore(database)
    scores = ScoreStore(database, runs.grading)

    def run(job_id, products):
        documents = [json.dumps(product) for product in products.values()]
        silver = product_service_pb2.PRODUCT_STATE_SILVER
        count = len(products)
        answer = product_service_pb2.ReadProductsResponse(
            ids=products,
            states=[silver] * count,
            fingerprints=["f"] * count,
            documents=documents,
            attributes=[""] * count,
        )
        neighbours = SimpleNamespace(read_list=lambda *_: _frame_of([answer]))
        runner = GoldRunner(runs, scores, neighbours, 100)
        job = Job(job_id, KIND, "ws_a", "cat_1", {"productIds": list(products)})
        (part,) = runner.prepare(job).partitions
        assert runner.run_partition(job, part) == count
        found = scores.of_ids(Owner("ws_a", "cat_1"), products)
        assert runner.complete(job)["succeeded"] == count
        return dict(zip(found["product_id"], found["score"], strict=True))

    return run


def test_a_partition_done_twice_does_not_lose_what_it_scored_the_first_time(partition):
    bare = {name: value for name, value in GOOD.items() if name != "gtin"}

    assert partition("job-1", {"a": GOOD, "b": GOOD}) == {"a": 100, "b": 100}
    assert partition("job-1", {"a": GOOD, "b": bare}) == {"a": 100, "b": 92}
    assert partition("job-1", {"a": GOOD, "b": bare}) == {"a": 100, "b": 92}
    for number in range(2, 14):  # small segments are put together on the way
        assert partition(f"job-{number}", {"a": bare if number % 2 else GOOD, "b": bare})["b"] == 92


def test_segments_that_do_not_tell_inputs_are_read():
    frame = pl.DataFrame([{"product_id": "a", "score": 7, "inputs": 5}], schema=SCORES)

    assert unpacked(packed(frame), SCORES.names())["inputs"].to_list() == [5]
    former = unpacked(packed(frame.drop("inputs")), SCORES.names())
    assert (former.schema, former["inputs"].to_list()) == (SCORES, [0])


def test_the_same_attributes_for_another_category_are_other_terms():
    shirts, lamps, none = (
        grading(Weights(), expected) for expected in ((("Shirts", ("fit",)),), (("Lamps", ("fit",)),), ())
    )

    assert len({shirts.id, lamps.id, none.id}) == 3
    assert Grading.from_json(shirts.to_json()).id == shirts.id
