"""Taxonomy: how deep the category path is, and whether it leads into the workspace's category tree."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import Check
from services.gold.rubric.text import placeholder


def inputs() -> Sequence[pl.Expr]:
    """`_depth`: how many levels the category path has."""
    return (pl.col("categoryPath").str.count_matches(r"[^>\s][^>]*").alias("_depth"),)


def checks(*, categories_linked: bool) -> Mapping[str, Sequence[Check]]:
    """Checks of `categoryPath` (levels joined by " > "): one level is worth 0.4, two 0.7, three or more 1.

    `categories_linked` says that the workspace has a category tree: a path without `categoryId` is then worth
    0.8 of that. Without a tree nothing can be linked and nothing is taken off.
    """
    path = pl.col("categoryPath")
    depth = pl.col("_depth")
    unlinked = pl.col("categoryId").is_null() & categories_linked
    return {
        "categoryPath": (
            Check(placeholder(path) | (depth == 0), 0, "placeholder instead of a category"),
            Check((depth == 1) & unlinked, 320, "one level only, and not in the category tree"),
            Check(depth == 1, 400, "one level only, three are wanted"),
            Check((depth == 2) & unlinked, 560, "two levels only, and not in the category tree"),
            Check(depth == 2, 700, "two levels only, three are wanted"),
            Check(unlinked, 800, "not in the workspace's category tree"),
        ),
    }
