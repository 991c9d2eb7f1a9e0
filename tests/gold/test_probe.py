"""What is done to find out which product takes the service down."""

import uuid

import pytest

from services.gold import runner as runner_module
from services.gold.app import MIGRATIONS
from services.gold.products import Neighbours
from services.gold.runner import GoldRunner
from services.gold.store import RunStore, ScoreStore
from services.gold.store.segments import Owner
from services.runtime.assembly import Parts
from services.runtime.jobs import Job

PRODUCTS = {f"p{number}": {"title": f"Walnut lamp {number}"} for number in range(10)}


@pytest.fixture
def parts(app):
    parts = Parts.of(app.settings, MIGRATIONS)
    yield parts
    parts.channels.close()
    parts.database.dispose()


@pytest.fixture
def scores(parts):
    return ScoreStore(parts.database, RunStore(parts.database).grading)


@pytest.fixture
def runner(parts, scores):
    """A runner beside that of the service."""
    neighbours = Neighbours(*(parts.channel(service) for service in ("ingest", "silver", "workspace")), known_seconds=0)
    return GoldRunner(RunStore(parts.database), scores, neighbours, 4)


@pytest.mark.parametrize("params", [{}, {"productIds": [*PRODUCTS, "nowhere"]}])
def test_every_row_is_named_and_looked_at_alone_and_nothing_is_written(runner, scores, catalog, monkeypatch, params):
    job = Job(str(uuid.uuid4()), "gold", "ws_a", catalog(PRODUCTS), params)
    looked_at, scored = [], runner_module.scored

    def seeing(products, terms):
        looked_at.append(products["product_id"].to_list())
        return scored(products, terms)

    monkeypatch.setattr(runner_module, "scored", seeing)
    named = []
    for partition in runner.prepare(job).partitions:
        rows = runner.rows(job, partition)
        for row in rows:
            runner.probe(job, partition, [row])
        named += rows
    assert named == [*PRODUCTS, *(["nowhere"] if params else [])]
    assert [ids for ids in looked_at if ids] == [[name] for name in PRODUCTS]
    assert scores.totals(Owner("ws_a", job.target)).scored == 0
