"""The benchmark's file is the same everywhere and as messy as it says."""

import polars as pl

from bench import data


def test_rows_do_not_depend_on_the_chunk():
    whole = data.frame(0, 500)
    assert whole.equals(pl.concat([data.frame(0, 123), data.frame(123, 500)]))


def test_written_file_has_fourteen_columns_and_every_row(tmp_path):
    path = tmp_path / "products.csv"
    data.write(500, path)
    read = pl.read_csv(path, infer_schema=False)
    assert read.columns == list(data.COLUMNS)
    assert read.height == 500
    assert read["id"].n_unique() == 500


def test_gtins_are_right_unless_spoiled():
    codes = data.frame(0, 5000)["gtin"].drop_nulls().to_list()
    right = [code for code in codes if code.isdecimal() and _valid(code)]
    assert 0.85 < len(right) / 5000 < 0.95


def test_two_products_in_a_hundred_repeat_an_earlier_gtin():
    codes = data.frame(0, 5000).filter(pl.col("gtin").str.contains(r"^\d{13}$"))["gtin"]
    assert 70 <= codes.len() - codes.n_unique() <= 100


def test_brands_are_two_hundred_and_one_stranger():
    named = set(data.frame(0, 20_000)["brand"].drop_nulls().str.to_titlecase())
    known = {brand.title() for brand in data.BRANDS}
    assert len(known) == 200
    assert named - known == {"Acmecorp"}


def _valid(code):
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0
