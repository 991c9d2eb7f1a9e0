"""Gold's rubric alone, without reading or writing: `python -m bench.rubric --products N` prints JSON.

Works as the Gold service does: one process, as many partition threads as processors, Polars in the thread that asks,
partitions of 5,000 products. The products are those of `data` as Silver would leave them, with the fields that file has
no columns for; making them is not measured.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from bench import beside, data
from bench.beside import CHUNK, Figures
from services.gold.rubric.score import score


def products(start: int, stop: int) -> pl.DataFrame:
    """Canonical products of the rows start (included) to stop (excluded) of `data`."""
    rows = data.frame(start, stop).with_columns(row=pl.int_range(start, stop, dtype=pl.Int64))
    row, title, brand, link = pl.col("row"), pl.col("title"), pl.col("brand"), pl.col("image_link")
    registered = brand.is_in(data.BRANDS)
    return rows.select(
        product_id=pl.col("id"),
        sku=pl.col("id"),
        gtin=pl.col("gtin").str.strip_prefix("'"),
        brand=brand,
        brandId=pl.when(registered).then(pl.concat_str(pl.lit("brand_"), brand.str.len_chars())),
        categoryPath=pl.col("category").str.replace_all(r" ?[/|] ?", " > "),
        categoryId=pl.lit(None, dtype=pl.String),
        title=title.str.strip_chars(),
        description=pl.col("description").str.replace_all(r"<[^>]*>", ""),
        shortDescription=pl.when(row % 3 > 0).then(pl.col("description").str.slice(0, 120)),
        primaryImageUrl=link,
        secondaryImages=pl.col("additional_image_link").str.split(","),
        price=pl.col("price").str.extract(r"(\d+)(?:[.,]\d\d)?", 1) + ".90",
        originalPrice=pl.when(row % 7 == 0).then(pl.lit("999.00")),
        currency=pl.col("currency").str.to_uppercase(),
        availability=pl.when(row % 9 == 0).then(pl.lit("out_of_stock")).otherwise(pl.lit("in_stock")),
        color=pl.col("color").str.to_lowercase(),
        size=pl.when(row % 2 == 0).then(pl.lit("M")),
        material=pl.when(row % 5 < 3).then(pl.lit("organic cotton")),
        gender=pl.when(row % 5 == 1).then(pl.lit("unisex")),
        ageGroup=pl.when(row % 5 == 2).then(pl.lit("adult")),
        attributes=pl.when(row % 4 > 0).then(
            pl.concat_str(pl.lit('{"Weight":"'), row % 900, pl.lit(' g","Care":"wash cold","Origin":"PT"}'))
        ),
        url=pl.col("link"),
        metaTitle=pl.when(row % 3 > 0).then(title.str.slice(0, 58)),
        metaDescription=pl.when(row % 3 > 1).then(pl.col("description").str.slice(0, 155)),
        _image_fault=pl.when(row % 83 == 0).then(pl.lit("status")),
        _image_width=pl.when(row % 3 > 0).then(300 + (row % 17) * 100).cast(pl.Int32),
        _image_height=pl.when(row % 3 > 0).then(300 + (row % 13) * 100).cast(pl.Int32),
        _secondary_faults=pl.when(row % 3 > 0).then(row % 61 == 0).cast(pl.Int32),
        _category_unlinked=row % 11 == 0,
        _shared_gtin=(row % 101 == 0).cast(pl.Int32) * 2,
    )


def chunks(start: int, stop: int) -> list[pl.DataFrame]:
    """The same in partitions."""
    return [products(first, min(first + CHUNK, stop)) for first in range(start, stop, CHUNK)]


def measure(count: int, threads: int) -> Figures:
    """Figures of the rubric over `count` products, see `beside.measure`."""
    return beside.measure(count, threads, chunks, lambda chunk: score(chunk).height)


if __name__ == "__main__":
    beside.run("rubric", __doc__, measure)
