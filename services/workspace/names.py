"""Names of brands: when two spellings mean the same one, and how one is written in a URL. Pure functions."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from services.runtime.legal_forms import without_legal_form

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LIMIT_CHARS = 255
# Room for a number behind the slug when it is taken.
SLUG_BASE_CHARS = 240

# Letters that people leave out or spell out, and that Unicode does not take apart.
_SPELLED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "þ": "th"})
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def matching_key(name: str) -> str:
    """The name without case, accents, punctuation, white space and legal forms at its end: "L’Oréal S.A." and
    "LOREAL" give "loreal".

    Accents are those of Latin, Greek and Cyrillic letters (U+0300–U+036F); the vowel signs of other scripts are
    letters of the name and stay. A name of nothing but signs keeps them, so that it still differs from others.
    """
    letters = "".join(char for char in without_legal_form(_folded(name)) if char.isalnum() or _is_vowel_sign(char))
    return letters or " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def slug_of(name: str) -> str:
    """The name as `^[a-z0-9]+(-[a-z0-9]+)*$`; one without Latin letters or digits gets a short hash of its key."""
    plain = "".join(char for char in _folded(name) if not unicodedata.combining(char))
    slug = _NOT_SLUG.sub("-", plain.replace("'", "").replace("’", "")).strip("-")[:SLUG_BASE_CHARS].rstrip("-")
    return slug or f"brand-{hashlib.blake2b(matching_key(name).encode(), digest_size=4).hexdigest()}"


def _folded(name: str) -> str:
    # Twice, because taking letters apart can yield upper case and folding can yield composed ones.
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return unicodedata.normalize("NFKD", once.casefold()).translate(_SPELLED)


def _is_vowel_sign(char: str) -> bool:
    return unicodedata.category(char)[0] == "M" and not "\u0300" <= char <= "\u036f"
