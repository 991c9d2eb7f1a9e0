"""Makes the benchmark's product file: `python -m bench.data [N]` writes bench/out/products-N.csv and brands.csv.

Every value is arithmetic on the row number, so a row is the same on every machine and in every chunk. The mess has the
rates real supplier files have: about one price in three carries its currency, one barcode in nine is unusable, two
products in a hundred are exact duplicates of an earlier one, three in a thousand name a brand nobody registered.
"""

import sys
import time
from pathlib import Path

import polars as pl

OUT = Path(__file__).parent / "out"
CHUNK = 100_000
"""Rows made at a time: bounds the memory for any N."""
COLUMNS = (
    *("id", "title", "description", "brand", "category", "price", "currency", "availability", "gtin", "mpn"),
    *("image_link", "additional_image_link", "link", "color"),
)
_HEADS = ("Al", "Bor", "Cel", "Dor", "El", "Far", "Gol", "Hal", "Is", "Jov")
_TAILS = ("mora", "binet", "cador", "dalia", "fenn", "garth", "hult", "ivo", "karsk", "lume")
BRANDS = tuple(f"{head}{tail} {kind}" for kind in ("Works", "Home") for head in _HEADS for tail in _TAILS)
"""200 registered brands."""
UNREGISTERED = "AcmeCorp"
_NOUNS = ("Desk Lamp", "Hooded Jacket", "Running Shoe", "Power Bank", "Frying Pan", "Wool Blanket", "Water Bottle")
_NOUNS += ("Wall Clock", "Yoga Mat", "Coffee Grinder", "Rain Parka", "Building Blocks", "Face Cream", "Olive Oil")
_FEATURES = (
    "with two-year warranty",
    "in recycled packaging",
    "for everyday use",
    "made in small batches",
    "extra light",
)
_COLOURS = ("black", "Navy", "forest green", "white", "rust", "graphite", "sand")
_CATEGORIES = (
    "Home > Lighting > Desk Lamps",
    "Clothing/Outerwear/Jackets",
    "Shoes | Sports | Running",
    "Electronics > Power",
    "Kitchen > Cookware > Pans",
    "HOME > TEXTILES > BLANKETS",
    "Sports",
    "Toys & Games > Construction > Blocks",
)
_SENTENCES = (
    "It keeps its shape through years of daily use and is easy to repair when it does not.",
    "The surface is treated with natural oil and cleans with a damp cloth.",
    "Every part is sold separately, so a broken one is not the end of it.",
    "Designed in a small studio and tested by a hundred patient people.",
    "Packed without plastic; the box is the right size and goes back into the paper bin.",
    "Weighs little, travels well and fits into the side pocket of any rucksack.",
    "Für den täglichen Gebrauch gemacht – robust, leise und leicht zu reinigen.",
)
_AVAILABILITY = ("in stock", "In Stock", "in_stock", "InStock", "auf Lager", "en stock", "out of stock", "preorder")


def _pick(values: tuple[str, ...], index: pl.Expr) -> pl.Expr:
    """The value at index modulo the number of values."""
    return (index % len(values)).replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def _mix(index: pl.Expr, salt: int) -> pl.Expr:
    """A well-spread number below 10,000 for a row number; no random generator, so it never changes."""
    return ((index * 48_271 + salt * 7_919) % 2_147_483_647 * 16_807 % 2_147_483_647) // 101 % 10_000


