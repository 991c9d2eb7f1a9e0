"""The bare script does the whole job on a small file."""

import sqlite3

import pytest

from bench import bare, data


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    data.write(500, folder / "products.csv")
    brands = folder / "brands.csv"
    brands.write_text("\n".join(("name,aliases", *(f"{brand}," for brand in data.BRANDS))))
    return bare.run(folder / "products.csv", brands, folder), sqlite3.connect(folder / "bare.db")


def test_every_row_becomes_an_item(done):
    assert done[0]["import"] == {"total": 500, "created": 500, "updated": 0, "unchanged": 0}


def test_every_item_gets_a_silver_and_a_gold_result(done):
    for table in ("silver_results", "gold_results"):
        assert done[1].execute(f"SELECT count(*), count(DISTINCT product_id) FROM {table}").fetchone() == (500, 500)


def test_unregistered_brand_is_the_error_of_its_product(done):
    errors = done[1].execute("SELECT DISTINCT error FROM silver_results WHERE status='error'").fetchall()
    assert errors == [("Brand not found: 'AcmeCorp'",)]


def test_duplicates_point_at_the_earlier_product(done):
    pairs = done[1].execute("SELECT product_id, duplicate_of FROM products WHERE duplicate_of IS NOT NULL").fetchall()
    assert ("P00000049", "P00000024") in pairs
    assert all(copy > first for copy, first in pairs)
    assert done[0]["silver"]["duplicates"] == len(pairs) == 10


def test_prices_become_plain_decimals(done):
    query = "SELECT count(*) FROM products WHERE state='silver' AND json_extract(document,'$.price') GLOB '*[^0-9.]*'"
    assert done[1].execute(query).fetchone() == (0,)


def test_scores_lie_between_0_and_100_and_every_gap_costs_points(done):
    low, high = done[1].execute("SELECT min(score), max(score) FROM scores").fetchone()
    assert 0 <= low <= high <= 100
    query = (
        "SELECT sum(json_array_length(gaps)), sum((SELECT count(*) FROM json_each(points) WHERE value > 0)) FROM scores"
    )
    gaps, points = done[1].execute(query).fetchone()
    assert gaps == points > 0


def test_second_import_changes_nothing(done, tmp_path):
    data.write(500, tmp_path / "products.csv")
    again = bare.import_file(done[1], tmp_path / "products.csv")
    assert again == {"total": 500, "created": 0, "updated": 0, "unchanged": 500}
