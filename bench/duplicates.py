"""Likely duplicates, measured: `python -m bench.duplicates [N …]`.

Without numbers: the Abt-Buy benchmark (Leipzig, CC-BY) in ../shared/data, both files as one catalog; a pair across the
files is right if the perfect mapping has it, pairs within one file are counted apart (nobody labelled them). Then, for
each N (10,000 100,000 unless told), a made-up catalog of N products of which one in a hundred is told a second time in
other words, and none else is a duplicate: what is found beyond those is false.

Each catalog is measured in a process of its own, so that the memory is its own.
"""

import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from services.silver.matching import PRODUCT_SCHEMA, Strictness, find_likely
from services.silver.matching.candidates import nearest
from services.silver.matching.profile import profile

ABT_BUY = Path(__file__).parents[2] / "shared/data/duplicates/abt-buy"
RETOLD = 100
"""One product in so many is told twice."""
_SOUNDS = ("ba", "cor", "del", "fi", "gan", "hul", "ja", "kem", "lo", "mir", "nor", "pa", "quin", "ro", "sul", "ta")
_SOUNDS += (
    "ul",
    "ver",
    "wim",
    "xan",
    "yo",
    "zet",
    "bri",
    "cla",
    "dro",
    "fle",
    "gri",
    "plo",
    "sta",
    "tre",
    "vin",
    "sko",
)
_NOUNS = ("desk lamp", "hooded jacket", "running shoe", "power bank", "frying pan", "wool blanket", "water bottle")
_NOUNS += ("wall clock", "yoga mat", "coffee grinder", "rain parka", "face cream", "olive oil", "digital camera")
_NOUNS += ("office chair", "bluetooth speaker", "cordless drill", "garden hose", "dog bed", "phone case", "led monitor")
_WORDS = ("portable", "foldable", "compact", "classic", "sturdy", "wireless", "heavy duty", "slim", "soft", "durable")
_COLOURS = ("black", "white", "blue", "red", "green", "grey", "brown", "yellow", "pink", "silver")
_SIZES = ("250 ml", "500 ml", "1 l", "100 g", "500 g", "1 kg", "10 cm", "20 cm", "30 cm", "50 cm")


def _mix(row: pl.Expr, salt: int) -> pl.Expr:
    return row.hash(salt) % 1_000_003


