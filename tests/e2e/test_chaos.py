"""Whatever is killed or stopped, and whenever: what comes out is what comes out of an undisturbed run."""

import sys

import pytest

from bench import data
from tests.e2e.chaos import SMALL_PARTITIONS, Round, differences, wait_until_forgotten
from tests.e2e.disturbing import Plague
from tests.e2e.ingesting import SWEPT_OFTEN, IngestionRound
from tests.e2e.victims import Victims
from tests.support import postgres

pytestmark = pytest.mark.e2e


@pytest.fixture
def start(tmp_path):
    """Starts a stack; it is ended with the test."""
    made = []

    def run(**settings):
        made.append(Victims(tmp_path / "home", **SMALL_PARTITIONS, **SWEPT_OFTEN, **settings))
        made[-1].start()
        return made[-1]

    yield run
    for one in made:
        one.stop()
        sys.stdout.write(one.tail())  # seen of a test that fails


def comes_out_the_same(victims, seeds):
    rows = data.products(3_000).read_bytes()
    calm = Round(victims, rows, Plague(0, 0)).run()
    assert (calm["imported"][0], len(calm["products"])) == (3_000, 3_000)

    for seed in seeds:
        disturbed = Round(victims, rows, Plague(seed, 5))
        assert differences(calm, disturbed.run()) == [], disturbed.done

    wait_until_forgotten(victims)


@pytest.mark.timeout(400)
def test_disturbed_runs_come_out_as_an_undisturbed_one(start):
    comes_out_the_same(start(), (1, 2))


def comes_out_as_the_model_says(victims, seeds):
    for seed in seeds:
        disturbed = IngestionRound(victims, 1_000, Plague(seed, 4))
        assert differences(disturbed.wanted, disturbed.run()) == [], disturbed.done

    wait_until_forgotten(victims)


@pytest.mark.timeout(700)
def test_disturbed_ingestions_come_out_as_the_model_says(start):
    comes_out_as_the_model_says(start(), (1, 2))


@pytest.fixture
def server():
    """A server of its own: others would notice when it is restarted."""
    with postgres.serving(postgres.NO_SYNC) as running:
        yield running


@pytest.mark.timeout(400)
def test_on_postgresql_whose_server_is_disturbed_too(server, start):
    comes_out_the_same(start(server=server, workers=1, ASSAY_DATABASE_URL=server.url), (13,))  # begins with the server


@pytest.mark.timeout(400)
def test_ingestions_on_postgresql_whose_server_is_disturbed_too(server, start):
    comes_out_as_the_model_says(start(server=server, ingest_workers=1, ASSAY_DATABASE_URL=server.url), (3,))
