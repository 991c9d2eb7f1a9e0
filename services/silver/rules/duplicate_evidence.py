"""Why a product is taken for a duplicate: what it shares with the product it was compared with, and what not."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from services.silver.rules.keys import identity_key


class Told(NamedTuple):
    """How similar two products are (0 to 1), and names of what agrees and disagrees."""

    similarity: float
    agree: Sequence[str]
    disagree: Sequence[str]


_KEY_NAMES: Final = {"gtin14": "gtin", "brand_mpn_key": "brand_mpn", "brand_sku_key": "brand_sku"}
_FIELDS: Final = {
    **{name: name for name in ("title", "brand", "mpn")},
    "gtin14": "gtin",
    **{name: name for name in ("color", "size", "material", "price")},
}
_LIKELY: Final = '{"strength":"likely",'
_KEYED: Final = frozenset({"gtin14", "color", "size", "material", "price"})
"""Fields of a candidate that are compared as they are."""


class Joined:
    """The pairs that were put together, by row."""

    def __init__(self) -> None:
        self._certain: defaultdict[int, list[int]] = defaultdict(list)
        self._likely: defaultdict[int, list[tuple[int, Told]]] = defaultdict(list)

    def certainly(self, earlier: int, later: int) -> None:
        """Note a pair that shares an identity."""
        self._certain[earlier].append(later)
        self._certain[later].append(earlier)

    def likely(self, earlier: int, later: int, told: Told) -> None:
        """Note a likely pair, the likeliest first."""
        self._likely[earlier].append((later, told))
        self._likely[later].append((earlier, told))

    def text(self, candidates: Sequence[Any], row: int, leader: int) -> str:
        """JSON of {strength, matched, keys, similarity, agree, disagree} of a duplicate.

        It is compared with the canonical product if it was paired with that one, otherwise with the one of its group
        that speaks most for it.
        """
        if partners := self._certain.get(row):
            matched = leader if leader in partners else min(partners)
            return _certain_text(candidates[row], candidates[matched])
        likely = dict(reversed(self._likely[row]))
        matched = leader if leader in likely else self._likely[row][0][0]
        return _text("likely", candidates[matched].product_id, (), likely[matched])


def is_likely(text: str) -> bool:
    """Tell whether evidence is that of a merely likely duplicate."""
    return text.startswith(_LIKELY)


def _certain_text(one: Any, other: Any) -> str:
    keys = [name for key, name in _KEY_NAMES.items() if getattr(one, key) and getattr(one, key) == getattr(other, key)]
    agree: list[str] = []
    disagree: list[str] = []
    for field, name in _FIELDS.items():
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs:
            same = mine == theirs or (field not in _KEYED and identity_key(mine) == identity_key(theirs))
            (agree if same else disagree).append(name)
    return _text("certain", other.product_id, keys, Told(1.0, agree, disagree))


def _text(strength: str, matched: str, keys: Sequence[str], told: Told) -> str:
    evidence = {"strength": strength, "matched": matched, "keys": keys, **told._asdict()}
    return orjson.dumps(evidence).decode()
