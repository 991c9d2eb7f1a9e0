"""What the rubric's tests share: a product without a fault, and short ways to grade variations of it."""

import polars as pl
import pytest

from services.gold.rubric.features import TOLD
from services.gold.rubric.grading import grading
from services.gold.rubric.score import DEFAULT_WEIGHTS, score

FLAWLESS = {
    "product_id": "prod_abc",
    "sku": "LAMP-0042",
    "gtin": "4006381333931",
    "brand": "Lumina",
    "brandId": "brand_1",
    "categoryPath": "Home & Garden > Lighting > Floor Lamps",
    "categoryId": "cat_9",
    "title": "Lumina Walnut Floor Lamp with Dimmable Warm Light",
    "description": "A floor lamp of oiled walnut with a linen shade. The foot switch dims it in five steps, down to "
    "the light of a candle. Its base is weighted, so that it stands where children play.",
    "shortDescription": "Oiled walnut, linen shade, dimmable by foot switch.",
    "primaryImageUrl": "https://cdn.example.com/lamp.jpg",
    "secondaryImages": [f"https://cdn.example.com/lamp-{view}.jpg" for view in ("side", "top", "shade")],
    "price": "129.90",
    "originalPrice": "159.00",
    "currency": "EUR",
    "availability": "in_stock",
    "color": "walnut",
    "size": "160 cm",
    "material": "wood",
    "gender": None,
    "ageGroup": None,
    "attributes": None,
    "url": "https://shop.example.com/lamps/42",
    "metaTitle": "Walnut floor lamp, dimmable",
    "metaDescription": "Floor lamp of oiled walnut with a linen shade and a foot switch that dims.",
}

TYPES = dict.fromkeys(FLAWLESS, pl.String) | {"secondaryImages": pl.List(pl.String)} | TOLD


@pytest.fixture(scope="session")
def flawless_product():
    """A product that loses no point."""
    return {name: value for name, value in FLAWLESS.items() if name != "product_id"}


@pytest.fixture(scope="session")
def explained():
    """Scores a frame; each row as a dict with its breakdown."""

    def run(products, weights=DEFAULT_WEIGHTS, expected=()):
        prices = grading(weights, expected)
        rows = score(products, weights, expected).to_dicts()
        return [row | {"breakdown": prices.explain(row["grades0"], row["grades1"], row)} for row in rows]

    return run


@pytest.fixture
def grade(explained):
    """Scores products given as what differs from the flawless one."""

    def run(*differences, **options):
        return explained(pl.DataFrame([FLAWLESS | d for d in differences], schema=TYPES), **options)

    return run


@pytest.fixture
def gap_of(grade):
    """The gap (points, kind, why) of one field in a product that differs from the flawless one, or None."""

    def run(field, difference, **options):
        (row,) = grade(difference, **options)
        found = [(gap.points, gap.kind, gap.why) for gap in row["breakdown"].gaps if gap.field == field]
        return found[0] if found else None

    return run
