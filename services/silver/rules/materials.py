"""Materials: percentages in one spelling, "80% Cotton, 20% Polyester".

As labels of textiles print them (Regulation (EU) No 1007/2011, article 9): the share before the fibre, in the order of
the source. What does not read as shares that add up to 100 stays as it came.
"""

import re
from decimal import Decimal
from typing import Final

from services.silver.rules.remembered import remembered

_SHARE: Final = r"([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?%"
_FIBRE: Final = r"([^\W\d_](?:[^%0-9,;/|+&\n:]*[^\s%0-9,;/|+&\n:-])?)"
_BREAK: Final = r"(?: ?[,;/|+&\n-]+ ?| )"
_SHARE_FIRST: Final = re.compile(rf"{_SHARE} ?(?:of |de |di |aus )?{_FIBRE}")
_FIBRE_FIRST: Final = re.compile(rf"{_FIBRE} ?[:-]? ?{_SHARE}")
_ALL_SHARES_FIRST: Final = re.compile(rf"{_SHARE_FIRST.pattern}(?:{_BREAK}{_SHARE_FIRST.pattern})*")
_ALL_FIBRES_FIRST: Final = re.compile(rf"{_FIBRE_FIRST.pattern}(?:{_BREAK}{_FIBRE_FIRST.pattern})*")
_TOLERANCE: Final = Decimal("0.5")
_WHOLE: Final = Decimal(100)
_SPACES: Final = re.compile(r"\s+")
_MAX_CHARS: Final = 200


@remembered(entries=8_192, longest=_MAX_CHARS)
def composition(text: str) -> str | None:
    """Return the shares of a material in one spelling, None where it is no composition that adds up."""
    if "%" not in text or len(text) > _MAX_CHARS:
        return None
    plain = _SPACES.sub(" ", text).strip()
    if _ALL_SHARES_FIRST.fullmatch(plain):
        parts = _SHARE_FIRST.findall(plain)
    elif _ALL_FIBRES_FIRST.fullmatch(plain):
        parts = [(share, fibre) for fibre, share in _FIBRE_FIRST.findall(plain)]
    else:
        return None
    shares: list[tuple[str, str]] = [(share.replace(",", "."), fibre) for share, fibre in parts]
    if abs(sum((Decimal(share) for share, _ in shares), start=-_WHOLE)) > _TOLERANCE:
        return None
    return ", ".join(f"{share}% {fibre}" for share, fibre in shares)
