"""Names of fields and attributes as they are compared: blind to case, spaces, punctuation and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def name_key(name: str) -> str:
    """The name without case, spaces and punctuation; one of nothing but those stays as it is."""
    letters: Iterable[str] = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in letters if char.isalnum()) or name
