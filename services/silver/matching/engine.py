"""Likely duplicates: the same thing in other words.

Four steps, each its own module: `profile` reads the texts into arrays, `candidates` asks an inverted index for the
nearest of each product, `meeting` adds whoever else could be accepted, `compare` and `decide` weigh the evidence of
each pair. One fixed configuration for every catalog; nothing is learnt, nothing is fetched, and the result depends on
the set of products only, not on their order.

What is decided about a pair depends on the two products and on how common their words and codes are, in wide steps
(see `commonness`), so that a few products can be compared with the rest of a catalog on their own.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from math import exp
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from services.silver.matching.candidates import Pairs, nearest, united
from services.silver.matching.commonness import Commonness, readings_of
from services.silver.matching.compare import evidence
from services.silver.matching.decide import Strictness, alike, chosen, is_telling, judged
from services.silver.matching.facts import FACTS, facts_of, with_facts
from services.silver.matching.meeting import meeting
from services.silver.matching.profile import Block, Profile, joined, profile

PRODUCT_SCHEMA: Final = pl.Schema(
    {
        "product_id": pl.String,
        "sequence": pl.Int64,
        "title": pl.String,
        "brand": pl.String,
        "mpn": pl.String,
        "sku": pl.String,
        "gtin": pl.String,
        "gtin14": pl.String,
        "price": pl.String,
        "currency": pl.String,
        "color": pl.String,
        "size": pl.String,
        "material": pl.String,
        "description": pl.String,
        "parent_id": pl.String,
    }
)
"""What is read of products: one row each, all of one catalog; all but the first two may be null.

