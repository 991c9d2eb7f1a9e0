"""What a workspace's own mapping does to a value besides moving it: trim, uppercase, lowercase, prefix:X, suffix:X.

Source: batch-silver-api, field mappings. X is literal, its spaces are kept.
"""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from services.silver.rules.aliases import target_of
from services.silver.rules.fields import ITEM_BREAK

_PLAIN: Final[dict[str, Callable[[pl.Expr], pl.Expr]]] = {
    "trim": lambda value: value.str.strip_chars(),
    "uppercase": lambda value: value.str.to_uppercase(),
    "lowercase": lambda value: value.str.to_lowercase(),
}


_OF_CASE: Final = frozenset({"uppercase", "lowercase"})


def cased_fields(mappings: Sequence[tuple[str, str, str | None]]) -> frozenset[str]:
    """Return the fields whose case a workspace's own mappings (header, target, transform) decide.

    No rule recases them, whatever column a value came from: what the workspace wants written large stays large when it
    is normalised again, where it no longer stands under the header that was mapped.
    """
    return frozenset(target_of(target) for _, target, transform in mappings if transform in _OF_CASE)


def transformed(values: pl.Series, transform: str, *, lists: bool = False) -> pl.Series:
    """Return `values` after `transform`; nulls stay, and an unknown transform changes nothing.

    Args:
        lists: each value is a list (see `fields`), whose items are transformed.
    """
    name, _, text = transform.partition(":")
    if transform in _PLAIN:
        change = _PLAIN[transform](pl.first())
    elif name == "prefix" and text:
        change = pl.lit(text) + (_joined(ITEM_BREAK + text) if lists else pl.first())
    elif name == "suffix" and text:
        change = (_joined(text + ITEM_BREAK) if lists else pl.first()) + pl.lit(text)
    else:
        return values
    return values.to_frame().select_seq(change.alias(values.name)).to_series()


def _joined(between: str) -> pl.Expr:
    return pl.first().str.replace_all(ITEM_BREAK, between, literal=True)
