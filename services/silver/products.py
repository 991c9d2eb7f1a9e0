"""From stored rows and raw items to the Product of the contract."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa
from assay.silver.v1 import product_pb2
from google.protobuf.struct_pb2 import Struct

from services.silver.rules.duplicates import shared_gtin_issue
from services.silver.rules.fields import FIELDS, LISTS

PRODUCT_FIELD = {field.json_name: field.name for field in product_pb2.Product.DESCRIPTOR.fields}
"""JSON name → field name of the message."""

_CATEGORY_STATES = {
    "linked": product_pb2.CATEGORY_STATE_LINKED,
    "ambiguous": product_pb2.CATEGORY_STATE_AMBIGUOUS,
    "unknown": product_pb2.CATEGORY_STATE_UNKNOWN,
    "none": product_pb2.CATEGORY_STATE_NONE,
}


_STRENGTHS = {
    "certain": product_pb2.DUPLICATE_STRENGTH_CERTAIN,
    "likely": product_pb2.DUPLICATE_STRENGTH_LIKELY,
}


@lru_cache(maxsize=4_096)
def category_state(record: str | None) -> product_pb2.CategoryState:
    """The state in a stored link to a category; none where there is none, unspecified for an empty text."""
    if not record:
        return product_pb2.CATEGORY_STATE_NONE if record is None else product_pb2.CATEGORY_STATE_UNSPECIFIED
    return _CATEGORY_STATES[orjson.loads(record)["state"]]


def silver_product(row: sa.Row[Any]) -> product_pb2.Product:
    """A normalised product, as listed."""
    product = _product(row.workspace_id, row.catalog_id, row.product_id, orjson.loads(row.document), row.attributes)
    product.pipeline_stage = product_pb2.PIPELINE_STAGE_SILVER
    product.fingerprint = row.fingerprint
    product.category_state = category_state(row.category)
    if row.duplicate_of is not None:
        product.duplicate_of = row.duplicate_of
    if row.error is not None:
        product.silver_error = row.error
    return product


def bronze_product(
    workspace_id: str, catalog_id: str, mapped: Mapping[str, Any], row: sa.Row[Any] | None
) -> product_pb2.Product:
    """An item under canonical names (a row of `map_only`); `row` is what an earlier run left of it."""
    document = {name: mapped[name] for name in FIELDS if mapped[name] is not None}
    product = _product(workspace_id, catalog_id, mapped["product_id"], document, mapped["attributes"] or "")
    product.pipeline_stage = product_pb2.PIPELINE_STAGE_BRONZE
    if row is not None and row.error is not None:
        product.silver_error = row.error
    return product


def with_details(product: product_pb2.Product, row: sa.Row[Any]) -> product_pb2.Product:
    """Adds the changes and issues of a normalised product, why it is a duplicate, and what its category may mean."""
    for change in orjson.loads(row.changes):
        added = product.changes.add(field=change["field"], rule=change["rule"])
        for side in ("before", "after"):
            if change[side] is not None:
                setattr(added, side, _text(change[side]))
    for issue in orjson.loads(row.issues):
        product.issues.add(**issue)
    if row.shared_gtin is not None:
        product.issues.add(**shared_gtin_issue(row.shared_gtin))
    if row.duplicate_of is not None and row.duplicate_evidence:
        told = orjson.loads(row.duplicate_evidence)
        product.duplicate_evidence.CopyFrom(
            product_pb2.DuplicateEvidence(
                strength=_STRENGTHS[told.pop("strength")], matched_product_id=told.pop("matched"), **told
            )
        )
    for suggestion in orjson.loads(row.category or "{}").get("suggestions", ()):
        product.category_suggestions.add(**suggestion)
    return product


def with_times(products: list[product_pb2.Product], items: pl.DataFrame) -> list[product_pb2.Product]:
    """Adds when the products' items were made and last changed.

    `items` has product_id, and created_at and updated_at in microseconds since 1970, null where nobody told.
    """
    told = items.select_seq("product_id", "created_at", "updated_at").drop_nulls()
    times = {row[0]: row[1:] for row in told.iter_rows()}
    for product in products:
        if product.id in times:
            created_at, updated_at = times[product.id]
            product.created_at.FromMicroseconds(created_at)
            product.updated_at.FromMicroseconds(updated_at)
    return products


def _product(
    workspace_id: str, catalog_id: str, product_id: str, document: Mapping[str, Any], attributes: str
) -> product_pb2.Product:
    product = product_pb2.Product(id=product_id, workspace_id=workspace_id, catalog_id=catalog_id)
    for name, value in document.items():
        if name in LISTS:
            getattr(product, PRODUCT_FIELD[name]).extend(value)
        else:
            setattr(product, PRODUCT_FIELD[name], value)
    values = Struct()
    if attributes:
        values.update(orjson.loads(attributes))
    product.attributes.CopyFrom(values)
    return product


def _text(value: str | list[str]) -> str:
    """A list is shown as JSON: the contract has one text for the value before and after."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
