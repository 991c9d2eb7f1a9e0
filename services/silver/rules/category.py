"""Category paths: one separator, clean levels, one path.

Canonical form: levels joined by " > " (Google product data specification, "full path"; house plan, section 8).
"""

import html
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import orjson
import polars as pl

from services.silver.rules.mojibake import SUSPECT, meant
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import Sheet

_CLEAN: Final = re.compile(r"[^>/|\\»›→⟩]+(?: > [^>/|\\»›→⟩]+)*")
_DOUBLE_COLON: Final = "::"
# An arrow's shaft is looked for from its beginning only, so that a long row of dashes costs no more than its length.
_STRONG: Final = re.compile(r"(?:\s|&nbsp;)*(?:(?<![-=])[-=]*>|»|›|→|⟩|\||\\|::)+\s*")
_SLASH: Final = re.compile(r"\s*/+\s*")
_SPACED_SLASH: Final = re.compile(r"\s/+\s")
# Between white space, and not in a span: "T-Shirts", "Mid-Century" and "18 - 24 months" are one level each.
_DASH: Final = re.compile(r"(?<!\d)\s[-–—]{1,3}\s(?!\d)")
_MARKS: Final = re.compile(r"(?:\s*>)+\s*")
ROOTS: Final = "default category|root catalog|root|startseite|accueil|inicio|in(?:í|Í)cio"
"""Names of the category that holds all others, as a pattern."""
_ROOTS: Final = re.compile(rf"^(?:(?:(?:{ROOTS})(?: > |\Z))+(?:home > )?|home > )", re.ASCII | re.IGNORECASE)
_SUSPECT: Final = re.compile(SUSPECT)
_GOOGLE_ID: Final = re.compile("[0-9]{1,6}")


OTHERS: Final = "otherCategories"
"""Attribute: the list of the other paths of a product that is in several categories."""
_ENDS: Final = " \t>/|\\»›→⟩"
_BAR: Final = re.compile(r"\|")
_SEMICOLON: Final = re.compile(r"\s*;\s*")
_COMMA: Final = re.compile(r"\s*,\s+|(?<!\d),|,(?!\d)")
# "Rice & Cereal > Rice": the end of a level that lists what is in it, "Grains, Rice & Cereal".
_LISTED: Final = re.compile(r"[^>/|\\»›→⟩]*?(?:[&+]|\s(?:and|und|et|y|e|en|og|och|or|oder|ou|o)\s)", re.IGNORECASE)


class _Reading(NamedTuple):
    """What a path says once its levels are joined, and then without a shop's root; the first of several."""

    joined: str | None
    rootless: str | None
    is_id: bool
    first: str | None = None
    others: tuple[str, ...] = ()


def normalize_category(sheet: Sheet) -> None:
    """Join levels by " > ", dropping empty levels and shop roots; of several paths the first is the path.

    "Home" leads a breadcrumb; alone it may be a department and stays. A slash separates levels only where
    no stronger separator does: "Cameras > TV/Video" has two levels. So does a dash between white space, which is
    stronger than a slash without: "Cameras - TV/Video". A bar, a semicolon or a comma separates paths where each part
    has levels of its own: "A/B|C/D", "A > B, C > D"; "Food > Grains, Rice & Cereal > Rice" is one. A number alone is a
    category id (Google: "id or full path") and goes to `categoryId`.

    Rule ids: category.separators, category.root, category.first. The other paths are the attribute `otherCategories`.
    """
    if not sheet.has("categoryPath"):
        return
    paths = sheet.get("categoryPath").to_list()
    readings = [_NOTHING if path is None else _read(path) for path in paths]
    if any(reading.is_id for reading in readings):
        sheet.move(pl.Series([reading.is_id for reading in readings]), "categoryPath", "categoryId")
    joined = [reading.joined for reading in readings]
    if joined != paths:
        sheet.set("categoryPath", pl.Series(joined, dtype=pl.String), "category.separators")
    rootless = [reading.rootless for reading in readings]
    if rootless != joined:
        sheet.set("categoryPath", pl.Series(rootless, dtype=pl.String), "category.root")
    if any(reading.first for reading in readings):
        first = [reading.first or reading.rootless for reading in readings]
        sheet.set("categoryPath", pl.Series(first, dtype=pl.String), "category.first")
        _keep_others(sheet, [reading.others for reading in readings])


