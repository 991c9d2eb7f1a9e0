"""Category paths: one separator, clean levels.

Canonical form: levels joined by " > " (Google product data specification, "full path"; house plan, section 8).
"""

from typing import Final

import polars as pl

from services.silver.rules.sheet import Sheet

_CLEAN: Final = r"^[^>/|\\»›→⟩]+(?: > [^>/|\\»›→⟩]+)*$"
_DOUBLE_COLON: Final = "::"
_STRONG: Final = r"(?:\s|&nbsp;)*(?:[-=]*>|»|›|→|⟩|\||\\|::)+\s*"
_SLASH: Final = r"\s*/+\s*"
_LEVEL_EDGES: Final = r"^[\s>]+|[\s>]+$"
_ROOTS: Final = (
    r"^(?i-u:(?:(?:default category|root catalog|root|startseite|accueil|inicio|in(?:í|Í)cio)(?: > |$))+"
    r"(?:home > )?|home > )"
)
_GOOGLE_ID: Final = r"^[0-9]{1,6}$"


def normalize_category(sheet: Sheet) -> None:
    """Join levels by " > ", dropping empty levels and shop roots. Rule ids: category.separators, category.root.

    "Home" leads a breadcrumb; alone it may be a department and stays. A slash separates levels only where
    no stronger separator does: "Cameras > TV/Video" has two levels. A number
    alone is a category id (Google: "id or full path") and goes to `categoryId`.
    """
    if not sheet.has("categoryPath"):
        return
    sheet.move(sheet.get("categoryPath").str.contains(_GOOGLE_ID), "categoryPath", "categoryId")
    sheet.apply(
        "category.separators",
        ["categoryPath"],
        lambda value: ~value.str.contains(_CLEAN) | value.str.contains(_DOUBLE_COLON, literal=True),
        _joined,
    )
    sheet.apply(
        "category.root",
        ["categoryPath"],
        lambda value: value.str.contains(_ROOTS),
        lambda value: value.str.replace(_ROOTS, "").replace("", None),
    )


def _joined(value: pl.Expr) -> pl.Expr:
    strong = _levels(value.str.replace_all(_STRONG, " > "))
    # With one level left the slash is the only separator there is.
    by_slash = _levels(strong.str.replace_all(_SLASH, " > "))
    return pl.when(strong.str.contains(" > ", literal=True)).then(strong).otherwise(by_slash)


def _levels(value: pl.Expr) -> pl.Expr:
    return value.str.replace_all(r"(?:\s*>)+\s*", " > ").str.replace_all(_LEVEL_EDGES, "").replace("", None)
