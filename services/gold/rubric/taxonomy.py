"""Taxonomy: how deep the category path is, and whether it leads into the workspace's category tree."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import Check
from services.gold.rubric.text import placeholder


def inputs() -> Sequence[pl.Expr]:
    """`category_levels`: how many levels the category path has."""
    return (pl.col("categoryPath").str.count_matches(r"[^>\s][^>]*").alias("category_levels"),)


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `categoryPath` (levels joined by " > "): one level is worth 0.4, two 0.7, three or more 1.

    Where the workspace has a category tree that the path is not linked to, it is worth 0.8 of that. Without a tree
    nothing can be linked and nothing is taken off.
    """
    path = pl.col("categoryPath")
    depth = pl.col("category_levels")
    unlinked = pl.col("_category_unlinked")
    levels = "Levels of the category path: {value}; three are wanted."
    link = "Link the category to one of the workspace's tree, or name it as the tree does."
    return {
        "categoryPath": (
            Check(
                *(placeholder(path) | (depth == 0), 0, "placeholder", "placeholder instead of a category"),
                "Name the category that buyers would look in.",
            ),
            Check(
                *((depth == 1) & unlinked, 320, "one_level_unlinked", "one level only, and not in the category tree"),
                *(levels, "category_levels"),
            ),
            Check(
                *(depth == 1, 400, "one_level", "one level only, three are wanted"),
                *(levels, "category_levels"),
            ),
            Check(
                *((depth == 2) & unlinked, 560, "two_levels_unlinked", "two levels only, and not in the category tree"),
                *(levels, "category_levels"),
            ),
            Check(depth == 2, 700, "two_levels", "two levels only, three are wanted", levels, "category_levels"),
            Check(unlinked, 800, "unlinked", "not in the workspace's category tree", link),
        ),
    }
