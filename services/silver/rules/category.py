"""Category paths: one separator, clean levels.

Canonical form: levels joined by " > " (Google product data specification, "full path"; house plan, section 8).
"""

import re
from typing import Final, NamedTuple

import polars as pl

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
_ROOTS: Final = re.compile(
    r"^(?:(?:(?:default category|root catalog|root|startseite|accueil|inicio|in(?:í|Í)cio)(?: > |\Z))+(?:home > )?"
    r"|home > )",
    re.ASCII | re.IGNORECASE,
)
_GOOGLE_ID: Final = re.compile("[0-9]{1,6}")


class _Reading(NamedTuple):
    """What a path says once its levels are joined, and then without a shop's root."""

    joined: str | None
    rootless: str | None
    is_id: bool


def normalize_category(sheet: Sheet) -> None:
    """Join levels by " > ", dropping empty levels and shop roots. Rule ids: category.separators, category.root.

    "Home" leads a breadcrumb; alone it may be a department and stays. A slash separates levels only where
    no stronger separator does: "Cameras > TV/Video" has two levels. So does a dash between white space, which is
    stronger than a slash without: "Cameras - TV/Video". Several paths with a bar between them stay as they came. A
    number alone is a category id (Google: "id or full path") and goes to `categoryId`.
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


@remembered(entries=65_536, longest=256)
def _read(path: str) -> _Reading:
    if "|" in path and sum(_STRONG.search(part) is not None for part in path.split("|")) > 1:
        return _Reading(path, path, is_id=False)  # "A > B|C > D" is two paths, of which none is the one
    if _GOOGLE_ID.fullmatch(path):
        return _Reading(None, None, is_id=True)
    joined = path if _is_clean(path) else _joined(path)
    rootless = _ROOTS.sub("", joined) or None if joined else None
    if rootless and _GOOGLE_ID.fullmatch(rootless):  # as it came: cleaned, the next run would take it for an id
        return _Reading(path, path, is_id=False)
    return _Reading(joined, rootless, is_id=False)


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
