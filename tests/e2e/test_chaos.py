"""Whatever is killed or stopped, and whenever: what comes out is what comes out of an undisturbed run."""

import random

import pytest

from bench import data
from tests.e2e.chaos import SMALL_PARTITIONS, Victims, differences, round_of, wait_until_forgotten

pytestmark = pytest.mark.e2e


@pytest.fixture
def victims(tmp_path):
    running = Victims(tmp_path / "home", **SMALL_PARTITIONS)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.mark.timeout(400)
def test_disturbed_runs_come_out_as_an_undisturbed_one(victims):
    rows = data.products(3_000).read_bytes()
    calm, _ = round_of(victims, rows, random.Random(0), 0)
    assert (calm["imported"][0], len(calm["products"])) == (3_000, 3_000)

    for seed in (1, 2):
        found, done = round_of(victims, rows, random.Random(seed), 5)
        assert differences(calm, found) == [], done

    wait_until_forgotten(victims.home)
