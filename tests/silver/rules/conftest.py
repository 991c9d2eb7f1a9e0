import json

import polars as pl
import pytest

from services.silver.rules.brand import NO_BRANDS
from services.silver.rules.pipeline import RuleContext, normalize


def brands(*names):
    return NO_BRANDS.extended((f"brand_{index}", name, name) for index, name in enumerate(names))


@pytest.fixture
def run():
    """Normalise documents (dicts) and return one dict per product, changes and issues decoded."""

    def run(*documents, known=(), parents=None, **options):
        frame = normalize(
            pl.Series("product_id", [f"p{index}" for index in range(len(documents))], dtype=pl.String),
            pl.Series("document", [json.dumps(document) for document in documents], dtype=pl.String),
            pl.Series("parent", parents, dtype=pl.String) if parents is not None else None,
            RuleContext(brands=brands(*known), **options),
        )
        products = frame.to_dicts()
        for product in products:
            product["changes"] = json.loads(product.pop("_changes"))
            product["issues"] = json.loads(product.pop("_issues"))
            product["rules"] = [issue["rule"] for issue in product["issues"]]
            product["attributes"] = json.loads(product["attributes"]) if product["attributes"] else {}
        return products

    return run


@pytest.fixture
def column(run):
    """Normalise one field over several rows: values in, canonical values out."""

    def column(field, *values, **options):
        return [product[field] for product in run(*[{field: value} for value in values], **options)]

    return column
