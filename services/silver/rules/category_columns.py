"""Which of several columns of categories is the path, and what becomes of the others.

Shops and channels sort products by trees of their own: "product_type" is the shop's, "google_product_category" is
Google's. The first column that says something is the path, a number only where none does. Where a channel's tree and
the shop's are both there, the one that is not the path stays an attribute, and a channel's may still link the product
to the workspace's tree (see `link_category`). A list of paths ("Categories") stays where it says more than the path.

Sources: Google product data specification (google_product_category: "id or full path"; product_type), Meta catalog
reference (fb_product_category), product CSV of WooCommerce and Magento (categories: several paths).
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

import polars as pl

from services.silver.rules.aliases import header_key
from services.silver.rules.category import ROOTS
from services.silver.rules.fields import ITEM_BREAK
from services.silver.rules.header_plan import HeaderPlan
from services.silver.rules.price_columns import Values
from services.silver.rules.sheet import zeros
from services.silver.rules.text import INVISIBLE

_CHANNELS: Final = frozenset({"googleproductcategory", "googleshoppinggoogleproductcategory", "fbproductcategory"})
_LEVEL: Final = r"[>/|\\»›→]"
_UNSEEN: Final = rf"(?:[\s\x1c-\x1f]|{INVISIBLE}|[\u{{200c}}\u{{200d}}])"
_NUMBER: Final = pl.first().str.contains(rf"^{_UNSEEN}*[0-9](?:{INVISIBLE}*[0-9]){{0,5}}{_UNSEEN}*$")
_ENTITY: Final = "&(?:nbsp|gt|raquo|rsaquo|rarr|shy|#(?:160|173|62|820[3-7]|65279));"
# Marks, markup and the roots of shops: what the rules of text and categories leave nothing of.
_SILENT: Final = pl.col("cell").str.contains(
    rf"^(?:[-=]+>|[>/|\\»›→⟩]|::|{_UNSEEN}|</?[a-zA-Z!][^<>]*>|{_ENTITY}|(?i-u:{ROOTS}))*$"
)
_LIST: Final = -1
"""Instead of the place of a column: the path is one of a list."""


class CategoryChoice(NamedTuple):
    """What the columns of categories say."""

    path: pl.Series
    left: Mapping[str, pl.Series]
    """Header → its cells that say something else than the path."""
    channel: pl.Series | None
    """The category of a channel that is not the path, None where no product has one."""


def choose_category(values: Values, source: pl.DataFrame, plan: HeaderPlan) -> CategoryChoice | None:
    """Choose among the columns of categories; None where there is no choice.

    Of a list the deepest path is taken. A channel's number is left where it is also where it becomes the id, for that
    may be none of the workspace's tree. Inside `attributes` everything that is not the path is left: an earlier run may
    have left it there.
    """
    headers, lists = plan.fields.get("categoryPath", ()), plan.fields.get("_categories", ())
    channels = [header_key(header) in _CHANNELS for header in headers]
    if not lists and len(headers) < 2 and not any(channels) and not any(map(_is_nested, headers)):
        return None
    cells = [values["categoryPath", header] for header in headers]
    listed = pl.select(pl.coalesce([values["_categories", header] for header in lists])).to_series() if lists else None
    numbers = [cell.to_frame().select_seq(_NUMBER).to_series() for cell in cells]
    known = [values["categoryId", header].is_not_null() for header in plan.fields.get("categoryId", ())]
    said = [_said(cell) for cell in cells]
    paths = [_only(cell, ~number) for cell, number in zip(said, numbers, strict=True)]
    # A number becomes the id, where there is none yet.
    has_id = reduce(or_, known, zeros(len(source), pl.UInt8) == 1)
    ids = [_only(cell, number & ~has_id) for cell, number in zip(cells, numbers, strict=True)]
    silent = [_only(cell, ~number) for cell, number in zip(cells, numbers, strict=True)]
    frame = _with_winner(paths, None if listed is None else _deepest(listed), (ids, silent))
    path, winner = frame["path"], frame["winner"]
    by_channel = winner.is_in([place for place, channel in enumerate(channels) if channel])
    left: dict[str, pl.Series] = {}
    told: list[pl.Series] = []
    for place, (header, cell) in enumerate(zip(headers, cells, strict=True)):
        other = cell.is_not_null() & winner.ne_missing(place)
        if channels[place]:
            told.append(_only(said[place], other))
        if not _is_nested(header):
            two_trees = by_channel | numbers[place] | channels[place]
            other &= said[place].is_not_null() & two_trees & (cell != path) & winner.is_not_null()
        left[header] = _only(source[header], other | numbers[place] if channels[place] else other)
    if listed is not None:
        more = _says_more(listed, path)
        for header in lists:
            cell = values["_categories", header]
            kept = cell.is_not_null() & ((winner != _LIST) | more if _is_nested(header) else more)
            left[header] = _only(source[header], kept)
            more &= cell.is_null()
    channel = pl.select(pl.coalesce(told)).to_series() if told else None
    return CategoryChoice(
        path,
        {header: column for header, column in left.items() if column.null_count() < len(column)},
        None if channel is None or channel.null_count() == len(channel) else channel,
    )


def _with_winner(
    paths: Sequence[pl.Series], deepest: pl.Series | None, rest: Sequence[Sequence[pl.Series]]
) -> pl.DataFrame:
    """Return the path of each product and the place of the column that it is from.

    Args:
        paths: the columns, where they have a path.
        deepest: the path of a list.
        rest: the columns again, with what else they have; what counts more comes first.
    """
    listed = [] if deepest is None else [(_LIST, deepest)]
    ways = [*enumerate(paths), *listed, *(way for columns in rest for way in enumerate(columns))]
    frame = pl.DataFrame([column.alias(str(number)) for number, (_, column) in enumerate(ways)])
    places = [pl.when(pl.col(str(number)).is_not_null()).then(pl.lit(place)) for number, (place, _) in enumerate(ways)]
    return frame.select_seq(path=pl.coalesce(pl.all()), winner=pl.coalesce(places))


def _said(column: pl.Series) -> pl.Series:
    """Return the cells that say something."""
    silent = column.alias("cell").to_frame().select_seq(_SILENT).to_series()
    return _only(column, ~silent) if silent.any() else column


def _is_nested(header: str) -> bool:
    return header.lower().startswith("attributes.")


def _only(column: pl.Series, mask: pl.Series) -> pl.Series:
    return column.to_frame().select_seq(pl.when(mask).then(pl.first()).alias(column.name)).to_series()


def _items(several: pl.Series) -> pl.DataFrame:
    """Return the paths in cells of several, each beside the number of its row. Escaped commas do not part them."""
    return (
        pl.DataFrame({"cell": several})
        .with_row_index("row")
        .drop_nulls()
        .with_columns_seq(pl.col("cell").str.replace_all("\\,", "\x00", literal=True).str.split(by=ITEM_BREAK))
        .explode("cell")
        .with_columns_seq(pl.col("cell").str.split(","))
        .explode("cell")
        .with_columns_seq(pl.col("cell").str.replace_all("\x00", ",", literal=True).str.strip_chars())
        .filter(~_SILENT)
    )


def _deepest(several: pl.Series) -> pl.Series:
    """Return the deepest path of each cell (WooCommerce, Magento)."""
    deepest = (
        _items(several)
        .with_columns_seq(depth=pl.col("cell").str.count_matches(_LEVEL))
        .group_by("row", maintain_order=True)
        .agg(pl.col("cell").get(pl.col("depth").arg_max()))
    )
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(several))
    return nothing.scatter(deepest["row"], deepest["cell"])


def _says_more(several: pl.Series, path: pl.Series) -> pl.Series:
    """Tell where a cell has another path than `path` and those above it."""
    items = _items(several)
    items = items.with_columns_seq(path[items["row"]].alias("path"))
    others = items.filter(~pl.col("path").str.starts_with(pl.col("cell")))["row"].unique()
    return zeros(len(several), pl.UInt8).scatter(others, 1) == 1