def _keep_others(sheet: Sheet, others: Sequence[tuple[str, ...]]) -> None:
    """Add paths to the attribute of other categories, each once, without the product's own and what is above it."""
    known = sheet.attributes.get(OTHERS)
    lists = [None] * sheet.height if known is None else known.to_list()
    for row, (path, more) in enumerate(zip(sheet.get("categoryPath").to_list(), others, strict=True)):
        told = [other for other in dict.fromkeys(more) if not f"{path} > ".startswith(f"{other} > ")]
        if told:
            lists[row] = orjson.dumps(_list_of(lists[row]) + told).decode()
    if any(lists):
        sheet.attributes[OTHERS] = pl.Series(lists, dtype=pl.String)


def _list_of(cell: str | None) -> list[str]:
    """Return the paths that the attribute holds already; what the source wrote there is one."""
    try:
        items = orjson.loads(cell or "[]")
    except orjson.JSONDecodeError:
        items = None
    return items if isinstance(items, list) else [cell or ""]


def full_path(text: str) -> str | None:
    """Return the path of a cell that no rule has cleaned yet."""
    return next(iter(_paths_of(html.unescape(text).strip())), None)


def _paths_of(path: str) -> tuple[str, ...]:
    """Return every path that a text has."""
    reading = _read(path)
    own = path if reading.is_id else reading.first or reading.rootless
    return tuple(filter(None, (own, *reading.others)))


@remembered(entries=65_536, longest=256)
def _read(path: str) -> _Reading:
    """What a path says. Without what stood between its levels it may show a wrong encoding that it did not show before,
    and the next run would mend it.
    """
    reading = _told(path)
    own = reading.first or reading.rootless
    if not own or own == path or not _SUSPECT.search(own) or (sound := " ".join(meant(own).split())) == own:
        return reading
    mended = _read(sound)
    own = mended.first or mended.rootless
    return reading._replace(first=own) if reading.first else reading._replace(joined=own, rootless=own)


def _told(path: str) -> _Reading:
    if _GOOGLE_ID.fullmatch(path):
        return _Reading(None, None, is_id=True)
    found = list(dict.fromkeys(found for part in _several(path) for found in _paths_of(part)))
    first = next((part for part in found if not _GOOGLE_ID.fullmatch(part)), None)
    if first:
        found.remove(first)
        return _Reading(path, path, is_id=False, first=first, others=tuple(found))
    joined = path if _is_clean(path) else _joined(path)
    rootless = _ROOTS.sub("", joined) or None if joined else None
    if rootless and _GOOGLE_ID.fullmatch(rootless):  # as it came: cleaned, the next run would take it for an id
        return _Reading(path, path, is_id=False)
    again = _read(rootless) if rootless and rootless != path else None
    if again and again.first:
        return again._replace(joined=path, rootless=path)
    if again and again.rootless != rootless:
        rootless = joined  # "TV/Video" below the root is one level, and without it would be two
    return _Reading(joined, rootless, is_id=False)


def _several(path: str) -> list[str]:
    """Return the paths of a text that has several, nothing where it is one."""
    for mark in (_BAR, _SEMICOLON, _COMMA):
        parts = [part.strip(_ENDS) for part in mark.split(path)] if mark.search(path) else []
        if len(parts) < 2:
            continue
        strong = sum(_STRONG.search(part) is not None for part in parts)
        weak = strong == 0 and all(_SLASH.search(part) or _DASH.search(part) for part in parts)
        apart = strong == len(parts) or (mark is _BAR and strong > 1) or weak
        if apart and not (mark is _COMMA and any(map(_LISTED.match, parts[1:]))):
            return parts
    return []


_NOTHING: Final = _Reading(None, None, is_id=False)


def _is_clean(path: str) -> bool:
    one_way = " > " in path or not _DASH.search(path)
    return one_way and _DOUBLE_COLON not in path and _CLEAN.fullmatch(path) is not None


def _joined(path: str) -> str | None:
    strong = _levels(_STRONG.sub(" > ", path))
    if " > " in strong:
        return strong
    # With one level left there is no separator but slash and dash.
    weak = _SLASH if _SPACED_SLASH.search(strong) or not _DASH.search(strong) else _DASH
    return _levels(weak.sub(" > ", strong)) or None


def _levels(path: str) -> str:
    return _MARKS.sub(" > ", path).strip(" >")
