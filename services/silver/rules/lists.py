"""Cells that hold several values: image addresses and tags, parted as exports write them.

Most lists are plain addresses with one separator between them. Those are known by one ASCII pattern, so that only what
is left needs the patient way.
"""

from typing import Final

import polars as pl

from services.silver.rules.fields import ITEM_BREAK
from services.silver.rules.sheet import rows_where

_NO_PLAIN_URL: Final = ~pl.first().str.contains(r"^[!-+\--:<-{}~]*$")
_URL: Final = r"https?://[!-&(-+\--:<-{}~]+"
_PLAIN_URLS: Final = pl.first().str.contains(rf"^{_URL}(?:(?:[,|;] ?|\n){_URL})*$").alias("plain")
_SPLIT_PLAIN: Final = pl.first().str.replace_all("[,|;] ?http", ITEM_BREAK + "http").alias("split")
_SEPARATED: Final = pl.first().str.contains(r"[,|;\s]")
_PYTHON_MARK: Final = pl.first().str.contains("['", literal=True)
_NOTE_MARK: Final = pl.first().str.contains(" ! ", literal=True)
_PYTHON_LIST: Final = r"^\s*\[\s*'|'\s*\]\s*$"
_IMAGE_NOTES: Final = r"\s+!\s+(?i:alt|title|desc|caption)\s*:[^|\n]*"
_PLAIN_LIST: Final = r"\s*[,|;]\s*"
_LINE_BREAKS: Final = r"[\r\n\x{85}\x{2028}\x{2029}]+"
_TAG_ITEMS: Final = (
    pl.first()
    .str.replace_all(rf"{_PLAIN_LIST}|{_LINE_BREAKS}", ITEM_BREAK)
    .str.strip_chars(ITEM_BREAK)
    .replace("", None)
)
_SPLIT_ODD: Final = (
    pl.first()
    .str.replace_all(_LINE_BREAKS, ITEM_BREAK)
    .str.replace_all(r"\s*(?:[,|;]\s*|\s)((?i-u:https?:)?//)", ITEM_BREAK + "$1")
    .str.split(ITEM_BREAK)
    .list.eval(
        # An item without "//" is no address, so nothing in it can be part of one: every separator counts.
        pl.when(pl.element().str.contains("//|^data:"))
        .then(pl.element())
        .otherwise(pl.element().str.replace_all(_PLAIN_LIST, ITEM_BREAK))
    )
    .list.join(ITEM_BREAK)
    .str.replace_all(r"[,|;\s]*\n[,|;\s]*", ITEM_BREAK)
    .str.replace_all(r"^[,|;\s]+|[,|;\s]+$", "")
    .replace("", None)
)
_ALL_IMAGES: Final = pl.concat_str(["p", "s", "e"], separator=ITEM_BREAK, ignore_nulls=True)
_SPLIT_IMAGES: Final = (
    _ALL_IMAGES.str.split(ITEM_BREAK)
    .list.eval(pl.element().str.strip_chars().replace("", None).drop_nulls())
    .list.unique(maintain_order=True)
    .alias("images")
)
_FEW: Final = 32
"""So few products are looked at one by one: the expression costs more than they do."""
_ITEMS: Final = pl.col("s").str.split(ITEM_BREAK)
_SURE: Final = (
    pl.col("e").is_null()
    & (pl.col("p").is_null() | pl.col("p").str.contains("^[!-~]+$"))
    & (
        pl.col("s").is_null()
        | (
            pl.col("s").str.contains("^[!-~]+(?:\n[!-~]+)*$")
            & (_ITEMS.list.n_unique() == _ITEMS.list.len())
            & ~pl.col("s").str.contains(pl.col("p"), literal=True).fill_null(value=False)
        )
    )
)
_UNSURE: Final = ~_SURE.fill_null(value=False)
_HAS_PRIMARY: Final = (pl.col("p").is_not_null() | pl.col("e").is_not_null()).alias("has_primary")
_PRIMARY: Final = pl.when("has_primary").then(pl.col("images").list.first()).alias("primary")
_SECONDARY: Final = (
    pl.when("has_primary")
    .then(pl.col("images").list.slice(1))
    .otherwise("images")
    .list.join(ITEM_BREAK)
    .replace("", None)
    .alias("secondary")
)
_PARTS: Final = pl.col("texts").str.split(ITEM_BREAK).alias("parts")
_HAS_EMPTY: Final = (
    (
        (pl.col("texts") == "")
        | pl.col("texts").str.starts_with(ITEM_BREAK)
        | pl.col("texts").str.ends_with(ITEM_BREAK)
        | pl.col("texts").str.contains(ITEM_BREAK * 2, literal=True)
    )
    .any()
    .alias("has_empty")
)