def _gtin(row: pl.Expr) -> pl.Expr:
    """A 13-digit code with the right check digit, different for every row number below 10^10."""
    body = 150_000_000_000 + row * 7_368_787 % 10_000_000_000
    places = [body // 10**place % 10 * (3 if place % 2 == 0 else 1) for place in range(12)]
    return body * 10 + (10 - pl.sum_horizontal(places) % 10) % 10


def _price(row: pl.Expr) -> pl.Expr:
    """Mostly plain; some with decimal commas, signs or codes."""
    number = 500 + _mix(row, 3) * 23
    whole, cents = number // 100, (number % 100).cast(pl.String).str.zfill(2)
    thousands = (
        pl.when(whole < 1000)
        .then(whole.cast(pl.String))
        .otherwise(pl.format("{}.{}", whole // 1000, (whole % 1000).cast(pl.String).str.zfill(3)))
    )
    kind = row % 20
    return (
        pl.when(kind < 13)
        .then(pl.format("{}.{}", whole, cents))
        .when(kind < 16)
        .then(pl.format("{},{} €", thousands, cents))
        .when(kind < 18)
        .then(pl.format("${}.{}", whole, cents))
        .when(kind < 19)
        .then(pl.format("{}.{} gbp", whole, cents))
        .otherwise(pl.lit("0"))
    )


def frame(start: int, stop: int) -> pl.DataFrame:
    """Rows start (included) to stop (excluded), 14 columns of text; empty cells are null."""
    row, same = pl.col("row"), pl.col("same")
    copied = row % 50 == 49
    brand = _pick(BRANDS, _mix(same, 1))
    name = pl.concat_str(_pick(_NOUNS, _mix(same, 2)), pl.lit(" "), 100 + same % 900)
    slug = pl.concat_str(pl.lit("https://images.example.com/p/"), row)
    title = pl.concat_str(brand, pl.lit(" "), name, pl.lit(" "), _pick(_FEATURES, row))
    text = pl.concat_str([_pick(_SENTENCES, _mix(row, 5) + step) for step in (0, 2, 3)], separator=" ")
    gtin = _gtin(same).cast(pl.String)
    carried = (row % 20 >= 13) & (row % 20 < 19)
    columns = {
        "id": pl.concat_str(pl.lit("P"), row.cast(pl.String).str.zfill(8)),
        "title": pl.when(row % 37 == 0)
        .then(title.str.to_uppercase())
        .when(row % 11 == 0)
        .then(pl.concat_str(pl.lit("  "), title.str.replace(" ", "  ")))
        .when(copied)
        .then(pl.concat_str(name, pl.lit(" by "), brand))
        .otherwise(title),
        "description": pl.when(row % 23 == 0)
        .then(None)
        .when(row % 19 == 0)
        .then(pl.concat_str(pl.lit("<p>"), text, pl.lit("</p><br/>&nbsp;CE &amp; GS")))
        .otherwise(text),
        "brand": pl.when(same % 333 == 7)
        .then(pl.lit(UNREGISTERED))
        .when(row % 20 == 3)
        .then(brand.str.to_uppercase())
        .when(row % 41 == 0)
        .then(None)
        .otherwise(brand),
        "category": _pick(_CATEGORIES, _mix(same, 4)),
        "price": _price(row),
        "currency": pl.when(carried).then(None).otherwise(_pick(("EUR", "USD", "eur", "GBP"), row // 20)),
        "availability": _pick(_AVAILABILITY, _mix(row, 8)),
        "gtin": pl.when(copied)
        .then(gtin)
        .when(row % 29 == 1)
        .then((_gtin(same) // 10 * 10 + (_gtin(same) + 3) % 10).cast(pl.String))
        .when(row % 50 == 2)
        .then(pl.concat_str(pl.lit("'"), gtin))
        .when(row % 100 == 4)
        .then(pl.lit("8,72E+12"))
        .when(row % 20 == 6)
        .then(None)
        .otherwise(gtin),
        "mpn": pl.when(row % 5 == 0).then(None).otherwise(pl.concat_str(pl.lit("M-"), same)),
        "image_link": pl.when(row % 97 == 0)
        .then(pl.concat_str(pl.lit("htp:/broken/"), row))
        .otherwise(pl.concat_str(slug, pl.lit("-1.jpg"))),
        "additional_image_link": pl.when(row % 4 == 0)
        .then(None)
        .when(row % 4 == 1)
        .then(pl.concat_str(slug, pl.lit("-2.jpg")))
        .otherwise(pl.concat_str(slug, pl.lit("-2.jpg,"), slug, pl.lit("-3.jpg,"), slug, pl.lit("-4.jpg"))),
        "link": pl.when(row % 20 == 9).then(None).otherwise(pl.concat_str(pl.lit("https://shop.example.com/p/"), row)),
        "color": pl.when(_mix(same, 9) < 6000).then(_pick(_COLOURS, _mix(same, 10))).otherwise(None),
    }
    rows = pl.select(row=pl.int_range(start, stop, dtype=pl.Int64))
    return rows.with_columns(same=pl.when(copied).then(row - 25).otherwise(row)).select(**columns)


def write(count: int, path: Path) -> None:
    """Write `count` products to the path, chunk by chunk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for start in range(0, count, CHUNK):
            frame(start, min(start + CHUNK, count)).write_csv(out, include_header=start == 0)


def products(count: int) -> Path:
    """The file of `count` products under bench/out, made on first use."""
    path = OUT / f"products-{count}.csv"
    if not path.exists():
        partial = path.with_suffix(".partial")
        write(count, partial)
        partial.replace(path)
    return path


def brands() -> Path:
    """The brands file beside it: name, aliases."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / "brands.csv"
    path.write_text("\n".join(("name,aliases", *(f"{brand}," for brand in BRANDS))) + "\n")
    return path


def main() -> None:
    """Write both files and say how long it took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    started = time.perf_counter()
    path = OUT / f"products-{count}.csv"
    write(count, path)
    brands()
    seconds = time.perf_counter() - started
    print(f"{path}: {count} products, {path.stat().st_size / 1e6:.0f} MB, {seconds:.1f} s, {count / seconds:,.0f}/s")


if __name__ == "__main__":
    main()
