"""Taxonomy: how deep the category path is, and whether it leads into the workspace's category tree."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.asking import exactly, found
from services.gold.rubric.features import Features, Looks, Mask, Test
from services.gold.rubric.fields import Check

_LEVELS, _UNLINKED = "category_levels", "_category_unlinked"


def looks() -> Sequence[Looks]:
    """`category_levels`: how many levels the category path has."""
    return ({_LEVELS: pl.col("categoryPath").str.count_matches(r"[^>\s][^>]*")},)


def says_nothing(of: Features) -> Mask:
    """The category path is a placeholder, or has no level."""
    mask: Mask = of.placeholder("categoryPath") | (of[_LEVELS] == 0)
    return mask


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `categoryPath` (levels joined by " > "): one level is worth 0.4, two 0.7, three or more 1.

    Where the workspace has a category tree that the path is not linked to, it is worth 0.8 of that. Without a tree
    nothing can be linked and nothing is taken off.
    """
    levels = "Levels of the category path: {value}; three are wanted."
    link = "Link the category to one of the workspace's tree, or name it as the tree does."
    return {
        "categoryPath": (
            Check(
                *(says_nothing, 0, "placeholder", "placeholder instead of a category"),
                "Name the category that buyers would look in.",
            ),
            Check(
                *(_unlinked(1), 320, "one_level_unlinked", "one level only, and not in the category tree"),
                *(levels, _LEVELS),
            ),
            Check(
                *(exactly(_LEVELS, 1), 400, "one_level", "one level only, three are wanted"),
                *(levels, _LEVELS),
            ),
            Check(
                *(_unlinked(2), 560, "two_levels_unlinked", "two levels only, and not in the category tree"),
                *(levels, _LEVELS),
            ),
            Check(exactly(_LEVELS, 2), 700, "two_levels", "two levels only, three are wanted", levels, _LEVELS),
            Check(found(_UNLINKED), 800, "unlinked", "not in the workspace's category tree", link),
        ),
    }


def _unlinked(levels: int) -> Test:
    """So many levels, and not in the category tree."""
    return lambda of: (of[_LEVELS] == levels) & of[_UNLINKED]