def items_of(values: pl.Series) -> pl.Series:
    """Split the inner list text into its items."""
    if values.null_count() == len(values):
        return values.cast(pl.List(pl.String))
    told = values.alias("texts").to_frame().select_seq(_PARTS, _HAS_EMPTY)
    items = told["parts"].alias(values.name)
    return items.list.eval(pl.element().filter(pl.element() != "")) if told["has_empty"].any() else items


def split_tags(values: pl.Series) -> pl.Series:
    """Split cells of tags at commas, bars, semicolons and line breaks."""
    return values.to_frame().select_seq(_TAG_ITEMS).to_series()


def split_urls(values: pl.Series) -> pl.Series:
    """Split cells with several URLs at `,` `|` `;` or space, but only where a new URL starts: URLs hold commas too.

    Lists as Python prints them lose their brackets and quotes, WooCommerce's ("a.jpg ! alt : Front | b.jpg") the notes.
    """
    rows = rows_where(values.to_frame().select_seq(_NO_PLAIN_URL).to_series())
    if not len(rows):
        return values
    cells = values[rows]
    found = cells.to_frame().select_seq(_PLAIN_URLS, _SPLIT_PLAIN)
    split, plain = found["split"], found["plain"]
    if not plain.all():
        odd = rows_where(~plain)
        split = split.scatter(odd, _split_odd_urls(cells[odd]))
    return values.clone().scatter(rows, split)


def _split_odd_urls(cells: pl.Series) -> pl.Series:
    """Split cells that are no plain list of web addresses."""
    marks = cells.to_frame().select_seq(several=_SEPARATED, python=_PYTHON_MARK, notes=_NOTE_MARK)
    if not marks["several"].any():
        return cells
    texts = cells
    if marks["python"].any():
        texts = texts.str.replace_all(_PYTHON_LIST, "").str.replace_all(r"'\s*,\s*'", ITEM_BREAK)
        texts = texts.zip_with(marks["python"], cells)
    if marks["notes"].any():
        texts = texts.str.replace_all(_IMAGE_NOTES, "").zip_with(marks["notes"], texts)
    return texts.to_frame().select_seq(_SPLIT_ODD).to_series().zip_with(marks["several"], cells)


def split_images(primary: pl.Series, secondary: pl.Series, everything: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the first image of each product and its others, without repeats.

    Where neither `primary` nor `everything` (all images, the first one first) is given, there is no first image.
    """
    rows = _unsplit(primary, secondary, everything)
    if not len(rows):
        return primary, secondary
    images = pl.DataFrame([primary.alias("p"), secondary.alias("s"), everything.alias("e")])
    split = images[rows].select_seq(_SPLIT_IMAGES, _HAS_PRIMARY).select_seq(_PRIMARY, _SECONDARY)
    return primary.clone().scatter(rows, split["primary"]), secondary.clone().scatter(rows, split["secondary"])


def _unsplit(primary: pl.Series, secondary: pl.Series, everything: pl.Series) -> pl.Series:
    """Return the rows whose images are not in their place yet."""
    if len(primary) > _FEW:
        images = pl.DataFrame([primary.alias("p"), secondary.alias("s"), everything.alias("e")])
        rows = rows_where(images.select_seq(_UNSURE).to_series())
        primary, secondary, everything = primary[rows], secondary[rows], everything[rows]
    else:
        rows = pl.Series(range(len(primary)), dtype=pl.UInt32)
    texts = zip(primary.to_list(), secondary.to_list(), everything.to_list(), strict=True)
    return rows.filter(pl.Series([bool(e) or not _is_split(p, s) for p, s, e in texts], dtype=pl.Boolean))


def _is_split(primary: str | None, secondary: str | None) -> bool:
    """Tell whether the images of a product are in their place: the first alone, the others listed, none twice."""
    if secondary is None:
        return primary is None or primary.split() == [primary]
    items = secondary.split(ITEM_BREAK)
    if secondary.split() != items or len(set(items)) != len(items):
        return False
    return primary is None or (primary.split() == [primary] and primary not in items)
