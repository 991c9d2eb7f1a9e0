"""What is done to find out which product takes the service down."""

import uuid

import pytest
import sqlalchemy as sa

from services.runtime.assembly import Parts
from services.runtime.jobs import Job
from services.silver import runner as runner_module
from services.silver.app import MIGRATIONS, runner_of
from services.silver.images.runs import RunImages
from services.silver.neighbours import Ingest
from services.silver.store import Store
from services.silver.tables import PRODUCTS, RESULTS

ITEMS = {f"p{number}": {"title": f"Lamp {number}", "brand": "Acme"} for number in range(10)}


@pytest.fixture
def runner(app):
    """A runner beside that of the service."""
    parts = Parts.of(app.settings, MIGRATIONS)
    yield runner_of(parts, app.settings, Store(parts.database), Ingest(parts.channel("ingest")), RunImages(None))
    parts.channels.close()
    parts.database.dispose()


def of_catalog(database, table, column, value):
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table).where(column == value)).scalar_one()


@pytest.mark.parametrize("params", [{}, {"productIds": [*ITEMS, "nowhere"]}])
def test_every_row_is_named_and_looked_at_alone_and_nothing_is_written(runner, catalog, database, monkeypatch, params):
    job = Job(str(uuid.uuid4()), "silver", "ws_a", catalog(ITEMS), params)
    partitions = runner.prepare(job).partitions
    looked_at, normalize = [], runner_module.normalize

    def seeing(ids, *args):
        looked_at.append(ids.to_list())
        return normalize(ids, *args)

    monkeypatch.setattr(runner_module, "normalize", seeing)
    named = []
    for partition in partitions:
        rows = runner.rows(job, partition)
        for row in rows:
            runner.probe(job, partition, [row])
        named += rows
    assert named == [*ITEMS, *(["nowhere"] if params else [])]
    assert [ids for ids in looked_at if ids] == [[name] for name in ITEMS]
    assert of_catalog(database, PRODUCTS, PRODUCTS.c.catalog_id, job.target) == 0
    assert of_catalog(database, RESULTS, RESULTS.c.run, partitions[0]["run"]) == 0
