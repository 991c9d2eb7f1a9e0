"""Running the rule groups so that a value that breaks a rule costs its own product that rule, and no other anything."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias, TypeVar

import polars as pl

from services.silver.rules.sheet import Sheet

RuleGroup: TypeAlias = tuple[str, Callable[[Sheet], list[pl.Series]]]
"""The field that the group is about most, and the work: it returns the columns it has beside the sheet, and on an
empty sheet what they hold where there is nothing."""

_Result = TypeVar("_Result")
# A panic inside Polars is no `Exception`.
_FAILURES: Final = (Exception, pl.exceptions.PanicException)


class GroupError(Exception):
    """A rule group failed on a chunk, and its cause says how. It never leaves the rules."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.group: Final = group


def attempt(group: str, step: Callable[[], _Result]) -> _Result:
    """Return what `step` returns.

    Raises:
        GroupError: `step` failed. A full memory is nobody's value, so it goes its own way.
    """
    try:
        return step()
    except MemoryError:
        raise
    except _FAILURES as failure:
        raise GroupError(group) from failure


def run_groups(sheet: Sheet, groups: Mapping[str, RuleGroup], skipped: AbstractSet[str]) -> list[pl.Series]:
    """Run `groups` in their order over `sheet`; return their columns.

    A skipped group leaves the values as they are, and an issue: `rules.failed`.

    Raises:
        GroupError: a group failed; the sheet is half done and of no further use.
    """
    columns: list[pl.Series] = []
    for name, (field, work) in groups.items():
        if name in skipped:
            columns += work(Sheet(sheet.product_ids))
            flag_failed(sheet, name, field)
        else:
            columns += attempt(name, lambda work=work: work(sheet))  # type: ignore[misc]
    return columns


def flag_failed(sheet: Sheet, group: str, field: str) -> None:
    """Note on every product of `sheet` that a rule group could not be applied to it."""
    everywhere = pl.Series([True]).new_from_index(0, sheet.height)
    message = f"The rules of the group '{group}' failed on this product; its values stay as they came to them."
    sheet.flag("rules.failed", field, "error", everywhere, message)
