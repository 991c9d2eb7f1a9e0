import csv
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def expected():
    """(products, brands nobody registered, duplicates) of the sample catalog, as its README says."""
    with (SAMPLES / "catalog.csv").open(encoding="utf-8-sig", newline="") as file:
        products = sum(1 for _ in csv.DictReader(file))
    table = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", (SAMPLES / "README.md").read_text(), re.MULTILINE)
    traps = {name: int(count) for name, count in table}
    duplicates = sum(count for name, count in traps.items() if name.startswith("duplicates-"))
    return products, traps["brand-unregistered"], duplicates


def demo(stack, *words):
    done = stack.run("demo", *words)
    assert done.returncode == 0, done.stderr
    return done


def test_the_demo_starts_a_stack_does_the_main_job_and_stops_it(make_stack, expected):
    products, unregistered, duplicates = expected
    stack = make_stack()

    first = json.loads(demo(stack, "--exit", "--json").stdout)

    assert first["import"] == {"total": products, "created": products, "updated": 0, "unchanged": 0, "errors": 0}
    assert first["silver"]["processed"] == products
    assert first["silver"]["failed"] == unregistered
    assert {error["message"] for error in first["silver"]["errors"]} == {
        "Brand not found: 'AcmeCorp'",
        "Brand not found: 'Zorblatt'",
        "Brand not found: 'Quimbario'",
    }
    assert first["silver"]["duplicates"] == duplicates
    assert first["gold"]["succeeded"] == products - unregistered
    assert sum(first["gold"]["catalogSummary"]["scoreDistribution"].values()) == products - unregistered
    assert stack.run("catalogs").returncode == 3  # nobody is left

    text = demo(stack, "--exit")

    said = [f"{products:,}", f"{duplicates} products are duplicates", "Brand not found: 'AcmeCorp'", "Fix these first"]
    for words in said:
        assert words in text.stdout
    assert max(map(len, text.stdout.splitlines())) <= 80
    assert "stack ready at" in text.stderr and "0 registered, 36 known already" in text.stderr
    for file in (stack.home / "logs").iterdir():
        assert stack.key not in file.read_text()


def test_the_demo_uses_a_stack_that_runs_and_brings_in_somebodys_own_file(stack, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("id,title,brand,price\nMINE-1,A thing of mine,Nobody Registered,5 EUR\n")

    done = demo(stack, file)

    assert f"using the stack at {stack.url}" in done.stderr
    assert "1 of 1 products" in done.stdout and "MINE-1" in done.stdout
    assert stack.http.get(f"{stack.url}/readyz").status_code == 200
    catalogs = json.loads(stack.run("catalogs", "--json").stdout)
    assert "demo mine.csv" in [catalog["name"] for catalog in catalogs]


def test_a_demo_whose_stack_cannot_start_shows_the_log(make_stack):
    stack = make_stack(ASSAY_DRAIN_SECOND="3")

    done = stack.run("demo")

    assert done.returncode == 1
    assert f"its log: {stack.home / 'logs'}" in done.stderr
    assert "unknown settings in the environment: ASSAY_DRAIN_SECOND" in done.stderr
