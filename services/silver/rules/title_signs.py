"""What titles say of amounts, packs, sizes and numbers, and whether two of them contradict each other.

A title that only says more contradicts nothing. Two contradict each other where each has something of one kind that the
other lacks: 8 GB/256 GB and 8 GB/512 GB, iPhone 13 and iPhone 14. Packs are more: 330 ml is not 6 x 330 ml.
"""

import re
from typing import Final

import polars as pl

from services.silver.matching.amounts import moved, named, with_decimals

_LITRE: Final = r"ltr|lit(?:er|re|ro)s?"
_INCH: Final = r"''|[\"″”]|inch(?:es)?|zoll|pouces?|pulgadas|pollici|polegadas"
_UNITS: Final = rf"ml|cl|dl|l|{_LITRE}|mg|g|gr|kg|oz|lb|lbs|mm|cm|m|gb|tb|mb|w|kw|v|mah"
_PIECES: Final = (
    r"(?:er[\s-]?)?packs?|(?:er[\s-]?)?set|pk|pcs?|pieces?|pi[eè]ces|pe[cç]as|piezas|pezzi|stuks|st[uü]c?k|count|ct"
)
_PACKS: Final = (
    rf"{_PIECES}|tablets|capsules|rolls|x|sachets|cans|dosen|bo[iî]tes|latas|lattine|blikken"
    r"|bottles|flaschen|bouteilles|botellas|garrafas|bottiglie|flessen"
)
_PACK_OF: Final = r"pack|set|box|lot|paquete|caja|confezione|pacote|caixa"
_NUMBER: Final = r"[0-9]+(?:[.,][0-9]+)?"
_PACK: Final = (
    rf"(?i)\b{_NUMBER}(?:\s?[x×]\s?{_NUMBER})+(?:\s?(?:{_UNITS})\b)?|\b{_NUMBER}\s*-?(?:{_UNITS}|{_PACKS})\b"
    rf"|\b{_NUMBER}[\s-]?(?:{_INCH})|\b(?:{_PACK_OF}) (?:of|de|da) [0-9]+\b|\bx\s?[0-9]+\b"
)
_SPELLINGS: Final = (
    (r"[\s-]", ""),
    (",", "."),
    ("×", "x"),
    (rf"(?:{_INCH})$", "inch"),
    *moved("(^|x)", r"\.", "", "$"),
    *named("(^|x)", r"\.", "", "$"),
    (rf"^(?:{_PACK_OF})(?:of|de|da)([0-9]+)$", "${1}pack"),
    (rf"^([0-9]+)(?:{_PIECES})$", "${1}pack"),
)
"""One spelling of what a title says of amounts and packs; spaces and hyphens go first."""
_LABELS: Final = r"size|größe|gr\.?|taille|talla|tamanho|taglia|maat"
_TITLE_SIZE: Final = (
    r"\b(?:XXS|XS|S|M|L|XL|XXL|XXXL|[2-6]XL)\b|\bW ?[0-9]{2}[ /x-]*L ?[0-9]{2}\b"
    rf"|\b(?i:{_LABELS}|eu|uk|us) ?[0-9]{{1,3}}(?:[.,][0-9]{{1,2}})?\b"
)
_SIZE_SPELLINGS: Final = ((r"[\s-]", ""), (",", "."), (rf"^(?:{_LABELS})", "size"))
_BETWEEN: Final = r"[\s()\[\];:!|]+|[,.]\s"
_BARE: Final = r"(?:^| )[0-9]{1,4}(?:[.,][0-9]{1,2})?(?: |$)"
"""A number that stands alone: neither an amount nor part of a code. Longer ones are part numbers, often left out."""
_SEVERAL: Final = re.compile(rf"^x[0-9]+$|^[0-9]{{1,3}}x[0-9.]+(?:ml|mg|g|oz|lb)$|[0-9](?:{_PACKS})$(?<![0-9]x)")
_ONE: Final = re.compile(r"x?1[a-z]*")

_PACKED: Final = "pack"
_NOTHING: Final[frozenset[str]] = frozenset()
_NO_DIGITS: Final = str.maketrans("", "", "0123456789.")
_TITLE: Final = pl.col("title")
_WITHOUT_AMOUNTS: Final = _TITLE.str.replace_all(_PACK, " ").str.replace_all(_BETWEEN, "  ")


def _signature(title: pl.Expr, pattern: str, spellings: tuple[tuple[str, str], ...]) -> pl.Expr:
    spelled = pl.element().str.to_lowercase()
    for former, new in spellings:
        spelled = spelled.str.replace_all(former, new)
    found = title.str.extract_all(pattern).list.eval(spelled).list.unique().list.sort().list.join("|")
    return pl.when(found != "").then(found)


def pack_signature(title: pl.Expr) -> pl.Expr:
    """Return the amounts and pack sizes that a title names, in a fixed spelling and order; null without any."""
    return _signature(title, _PACK, _SPELLINGS)


_SIGNATURES: Final = (
    pack_signature(_TITLE).alias("pack"),
    _signature(_TITLE, _TITLE_SIZE, _SIZE_SPELLINGS).alias("title_size"),
    _signature(_WITHOUT_AMOUNTS, _BARE, ((" ", ""), (",", "."))).alias("numbers"),
    _signature(_TITLE, _NUMBER, ((",", "."),)).alias("digits"),
)


def signatures(titles: pl.Series) -> pl.DataFrame:
    """What titles say: `pack`, `title_size`, `numbers` that stand alone, all `digits`; joined by "|", or null."""
    return with_decimals(titles.fill_null("")).to_frame("title").select(_SIGNATURES)


def told(signature: str | None) -> frozenset[str]:
    """Return what a signature says, one by one."""
    return frozenset(signature.split("|")) if signature else _NOTHING


def amounts_contradict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two titles that name these amounts and packs name different ones."""
    if not one or not other or one == other:
        return False
    kinds, others = ({_kind_of_amount(text) for text in lone} for lone in (one - other, other - one))
    return _PACKED in kinds | others or not kinds.isdisjoint(others)


def sizes_contradict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two titles that name these sizes name different ones of one system."""
    kinds, others = ({_kind_of_size(text) for text in lone} for lone in (one - other, other - one))
    return not kinds.isdisjoint(others)


def numbers_contradict(lone: frozenset[str], others: frozenset[str]) -> bool:
    """Tell whether numbers that only one of two titles has are of the kind of those that only the other has.

    A generation, a size or an edition has up to three digits, a year four: one says nothing about the other.
    """
    return not {len(text) > 3 and text.isdigit() for text in lone}.isdisjoint(
        len(text) > 3 and text.isdigit() for text in others
    )


def _kind_of_amount(text: str) -> str:
    if _SEVERAL.search(text):
        return "" if _ONE.fullmatch(text) else _PACKED
    return "x" if "x" in text[:-1] else text.lstrip("0123456789.")


def _kind_of_size(text: str) -> str:
    return "letters" if text.isalpha() or text[0].isdigit() else text.translate(_NO_DIGITS)
