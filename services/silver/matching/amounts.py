"""One spelling of amounts: 75 cl, 0.75 l and 750 ml are the same text, so that nothing has to know that they are one.

Points are only moved, nothing is calculated: what the longer spelling says is not rounded, and what is told in other
systems of units (ounces, pounds) stays as it is.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import polars as pl

Rewriting = tuple[tuple[str, str], ...]
"""Patterns, and what they are replaced by, in this order."""

_LITRE: Final = r"l|lt|ltr|lit(?:er|re|ro)s?"
_MOVED: Final[tuple[tuple[str, str, int], ...]] = (
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
_ALL: Final = "|".join([*(unit[0] for unit in _MOVED), *(unit[0] for unit in _NAMED)])
_FRACTIONS: Final = (("1/2|½", "5"), ("1/3|⅓", "33"), ("2/3|⅔", "67"), ("1/4|¼", "25"), ("3/4|¾", "75"))
_DECIMALS: Final = tuple(
    (rf"\b([0-9]{{1,3}})(?:[ -]|\b)(?:{signs})", f"${{1}}.{digits}") for signs, digits in _FRACTIONS
)
_HAS_FRACTION: Final = r"[0-9](?:[ -][123]/[234]\b| ?[½⅓⅔¼¾])"
_BEFORE: Final = r"(^|[\s(\[,;/|])"
"""What may stand before an amount: in KX-500G is none."""


def _moved(written: tuple[str, str, str, str], names: str, unit: str, places: int) -> Rewriting:
    before, point, gap, end = written
    tail = rf"{gap}(?:{names}){end}"
    rules = [
        (
            rf"{before}([0-9]+){point}([0-9]{{{decimals}}}){tail}",
            f"${{1}}${{2}}${{3}}{'0' * (places - decimals)}{unit}",
        )
        for decimals in range(1, places + 1)
    ]
    rules.append((rf"{before}([0-9]+){tail}", f"${{1}}${{2}}{'0' * places}{unit}"))
    return (*rules, (rf"{before}0+([0-9]+{unit}){end}", "${1}${2}"))


def moved(before: str, point: str, gap: str, end: str) -> Rewriting:
    """Amounts in the smallest unit, for texts whose decimals are written with `point` (a pattern).

    `before` is a group that stands before an amount, `gap` what may be between number and unit, `end` what follows.
    """
    return tuple(rule for unit in _MOVED for rule in _moved((before, point, gap, end), *unit))


def named(before: str, point: str, gap: str, end: str) -> Rewriting:
    """One name for each of the units that amounts end up with, see `moved`."""
    return tuple(
        (rf"{before}([0-9]+(?:{point}[0-9]+)?){gap}(?:{names}){end}", f"${{1}}${{2}}{unit}") for names, unit in _NAMED
    )


_WRITTEN: Final = (_BEFORE, r"\x01", r"\s?", r"\b")
_STAGES: Final = (
    (
        r"[0-9]\s?[x×]\s?[0-9]",
        ((rf"{_BEFORE}([0-9]+)\s?[x×]\s?([0-9][0-9\x01]*\s?(?:{_ALL}))\b", "${1}${2} pack ${3}"),),
    ),
    *((rf"[0-9]\s?(?:{unit[0]})\b", _moved(_WRITTEN, *unit)) for unit in _MOVED),
    (r"[0-9]\s?(?:gr|milli|giga|mega|fl|ounce|lbs|pound)", named(*_WRITTEN)),
)
"""Where something is to be rewritten, and how: most texts have nothing, and the rules are many."""
_GLUED: Final = ((rf"{_BEFORE}([0-9][0-9\x01]*)\s(ml|g|gb|mb|floz|oz|lb)\b", "${1}${2}${3}"),)
_HAS_AMOUNT: Final = rf"[0-9]\s?(?:{_ALL})\b"


def with_decimals(texts: pl.Series) -> pl.Series:
    """Fractions behind a number as decimals: the shoe 42 2/3 is 42.67."""
    return _where(texts, _HAS_FRACTION, partial(_replaced, rules=_DECIMALS))


def with_amounts(texts: pl.Series) -> pl.Series:
    """Amounts in one spelling, number and unit together, in texts as `tokens.cleaned` writes them."""
    return _where(texts, _HAS_AMOUNT, _in_stages)


def _where(texts: pl.Series, pattern: str, rewrite: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Rewrite the texts that `pattern` is found in."""
    places = texts.str.contains(pattern).arg_true()
    return texts.clone().scatter(places, rewrite(texts.gather(places))) if len(places) else texts


def _in_stages(texts: pl.Series) -> pl.Series:
    for pattern, rules in _STAGES:
        texts = _where(texts, pattern, partial(_replaced, rules=rules))
    return _replaced(texts, _GLUED)


def _replaced(texts: pl.Series, rules: Rewriting) -> pl.Series:
    new = pl.col("text")
    for former, replacement in rules:
        new = new.str.replace_all(former, replacement)
    return texts.to_frame("text").select(new).to_series()
