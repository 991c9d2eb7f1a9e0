"""Comparison keys: two spellings that people take for the same name have the same key."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import polars as pl

_MARKS: Final = re.compile("[™℠]")  # NFKD would spell them "TM", "SM"
_MARKS_AND_SIGNS: Final = r"[^\p{L}\p{N}]+"
_SPECIAL: Final = (("ß", "ss"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"), ("ł", "l"), ("đ", "d"), ("ı", "i"))


@lru_cache(maxsize=65_536)
def text_key(text: str) -> str:
    """Return `text` without case, accents, spaces and punctuation: "Größe (EU)" and "GROSSE_EU" give "grosseeu"."""
    decomposed = unicodedata.normalize("NFKD", _MARKS.sub("", text).casefold())
    for letter, plain in _SPECIAL:
        decomposed = decomposed.replace(letter, plain)
    return "".join(char for char in decomposed if char.isalnum())


def key_expr(column: pl.Expr) -> pl.Expr:
    """Return the key of a text column, null where nothing but punctuation is left.

    The same idea as `text_key`, computed as columns. Keys of the two functions are never compared with each other.
    """
    plain = column.str.replace_all("[™℠]", "").str.to_lowercase().str.normalize("NFKD")
    for letter, spelled in _SPECIAL:
        plain = plain.str.replace_all(letter, spelled, literal=True)
    key = plain.str.replace_all(_MARKS_AND_SIGNS, "")
    return pl.when(key != "").then(key)


def words(text: str) -> frozenset[str]:
    """Return the words of a table that is written as text."""
    return frozenset(text.split())
