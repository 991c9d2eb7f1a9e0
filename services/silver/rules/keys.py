"""Comparison keys: two spellings that people take for the same name have the same key."""

import re
import unicodedata
from typing import Final

import polars as pl

from services.runtime.legal_forms import without_legal_form
from services.silver.rules.remembered import remembered

_MARKS: Final = re.compile("[™℠]")  # NFKD would spell them "TM", "SM"
_MARKS_AND_SIGNS: Final = r"[^\p{L}\p{N}]+"
_SPECIAL: Final = (("ß", "ss"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"), ("ł", "l"), ("đ", "d"), ("ı", "i"))


@remembered(entries=65_536, longest=256)
def text_key(text: str) -> str:
    """Return `text` without case, accents, spaces and punctuation: "Größe (EU)" and "GROSSE_EU" give "grosseeu"."""
    return _signs_off(_folded(text))


@remembered(entries=65_536, longest=256)
def brand_key(name: str) -> str:
    """Return the same without legal forms at the end: "Acme", "ACME Inc." and "Acmé GmbH & Co. KG" agree."""
    return _signs_off(without_legal_form(_folded(name)))


def unaccented(text: str) -> str:
    """Return `text` without case and accents, its spaces and punctuation kept: "Größe (EU)" gives "grosse (eu)"."""
    return "".join(char for char in _folded(text) if not unicodedata.combining(char))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", _MARKS.sub("", text).casefold())
    for letter, plain in _SPECIAL:
        decomposed = decomposed.replace(letter, plain)
    return decomposed


def _signs_off(folded: str) -> str:
    return "".join(char for char in folded if char.isalnum())


def identity_key(text: str) -> str | None:
    """Return the key of a text that is part of an identity, None where nothing but punctuation is left.

    The same idea as `text_key`, but these keys are stored: a text must have the same one tomorrow. Keys of the two
    functions are never compared with each other.
    """
    if text.isascii() and text.isalnum():
        return text.lower()  # what the rest of this comes to for most numbers, and a million of them are asked
    # Signs go first: a capital sigma becomes another letter at the end of a word.
    return text.replace("™", "").replace("℠", "").lower().translate(_LETTERS) or None


class _Letters(dict[int, str]):
    """What each character adds to a key, found when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = piece = _newer_letter(char) if unicodedata.category(char) == "Cn" else _letter(char)
        return piece


def _letter(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char)
    for letter, plain in _SPECIAL:
        decomposed = decomposed.replace(letter, plain)
    return "".join(part for part in decomposed if part.isalnum())


def _newer_letter(char: str) -> str:
    """Ask Polars, whose Unicode is newer than Python's, about a character that Python does not know."""
    plain = pl.lit(char).str.to_lowercase().str.normalize("NFKD").str.replace_all(_MARKS_AND_SIGNS, "")
    return str(pl.select(plain).item())


_LETTERS: Final = _Letters({code: _letter(chr(code)) for code in range(128)})


def words(text: str) -> frozenset[str]:
    """Return the words of a table that is written as text."""
    return frozenset(text.split())