def _pick(values: tuple[str, ...], number: pl.Expr) -> pl.Expr:
    return (number % len(values)).replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def _name(number: pl.Expr, sounds: int) -> pl.Expr:
    """A made-up name, one for each number below 32 to the power of sounds."""
    parts = [_pick(_SOUNDS, number // len(_SOUNDS) ** place) for place in range(sounds)]
    return pl.concat_str(parts).str.to_titlecase()


def generated(count: int) -> pl.DataFrame:
    """A catalog of `count` products; the id of a retold one is R and the number of its original."""
    told = count - count // RETOLD
    rows = pl.DataFrame({"row": pl.int_range(told, eager=True).cast(pl.UInt64)})
    row = pl.col("row")
    brand = _name(_mix(row, 1) % 3000 + 1024, 3)
    letters = pl.concat_str([_pick(tuple("abcdefghkmnprstvwx"), _mix(row, salt)) for salt in (2, 3, 4)])
    model = pl.concat_str(letters.str.to_uppercase(), pl.lit("-"), (row + 1000).cast(pl.String))
    noun, colour = _pick(_NOUNS, _mix(row, 5)), _pick(_COLOURS, _mix(row, 6))
    first, second = _pick(_WORDS, _mix(row, 7)), _pick(_WORDS, _mix(row, 8))
    size = _pick(_SIZES, _mix(row, 9))
    named = _mix(row, 10) % 10 < 4
    key = pl.when(named).then(_name(row + 40_000_000, 5)).otherwise(model)
    price = 500 + _mix(row, 11) % 50_000
    common = {
        "brand": pl.when(_mix(row, 12) % 5 > 0).then(brand),
        "description": pl.concat_str(
            first, noun, pl.lit("for every day,"), second, pl.lit("and"), colour, separator=" "
        ),
        "color": pl.when(_mix(row, 13) % 2 == 0).then(colour),
    }
    originals = rows.select(
        product_id="P" + row.cast(pl.String),
        title=pl.concat_str(brand, key, first, noun, size, colour, separator=" "),
        price=(price / 100).cast(pl.String),
        **common,
    )
    again = pl.when(named).then(key).otherwise(key.str.replace("-", "").str.to_lowercase())
    retold = rows.filter((row * 7919 % told) < count // RETOLD).select(
        product_id="R" + row.cast(pl.String),
        title=pl.concat_str(noun.str.to_titlecase(), pl.lit("by"), brand, again, colour, separator=" "),
        price=(price * 1.05 / 100).round(2).cast(pl.String),
        **common,
    )
    frame = pl.concat([originals, retold]).with_row_index("sequence")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in PRODUCT_SCHEMA.items() if name not in frame.columns]
    return frame.with_columns(*missing).select(PRODUCT_SCHEMA.names()).cast(dict(PRODUCT_SCHEMA))


def abt_buy() -> tuple[pl.DataFrame, set[tuple[str, str]]]:
    """Both files as one catalog, Abt first, and the pairs of the perfect mapping."""
    parts = []
    for name in ("Abt", "Buy"):
        text = (ABT_BUY / f"{name}.csv").read_text("iso-8859-1")
        frame = pl.read_csv(text.encode(), infer_schema=False)
        brand = pl.col("manufacturer") if "manufacturer" in frame.columns else pl.lit(None, pl.String)
        price = pl.col("price").str.replace_all("[$,]", "")
        parts.append(frame.select("description", price, product_id=name + pl.col("id"), title="name", brand=brand))
    both = pl.concat(parts).with_row_index("sequence")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in PRODUCT_SCHEMA.items() if name not in both.columns]
    true = pl.read_csv(ABT_BUY / "abt_buy_perfectMapping.csv", infer_schema=False)
    return (
        both.with_columns(*missing).select(PRODUCT_SCHEMA.names()).cast(dict(PRODUCT_SCHEMA)),
        {("Abt" + abt, "Buy" + buy) for abt, buy in true.iter_rows()},
    )


def _quality(found: set[tuple[str, str]], true: set[tuple[str, str]]) -> dict[str, float]:
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _memory() -> int:
    """Megabytes at the highest point of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure_abt_buy() -> dict[str, Any]:
    """Quality for each strictness, and the share of true pairs among the candidates."""
    products, true = abt_buy()
    pairs = nearest(profile([products])[1])
    ids = products["product_id"]
    candidates = set(zip(ids.gather(pairs.left), ids.gather(pairs.right), strict=True))
    result: dict[str, Any] = {"candidates": len(candidates), "recall of candidates": len(candidates & true) / len(true)}
    for strictness in Strictness:
        started = time.perf_counter()
        likely = find_likely(products, strictness)
        seconds = time.perf_counter() - started
        found = set(likely.select("earlier", "later").iter_rows())
        across = {pair for pair in found if pair[0][:3] != pair[1][:3]}
        result[strictness] = {**_quality(across, true), "within": len(found - across), "seconds": round(seconds, 2)}
    return {**result, "megabytes": _memory()}


def measure_generated(count: int) -> dict[str, Any]:
    """Seconds, memory, and what was found of a made-up catalog."""
    products = generated(count)
    before = _memory()
    started = time.perf_counter()
    likely = find_likely(products)
    seconds = time.perf_counter() - started
    found = set(likely.select("earlier", "later").iter_rows())
    true = {("P" + retold[1:], retold) for retold in products["product_id"] if retold.startswith("R")}
    quality = {**_quality(found, true), "false": len(found - true)}
    return {"products": count, "seconds": round(seconds, 1), "megabytes": _memory(), "before": before, **quality}


def main() -> None:
    """Measure what the arguments name, one line of JSON each."""
    context = multiprocessing.get_context("spawn")
    counts = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    if ABT_BUY.is_dir() and len(sys.argv) == 1:
        with context.Pool(1) as pool:
            print(json.dumps(pool.apply(measure_abt_buy), indent=1))
    for count in counts:
        with context.Pool(1) as pool:
            print(json.dumps(pool.apply(measure_generated, (count,))), flush=True)


if __name__ == "__main__":
    main()
