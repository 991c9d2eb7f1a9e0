"""Registered names like an unknown one: what a person may have meant."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final

from rapidfuzz import fuzz

MOST: Final = 3
"""Names suggested for an unknown one."""

_LIKE: Final = 72.0
"""Per cent of letters in common, in order: below it suggestions are noise ("Sony" for "Sonos" has 67)."""
_BEGINS: Final = 80.0
"""What it counts for when one name begins with the other ("AcmeCorp", "Acme")."""
_BEGINNING: Final = 4
_COMPARED: Final = 60
_POSTINGS: Final = 2_000
"""Names looked at per question, from the rarest pieces on: a registry may have 50,000 of them."""
_REMEMBERED: Final = 10_000
_LONGEST: Final = 255


class NearestNames:
    """The names and aliases of a registry, by the three-letter pieces of their keys."""

    def __init__(self, by_key: Mapping[str, tuple[str, str]]) -> None:
        """`by_key`: key of a spelling → (brand id, name)."""
        self._by_key = by_key
        self._pieces: dict[str, list[str]] = {}
        for key in by_key:
            for piece in _pieces(key):
                self._pieces.setdefault(piece, []).append(key)
        self.of = lru_cache(_REMEMBERED)(self._of)

    def _of(self, key: str) -> tuple[str, ...]:
        """Up to three different names for the key of an unknown one, the likest first."""
        if not key or len(key) > _LONGEST:
            return ()
        scores: dict[str, float] = {}
        for candidate in {*self._sharing(key), *self._beginning(key)}:
            score = _likeness(key, candidate)
            if score >= _LIKE:
                name = self._by_key[candidate][1]
                scores[name] = max(score, scores.get(name, 0.0))
        return tuple(sorted(scores, key=lambda name: (-scores[name], name))[:MOST])

    def _sharing(self, key: str) -> list[str]:
        """The keys that have most of the pieces of `key`."""
        looked_at: list[list[str]] = []
        room = _POSTINGS
        for having in sorted((self._pieces.get(piece, []) for piece in _pieces(key)), key=len):
            looked_at.append(having[:room])
            room -= len(having)
            if room <= 0:
                break
        shared = Counter(chain.from_iterable(looked_at))
        return [other for other, _ in shared.most_common(_COMPARED)]

    def _beginning(self, key: str) -> Iterator[str]:
        """The keys that `key` begins with."""
        return (key[:end] for end in range(_BEGINNING, len(key)) if key[:end] in self._by_key)


def _likeness(one: str, other: str) -> float:
    alike = fuzz.ratio(one, other)
    short, long = sorted((one, other), key=len)
    return max(alike, _BEGINS) if len(short) >= _BEGINNING and long.startswith(short) else alike


def _pieces(key: str) -> dict[str, None]:
    """The pieces, each once, in an order that is the same in every process."""
    padded = f" {key} "
    return dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2))
