"""What the rubric's tests share: a product without a fault, and short ways to grade variations of it."""

import polars as pl
import pytest

from services.gold.rubric.score import score

FLAWLESS = {
    "product_id": "prod_abc",
    "sku": "LAMP-0042",
    "gtin": "4006381333931",
    "brand": "Lumina",
    "brandId": "brand_1",
    "categoryPath": "Home & Garden > Lighting > Floor Lamps",
    "categoryId": "cat_9",
    "title": "Walnut Floor Lamp with Dimmable Warm Light",
    "description": "A floor lamp of oiled walnut with a linen shade. " * 5,
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

TYPES = dict.fromkeys(FLAWLESS, pl.String) | {"secondaryImages": pl.List(pl.String)}


@pytest.fixture(scope="session")
def flawless_product():
    """A product that loses no point."""
    return {name: value for name, value in FLAWLESS.items() if name != "product_id"}


@pytest.fixture
def grade():
    """Score rows given as what differs from the flawless product; the answer as a list of dicts."""

    def run(*differences, **options):
        return score(pl.DataFrame([FLAWLESS | d for d in differences], schema=TYPES), **options).to_dicts()

    return run


@pytest.fixture
def gap_of(grade):
    """The gap (points, kind, why) of one field in a product that differs from the flawless one, or None."""

    def run(field, difference, **options):
        (row,) = grade(difference, **options)
        found = [(gap["points"], gap["kind"], gap["why"]) for gap in row["gaps"] if gap["field"] == field]
        return found[0] if found else None

    return run
