"""The seven stages together: what they derive from a product's columns, and every field's checks."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric import attributes, content, identity, media, pricing, seo, taxonomy
from services.gold.rubric.expected import Expected
from services.gold.rubric.fields import FIELDS, Check

ABSENT = 0
"""Number of the check for an absent value, the first of every field. No value fails it in a counted field."""


def all_inputs() -> Sequence[Sequence[pl.Expr]]:
    """Columns the checks read beside the canonical ones, in layers: a layer may read those before it."""
    modules = (identity, taxonomy, content, media, attributes, seo)
    return ([expression for module in modules for expression in module.inputs()],)


def all_checks(expected: Expected) -> Mapping[str, Sequence[Check]]:
    """Checks by field, worst first, led by the one for an absent value."""
    checks = {
        **identity.checks(),
        **taxonomy.checks(),
        **content.checks(),
        **media.checks(),
        **pricing.checks(),
        **attributes.checks(expected),
        **seo.checks(),
    }
    return {
        field.name: (
            Check(
                pl.lit(value=False) if field.counted else pl.col(field.column).is_null(),
                0,
                "missing",
                "absent",
                field.absent,
                source=field.source,
            ),
            *sorted(checks[field.name], key=lambda check: check.quality),
        )
        for field in FIELDS
    }