`gtin` is the barcode as it is written, `gtin14` the usable one.
"""

_NAMES: Final = pl.List(pl.String)
PAIR_SCHEMA: Final = pl.Schema(
    [
        ("earlier", pl.String()),
        ("later", pl.String()),
        ("similarity", pl.Float64()),
        ("agree", _NAMES),
        ("disagree", _NAMES),
    ]
)
"""What `find_likely` returns: ids of both products (the earlier was ingested first), similarity from 0 to 1, fields."""

ACCEPTED_SCHEMA: Final = pl.Schema(
    [
        ("left", pl.Int64()),
        ("right", pl.Int64()),
        ("points", pl.Float32()),
        ("coded", pl.Boolean()),
        ("agree", _NAMES),
        ("disagree", _NAMES),
    ]
)
"""Pairs that have the points, before better partners and crowds are looked at: places of both products, evidence."""

BLOCK: Final = 4_000
"""Products whose texts are in memory as tokens at a time."""
_PAIRS: Final = 25_000
"""Pairs compared at a time."""


class Read(NamedTuple):
    """Some products of a catalog, read for comparison: all of them, or a few and their neighbours."""

    profile: Profile
    facts: pl.DataFrame
    """See `FACTS`; lines as in the profile."""
    commonness: Commonness
    """Of the whole catalog, whatever part of it was read."""


def find_likely(
    products: pl.DataFrame, strictness: Strictness = Strictness.NORMAL, *, threads: int = 2
) -> pl.DataFrame:
    """Return the pairs of a catalog that are likely one product, each with its evidence.

    Args:
        products: see `PRODUCT_SCHEMA`.
        strictness: how many points a pair needs.
        threads: cores the index may use; the result does not depend on it.

    Returns:
        Rows of `PAIR_SCHEMA`, in the order of ingestion of the later and the earlier product.
    """
    products = products.sort("sequence", "product_id")
    frames = (products.slice(offset, BLOCK) for offset in range(0, max(products.height, 1), BLOCK))
    read, blocks = read_catalog(frames, threads=threads)
    found = chosen(all_accepted(read, blocks, strictness, threads=threads)).sort("right", "left")
    ids = products["product_id"]
    columns = [
        ids.gather(found["left"]).alias("earlier"),
        ids.gather(found["right"]).alias("later"),
        pl.Series("similarity", map(similarity_of, found["points"]), dtype=pl.Float64),
        *found.select("agree", "disagree").get_columns(),
    ]
    return pl.DataFrame(columns)


def similarity_of(points: float) -> float:
    """Return points between 0 and 1."""
    return round(1 / (1 + exp(-points)), 4)


def read_catalog(
    frames: Iterable[pl.DataFrame],
    *,
    threads: int,
    seen: Callable[[pl.DataFrame, Block], None] = lambda _products, _block: None,
) -> tuple[Read, list[Block]]:
    """Read all products of a catalog, frame by frame; the blocks are for `all_accepted`, and for `seen` before that."""
    facts: list[pl.DataFrame] = [FACTS.to_frame()]
    readings = [np.zeros(0, dtype=np.uint32)]

    def noted(products: pl.DataFrame, read: Block) -> None:
        facts.append(facts_of(products))
        readings.append(readings_of(read.profile))
        seen(products, read)

    read, blocks = profile(frames, threads, noted)
    told = np.concatenate(readings)
    readings.clear()
    return Read(read, pl.concat(facts), Commonness.of(read, told)), blocks


def read_some(products: pl.DataFrame, blocks: list[Block], commonness: Commonness) -> Read:
    """Put together a few products of a catalog, read as blocks; of the rest only `commonness` is known."""
    return Read(joined(blocks), facts_of(products), commonness)


def all_accepted(
    read: Read,
    blocks: list[Block],
    strictness: Strictness,
    *,
    threads: int,
    check: Callable[[], None] = lambda: None,
) -> pl.DataFrame:
    """Return what is accepted of the candidates of all products, see `ACCEPTED_SCHEMA`; the blocks are used up.

    `check` is asked now and then, and may raise.
    """

    def kept(found: Pairs) -> Pairs:
        check()
        return alike(found, read.profile)

    near = nearest(blocks, kept, threads=threads)
    check()
    pairs = united(near, meeting(read.profile, read.facts, read.commonness, threads=threads))
    return accepted(read, pairs, strictness, threads=threads, check=check)


def accepted(
    read: Read,
    pairs: Pairs,
    strictness: Strictness,
    *,
    threads: int = 1,
    check: Callable[[], None] = lambda: None,
) -> pl.DataFrame:
    """Return the pairs that have the points, see `ACCEPTED_SCHEMA`; `check` as above."""

    def judged_part(offset: int) -> pl.DataFrame:
        check()
        lines = evidence(pairs.part(offset, _PAIRS), read.profile, read.commonness)
        return judged(with_facts(lines, read.facts), strictness).select(_EXPLAINED)

    with ThreadPoolExecutor(threads) as pool:
        kept = pool.map(judged_part, range(0, len(pairs.left), _PAIRS))
        return pl.concat([ACCEPTED_SCHEMA.to_frame(), *kept])


def _named(tests: dict[str, pl.Expr]) -> pl.Expr:
    return pl.concat_list(pl.when(test).then(pl.lit(name)) for name, test in tests.items()).list.drop_nulls()


_MODEL: Final = pl.max_horizontal("full", "cross", "stem", "weak") > 0
_AGREE: Final = {
    "title": pl.col("likeness") >= 0.5,
    "model": _MODEL,
    "brand": pl.col("brand_agrees") & ~pl.col("brand_unknown"),
    "quantity": pl.col("facts_agree"),
    "color": pl.col("colour_agrees") | pl.col("color_same"),
    "size": pl.col("size_same"),
    "material": pl.col("material_same"),
    "gtin": pl.col("gtin14_same"),
    "price": pl.col("price_ratio") < 1.2,
}
_DISAGREE: Final = {
    "title": pl.col("likeness") < 0.5,
    "model": pl.col("spare_left") & pl.col("spare_right") & ~_MODEL,
    "brand": pl.col("brand_differs"),
    "edition": pl.col("editions_differ"),
    "color": pl.col("hint_differs") & ~pl.col("colour_agrees"),
    "material": ~pl.col("material_same"),
    "price": pl.col("price_ratio") > 1.8,
}
_EXPLAINED: Final = (
    "left",
    "right",
    "points",
    is_telling().alias("coded"),
    _named(_AGREE).alias("agree"),
    _named(_DISAGREE).alias("disagree"),
)
