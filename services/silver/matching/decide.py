"""The verdict on pairs with evidence: points added up, some facts that forbid, and only the best of rivals.

The points are one fixed configuration. They follow from what the evidence means (a model code that hardly anyone else
carries says nearly everything, likeness of words little), not from the data of one catalog.
"""

from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching.arrays import share
from services.silver.matching.candidates import Pairs
from services.silver.matching.commonness import TELLING_WEIGHT
from services.silver.matching.profile import Profile


class Strictness(StrEnum):
    """How sure a pair must be."""

    LOOSE = "loose"
    NORMAL = "normal"
    STRICT = "strict"


LEAST: Final = {Strictness.LOOSE: -0.2, Strictness.NORMAL: 0.5, Strictness.STRICT: 2.0}
"""Points that make a pair likely."""
RIVAL: Final = 1.0
"""Points by which another partner must be better for a pair to be given up."""

_FULL: Final = 4.6
_CROSS: Final = 4.2
_STEM: Final = 3.0
_WEAK: Final = 2.3
_TELLING: Final = 1.0
"""Points below which a shared code is so common that it says no more than a word."""
_RARE: Final = 0.4
"""Rarity of what may be a model code from which it is taken for one."""
_ODD_WORD: Final = {Strictness.LOOSE: 1.0, Strictness.NORMAL: 0.8, Strictness.STRICT: 0.6}
"""Weight of a word that only one of two products has, from which it is another product, unless a code says otherwise:
a T-shirt with a logo is not the T-shirt."""
_ALIKE: Final = 0.3
"""Cosine below which two products without a code in common are not compared."""
_FITS: Final = 0.3
"""Likeness below which a product with a code of its own that tells the other's in its texts is what fits on it."""
_UNLIKE: Final = 0.1
"""Likeness below which titles have next to nothing in common."""
_CROWD: Final = 3
"""Partners of one product beyond which likeness without a model code says nothing: a title that many carry."""


def _coded() -> pl.Expr:
    return pl.max_horizontal(
        _FULL * pl.col("full"), _CROSS * pl.col("cross"), _STEM * pl.col("stem"), _WEAK * pl.col("weak")
    )


def is_telling() -> pl.Expr:
    """Whether both have a model code that is not so common that it says no more than a word."""
    return _coded() >= _TELLING


def _points() -> pl.Expr:
    coded = _coded()
    agreeing = (pl.col("full") > 0) | (pl.col("cross") > 0)
    uncoded = coded < _TELLING
    both_coded = pl.col("coded_left") & pl.col("coded_right")
    other_thing = ~agreeing & (pl.col("weak") == 0) & pl.col("words_differ") & (pl.col("likeness") > 0.65)
    accessory = (
        (pl.col("fits") | (pl.col("crosses") & ~pl.col("brand_agrees")))
        & (pl.col("full") == 0)
        & (pl.col("stem") == 0)
        & (pl.col("likeness") < _FITS)
    )
    spare = pl.col("spare_left") & pl.col("spare_right")
    return (
        coded
        + 4 * (pl.col("likeness") - 0.4)
        + pl.when(both_coded & ~agreeing & (pl.col("stem") == 0)).then(-3.0).otherwise(0)
        + pl.when(agreeing & spare).then(pl.when("siblings").then(-3.0).otherwise(-0.6)).otherwise(0)
        + pl.when(accessory & (pl.col("likeness") < _UNLIKE)).then(-3.0).when(accessory).then(-2.0).otherwise(0)
        + pl.when("brand_agrees").then(0.4).when("brand_differs").then(-3.5).otherwise(-0.8)
        + pl.when(other_thing).then(-1.5).otherwise(0)
        + pl.when(uncoded)
        .then(
            -1.5 * pl.col("words_lone_any")
            + pl.when(pl.col("words_differ") & (pl.col("words_lone") + 0.1 > pl.col("words_shared")))
            .then(-2.5)
            .otherwise(0)
        )
        .otherwise(0)
        + pl.when(~agreeing & (pl.col("stem") == 0)).then(-3.0 * (pl.col("words_lone") - 0.5).clip(0)).otherwise(0)
        + pl.when("facts_agree").then(0.3).otherwise(0)
        + pl.when("colour_agrees").then(0.3).when("hint_differs").then(-1.0).otherwise(0)
        + pl.when("editions_differ").then(pl.when(pl.col("full") > 0).then(-0.4).otherwise(-1.2)).otherwise(0)
        + pl.when(pl.col("price_ratio") > 3)
        .then(-2.0)
        .when(pl.col("price_ratio") > 1.8)
        .then(-0.7)
        .when(pl.col("price_ratio") < 1.2)
        .then(0.3)
        .otherwise(0)
    )


def alike(pairs: Pairs, profile: Profile) -> Pairs:
    """Pairs that can become likely without a code in common: alike in words, and of no two colours, sizes or flavours.

    Cheap, and before any evidence: what this leaves out is most of the candidates, and would be forbidden anyway.
    """
    return _those(pairs, _are_alike(pairs, profile) & ~_apart(pairs, profile))


