"""What the rules did and did not understand, told per product as JSON lists of changes and issues."""

from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import add
from typing import Final

import polars as pl

from services.silver.rules.encode import json_expr
from services.silver.rules.fields import LISTS, REFERENCES
from services.silver.rules.lists import items_of
from services.silver.rules.sheet import Sheet, stacked, zeros

# Null where a later rule changed the value back.
_CHANGE_TEXT: Final = pl.when(pl.col("before").ne_missing(pl.col("after"))).then(
    pl.concat_str(
        pl.lit('{"field":"'),
        "field",
        pl.lit('","before":'),
        json_expr("before").fill_null("null"),
        pl.lit(',"after":'),
        json_expr("after").fill_null("null"),
        pl.lit(',"rule":"'),
        "rule",
        pl.lit('"}'),
    )
)


def explanations(sheet: Sheet) -> list[pl.Series]:
    """Return `_fields_normalized`, `_changes` and `_issues`: what was noted, gathered per product.

    Each field with changes and each kind of issue is a column as long as the chunk, and a product's list is its
    row of them: grouping the notes by product takes four times as long.
    """
    changes = _spread(sheet, _changes(sheet))
    issues = _spread(sheet, sheet.issues())
    none = pl.Series(["[]"]).new_from_index(0, sheet.height)
    found = [zeros(sheet.height, pl.Int32).alias("_fields_normalized"), none.alias("_changes"), none.alias("_issues")]
    if changes or issues:
        columns = [column.alias(str(place)) for place, column in enumerate([*changes, *issues])]
        told = pl.DataFrame(columns).select_seq(_gathered(len(changes), len(issues)))
        found = [told[column.name] if column.name in told.columns else column for column in found]
    return found


@lru_cache(maxsize=512)
def _gathered(changes: int, issues: int) -> list[pl.Expr]:
    """The columns "0", "1" …, first of changes, then of issues, as the columns they are told in."""
    of_changes, of_issues = (list(map(str, range(*ends))) for ends in ((0, changes), (changes, changes + issues)))
    # Not `sum_horizontal`: it goes to Polars' pool and back, which on three rows takes longer than all the rest here.
    counts = [pl.col(name).is_not_null().cast(pl.Int32) for name in of_changes]
    counted = [reduce(add, counts).alias("_fields_normalized")] if counts else []
    told = [
        pl.concat_str(pl.lit("["), pl.concat_str(columns, separator=",", ignore_nulls=True), pl.lit("]")).alias(name)
        for columns, name in ((of_changes, "_changes"), (of_issues, "_issues"))
        if columns
    ]
    return counted + told


def _spread(sheet: Sheet, notes: Sequence[tuple[pl.Series, pl.Series | str]]) -> list[pl.Series]:
    """Return each of the (rows, texts) as a column of the chunk's height."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, sheet.height)
    return [nothing.clone().scatter(rows, texts) for rows, texts in notes]


def _changes(sheet: Sheet) -> list[tuple[pl.Series, pl.Series]]:
    """Return per field the rows of its changes and each as JSON object text, null where it was taken back."""
    texts, lists = [], []
    for name in sheet.changed():
        changed = sheet.changes(name) if name not in REFERENCES else None
        if changed is None or not changed.height:
            continue
        if name in LISTS:
            sides = [items_of(changed[side]).alias(side) for side in ("before", "after")]
            lists.append(pl.DataFrame([changed["row"], changed["field"], *sides, changed["rule"]]))
        else:
            texts.append(changed)
    return [note for parts in (texts, lists) if parts for note in _told(parts)]


def _told(parts: Sequence[pl.DataFrame]) -> list[tuple[pl.Series, pl.Series]]:
    """Encode the changes of several fields at once."""
    together = stacked(parts).select_seq("row", text=_CHANGE_TEXT)
    told, start = [], 0
    for part in parts:
        told.append((together["row"].slice(start, part.height), together["text"].slice(start, part.height)))
        start += part.height
    return told
