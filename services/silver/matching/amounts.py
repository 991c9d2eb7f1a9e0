"""One spelling of amounts: 75 cl, 0.75 l and 750 ml are the same text, so that nothing has to know that they are one.

Points are only moved, nothing is calculated: what the longer spelling says is not rounded, and what is told in other
systems of units (ounces, pounds) stays as it is.
"""

from typing import Final

import polars as pl

Rewriting = tuple[tuple[str, str], ...]
"""Patterns, and what they are replaced by, in this order."""

_LITRE: Final = r"l|lt|ltr|lit(?:er|re|ro)s?"
_MOVED: Final = (
    (_LITRE, "ml", 3),
    (r"dl|de[cz]ilit(?:er|re|ro)s?", "ml", 2),
    (r"cl|[cz]entilit(?:er|re|ro)s?", "ml", 1),
    (r"kg|kgs|kilos?|kilogram(?:m|me|mes|s)?", "g", 3),
    (r"tb|terabytes?", "gb", 3),
)
"""Names of a unit, the smaller unit, and how many places the point moves to the right."""
_NAMED: Final = (
    (r"ml|millilit(?:er|re|ro)s?|mililitros?", "ml"),
    (r"g|gr|gram(?:m|me|mes|s|os|o)?|gramos?", "g"),
    (r"gb|gigabytes?", "gb"),
    (r"mb|megabytes?", "mb"),
    (r"fl[ .]*oz|floz", "floz"),
    (r"oz|ounces?", "oz"),
    (r"lbs?|pounds?", "lb"),
)
"""Names of the units that amounts end up with."""
_ALL: Final = "|".join(names for names, *_ in (*_MOVED, *_NAMED))
_FRACTIONS: Final = (("1/2|½", "5"), ("1/3|⅓", "33"), ("2/3|⅔", "67"), ("1/4|¼", "25"), ("3/4|¾", "75"))
_DECIMALS: Final = tuple(
    (rf"\b([0-9]{{1,3}})(?:[ -]|\b)(?:{signs})", f"${{1}}.{digits}") for signs, digits in _FRACTIONS
)
_HAS_FRACTION: Final = r"[0-9](?:[ -][123]/[234]\b| ?[½⅓⅔¼¾])"
_BEFORE: Final = r"(^|[\s(\[,;/|])"
"""What may stand before an amount: in KX-500G is none."""


def moved(before: str, point: str, gap: str, end: str) -> Rewriting:
    """Amounts in the smallest unit, for texts whose decimals are written with `point` (a pattern).

    `before` is a group that stands before an amount, `gap` what may be between number and unit, `end` what follows.
    """
    rules: list[tuple[str, str]] = []
    for names, unit, places in _MOVED:
        tail = rf"{gap}(?:{names}){end}"
        for decimals in range(1, places + 1):
            zeros = "0" * (places - decimals)
            rules.append((rf"{before}([0-9]+){point}([0-9]{{{decimals}}}){tail}", f"${{1}}${{2}}${{3}}{zeros}{unit}"))
        rules.append((rf"{before}([0-9]+){tail}", f"${{1}}${{2}}{'0' * places}{unit}"))
    return (*rules, (rf"{before}0+([0-9]+(?:ml|g|gb)){end}", "${1}${2}"))


def named(before: str, point: str, gap: str, end: str) -> Rewriting:
    """One name for each of the units that amounts end up with, see `moved`."""
    return tuple(
        (rf"{before}([0-9]+(?:{point}[0-9]+)?){gap}(?:{names}){end}", f"${{1}}${{2}}{unit}") for names, unit in _NAMED
    )


_REWRITING: Final = (
    (rf"{_BEFORE}([0-9]+)\s?[x×]\s?([0-9][0-9\x01]*\s?(?:{_ALL}))\b", "${1}${2} pack ${3}"),
    *moved(_BEFORE, r"\x01", r"\s?", r"\b"),
    *named(_BEFORE, r"\x01", r"\s?", r"\b"),
)
_HAS_AMOUNT: Final = rf"[0-9]\s?(?:{_ALL})\b"


def with_decimals(texts: pl.Series) -> pl.Series:
    """Fractions behind a number as decimals: the shoe 42 2/3 is 42.67."""
    return _rewritten(texts, _HAS_FRACTION, _DECIMALS)


def with_amounts(texts: pl.Series) -> pl.Series:
    """Amounts in one spelling, number and unit together, in texts as `tokens.cleaned` writes them."""
    return _rewritten(texts, _HAS_AMOUNT, _REWRITING)


def _rewritten(texts: pl.Series, where: str, rules: Rewriting) -> pl.Series:
    """Replace in the texts that `where` finds something in: most have nothing, and the rules are many."""
    places = texts.str.contains(where).arg_true()
    if not len(places):
        return texts
    new = pl.col("text")
    for pattern, replacement in rules:
        new = new.str.replace_all(pattern, replacement)
    some = texts.gather(places).to_frame("text").select(new).to_series()
    return texts.clone().scatter(places, some)
