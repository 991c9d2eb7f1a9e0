"""The seven stages together: what they derive from a product's columns, and every field's checks."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric import attributes, content, identity, media, pricing, seo, taxonomy
from services.gold.rubric.fields import FIELDS, Check

ABSENT = 0
"""Number of the check for an absent value, the first of every field. No value fails it in a counted field."""


def all_inputs() -> Sequence[pl.Expr]:
    """Columns the checks read beside the canonical ones."""
    return (*identity.inputs(), *taxonomy.inputs(), *media.inputs(), *attributes.inputs(), *seo.inputs())


def all_checks(*, categories_linked: bool) -> Mapping[str, Sequence[Check]]:
    """Checks by field, worst first, led by the one for an absent value."""
    checks = {
        **identity.checks(),
        **taxonomy.checks(categories_linked=categories_linked),
        **content.checks(),
        **media.checks(),
        **pricing.checks(),
        **attributes.checks(),
        **seo.checks(),
    }
    return {
        field.name: (
            Check(pl.lit(value=False) if field.counted else pl.col(field.column).is_null(), 0, "absent"),
            *sorted(checks[field.name], key=lambda check: check.quality),
        )
        for field in FIELDS
    }