def promising(pairs: Pairs, profile: Profile) -> Pairs:
    """Pairs that can still become likely: `alike`, or with a code in common, and of no two colours or sizes."""
    left, right = pairs.left, pairs.right
    apart = _apart(pairs, profile)
    common = apart | _are_alike(pairs, profile)  # nothing more to find out
    for names in ("own", "stems", "weak"):
        open_yet = np.flatnonzero(~common)
        lines = getattr(profile, names)
        common[open_yet] = share(lines[left[open_yet]], lines[right[open_yet]])
    for mine, theirs in ((left, right), (right, left)):
        open_yet = np.flatnonzero(~common)
        readings = profile.other.found(profile.own[mine[open_yet]], theirs[open_yet])
        common[open_yet] = (readings != 0).any(axis=1)
    return _those(pairs, common & ~apart)


def _are_alike(pairs: Pairs, profile: Profile) -> npt.NDArray[np.bool_]:
    left, right = pairs.left, pairs.right
    uncoded = (profile.own[left, 0] == 0) | (profile.own[right, 0] == 0)
    found: npt.NDArray[np.bool_] = uncoded & (pairs.cosine > _ALIKE) & (profile.flavour[left] == profile.flavour[right])
    return found


def _apart(pairs: Pairs, profile: Profile) -> npt.NDArray[np.bool_]:
    """Whether both have a colour or a size, and not the same."""
    left, right = pairs.left, pairs.right
    colour_a, colour_b = profile.colour[left], profile.colour[right]
    size_a, size_b = profile.size[left], profile.size[right]
    apart: npt.NDArray[np.bool_] = (colour_a != 0) & (colour_b != 0) & ((colour_a & colour_b) == 0)
    apart |= (size_a != 0) & (size_b != 0) & (size_a != size_b)
    return apart


def _those(pairs: Pairs, kept: npt.NDArray[np.bool_]) -> Pairs:
    return Pairs(pairs.left[kept], pairs.right[kept], pairs.cosine[kept])


def judged(evidence: pl.DataFrame, strictness: Strictness) -> pl.DataFrame:
    """Evidence with `points`, where they suffice and no fact forbids the pair."""
    no_model = (pl.col("full") == 0) & (pl.col("cross") == 0) & (pl.col("stem") == 0)
    untold = (pl.col("words_shared") < TELLING_WEIGHT) & ~pl.col("looks_same")
    forbidden = (
        pl.col("facts_differ")
        | (pl.col("packs_differ") & (pl.col("full") < 1))
        | (no_model & pl.col("numbers_differ") & ((pl.col("weak") < _RARE) | pl.col("numbers_apart")))
        | (no_model & pl.col("generations_differ"))
        | (no_model & (pl.col("flavours_differ") | pl.col("editions_differ") | pl.col("trims_differ")))
        | (no_model & pl.col("bundles_differ"))
        | (no_model & (pl.col("weak") < _RARE) & pl.col("number_more"))
        | pl.col("models_differ")
        | (pl.col("numbers_apart") & pl.col("words_lone_none"))
        | pl.col("keyboards_differ")
        | pl.col("extras_differ")
        | (no_model & (pl.col("weak") == 0) & (pl.col("words_differ") | pl.col("in_crowd") | untold))
        | (no_model & (pl.col("weak") < _RARE) & (pl.col("words_lone_any") > _ODD_WORD[strictness]))
        | pl.col("colour_differs")
        | pl.col("size_differs")
        | pl.col("parent_id_same").fill_null(False)
        | ~pl.col("gtin14_same").fill_null(True)
        | ~pl.col("in_store_same").fill_null(True)
        | ~pl.col("size_same").fill_null(True)
        | ~(pl.col("color_same") | pl.col("colour_agrees")).fill_null(True)
    )
    return (
        evidence.filter(~forbidden)
        .with_columns(points=_points().cast(pl.Float32))
        .filter(pl.col("points") >= LEAST[strictness])
    )


def chosen(accepted: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose products have no clearly better partner, and no crowd of equals without a model code."""
    kept = ("points", (~pl.col("coded")).alias("uncoded"))
    sides = pl.concat([accepted.select(*kept, product="left"), accepted.select(*kept, product="right")])
    best = sides.group_by("product").agg(pl.col("points").max().alias("best"), pl.col("uncoded").sum().alias("crowd"))
    pairs = accepted.join(best.rename({"product": "left", "best": "best_left", "crowd": "crowd_left"}), on="left").join(
        best.rename({"product": "right", "best": "best_right", "crowd": "crowd_right"}), on="right"
    )
    lost_in_crowd = ~pl.col("coded") & (pl.max_horizontal("crowd_left", "crowd_right") > _CROWD)
    outdone = pl.col("points") + RIVAL < pl.max_horizontal("best_left", "best_right")
    return pairs.filter(~lost_in_crowd & ~outdone).drop("best_left", "best_right", "crowd_left", "crowd_right")
