"""Which product a row is: its id in the catalog, stable over files and imports.

First what the source calls an id, then its article number, then the id of the product (which the lines of its variants
may share), then a barcode, then its page, then its title (as a hash, for a title is no name to put into a URL).
Ids stay as they came, without the white space around them.
"""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from services.ingest.parsing import headers as names

MAX_ID_CHARS = 255

# A spreadsheet rounded the number away: the same text on many different products (8,72E+12).
_DESTROYED = re.compile(r"'?[+-]?\d([.,]\d+)?[eE]\+?\d+")
_NOTHING = frozenset({"-", "--", "n/a", "#n/a", "na", "none", "null", "nan", "nil", "undefined", "#ref!", "#value!"})


class IdentityPlan:
    """Where to look for the id of rows that have these headers; `first` goes before everything else."""

    __slots__ = ("_hashed", "_plain", "_urls")

    def __init__(self, headers: Iterable[str], first: str | None = None) -> None:
        known = list(headers)
        plain = (names.ID_NAMES, names.SKU_NAMES, names.PRODUCT_ID_NAMES, names.GTIN_NAMES)
        self._plain = tuple(
            dict.fromkeys(
                [*([first] if first else []), *(header for tier in plain for header in names.matching(known, tier))]
            )
        )
        self._urls = names.matching(known, names.URL_NAMES)
        self._hashed = names.matching(known, names.TITLE_NAMES)

    def identify(self, values: dict[str, Any], too_long: list[str] | None = None) -> str | None:
        """1-255 characters without control characters, or None when nothing in the row identifies it.

        `too_long` is given the headers of ids that were passed over for their length.
        """
        for header in self._plain:
            value = values.get(header)
            if value is None:
                continue
            if (identity := usable_id(value)) is not None:
                return identity
            if too_long is not None and id_chars(value) > MAX_ID_CHARS:
                too_long.append(header)
        return self._fallback(values)

    def _fallback(self, values: dict[str, Any]) -> str | None:
        for header in self._urls:
            if (text := _text(values.get(header))) and text.casefold() not in _NOTHING:
                return usable_id(text) or f"url-{_short_hash(text)}"
        for header in self._hashed:
            if (text := _text(values.get(header))) and text.casefold() not in _NOTHING:
                return f"title-{_short_hash(text)}"
        return None


def usable_id(value: object) -> str | None:
    """The value as an id, or None when it cannot be one: empty, too long, control characters, a destroyed number."""
    text = value if type(value) is str else _text(value)
    if not text:
        return None
    if text[0].isspace() or text[-1].isspace():
        text = text.strip()
    if not text or len(text) > MAX_ID_CHARS or _DESTROYED.fullmatch(text):
        return None
    if not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        return None
    if len(text) <= 9 and text.casefold() in _NOTHING:
        return None
    return text


def id_chars(value: object) -> int:
    """How many characters the value would have as an id."""
    return len(_text(value))


def _text(value: object) -> str:
    if isinstance(value, list):  # a repeated header: its first value
        value = value[0] if value else None
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).strip()


def _short_hash(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()


class Occurrences:
    """What ids a file has shown so far, with what content; a number per id is all that is kept.

    Python's own 64-bit string hash: among ten million ids a collision has a chance of 1 in 300,000, and would cost
    nothing but a suffix.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._further: dict[int, list[int]] = {}

    def place(self, identity: str, fingerprint: str) -> str | None:
        """The id to store this content under: the same, one with a suffix `~2`, `~3`, …; None for a repetition."""
        key, content = hash(identity), hash(fingerprint)
        if key not in self._first:
            self._first[key] = content
            return identity
        further = self._further.setdefault(key, [])
        if self._first[key] == content or content in further:
            return None
        further.append(content)
        number = len(further) + 1
        while True:
            suffix = f"~{number}"
            candidate = identity[: MAX_ID_CHARS - len(suffix)] + suffix
            if hash(candidate) not in self._first:
                self._first[hash(candidate)] = content
                return candidate
            number += 1
