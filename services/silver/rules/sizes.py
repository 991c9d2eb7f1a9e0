"""Sizes: one spelling for the ways people write the same one.

Letters up to XXL, from there on with a number ("3XL"); a country before its number ("EU 42"), a decimal point, "One
Size" in English whatever the language, because channels compare it; lengths and volumes as in `measures`. A size is
never converted into another country's, and what is none of these stays as it came.
"""

import re
from typing import Final

from services.silver.rules.keys import text_key, words
from services.silver.rules.measures import read_measure
from services.silver.rules.remembered import remembered

_ONE_SIZE: Final = "One Size"
_WORDS: Final = {
    _ONE_SIZE: """
        onesize onesizefitsall onesizefitsmost os osfa osfm universal universalsize einheitsgrosse einheitsgroesse
        tailleunique tu tallaunica tamanhounico tagliaunica unicataglia eenmaat onemaat unisize freesize
    """,
    "XXS": "xxs extraextrasmall 2xs",
    "XS": "xs extrasmall xsmall xtrasmall",
    "S": "s small klein pequeno pequena piccolo piccola",
    "M": "m medium med mittel moyen mediano mediana medio middel",
    "L": "l large gross groot grand grande",
    "XL": "xl extralarge xlarge xtralarge",
    "XXL": "xxl 2xl extraextralarge xxlarge 2xlarge 2extralarge",
    "3XL": "xxxl 3xl xxxlarge 3xlarge",
    "4XL": "xxxxl 4xl xxxxlarge 4xlarge",
    "5XL": "xxxxxl 5xl 5xlarge",
    "6XL": "xxxxxxl 6xl 6xlarge",
}
_SPELLED: Final = {key: size for size, keys in _WORDS.items() for key in words(keys)}
_SYSTEMS: Final = {
    **{system: system for system in words("EU UK US FR IT DE JP AU BR CN")},
    **{"EUR": "EU", "EURO": "EU", "GB": "UK", "USA": "US"},
}
_FIGURE: Final = r"[0-9]{1,3}(?:[.,][05]|½| 1/2)?"
_LONE: Final = re.compile(_FIGURE)
_SYSTEM: Final = "|".join(sorted(_SYSTEMS, key=len, reverse=True))
# "16 GB" is a phone's memory, not a British shoe.
_OF_SYSTEM: Final = re.compile(
    rf"({_SYSTEM})[ .:]*({_FIGURE}|[0-9]?[XSML]{{1,4}})|({_FIGURE}) ?(?!GB)({_SYSTEM})", re.ASCII | re.IGNORECASE
)
_SYSTEM_FIRST: Final = re.compile("[A-Z]{2} ")
_JEANS: Final = re.compile(r"W ?([0-9]{2}) ?[/,x-]? ?L ?([0-9]{2})", re.ASCII | re.IGNORECASE)
_BETWEEN: Final = re.compile(r" ?([/|]) ?| ?([-–—]) ?")
_LABEL: Final = re.compile(
    r"^(?:size|gr(?:öße|össe|oesse)?|taille|t|talla|tamanho|taglia|maat)[ .:]+(?=[0-9A-Za-z])", re.IGNORECASE
)
_LISTED: Final = re.compile(r" ?[,;] ")
_UNIT: Final = re.compile(r"[0-9½/] ?(?:[^\W\d_]{2,}[.²³23]?|[\"″”])$")
_SPACES: Final = re.compile(r"\s+")
_PLACEHOLDERS: Final = words("na none null nan notapplicable default unknown nosize tbd seedescription seechart")
_MAX_CHARS: Final = 64
_MAX_SIDES: Final = 4


@remembered(entries=8_192, longest=_MAX_CHARS)
def spelled_size(text: str) -> str:
    """Return a size in the one spelling, as it came where it has none."""
    if len(text) > _MAX_CHARS:
        return text
    plain = _SPACES.sub(" ", text).strip()
    if (size := _one(plain)) or (size := _measured(plain)) or (size := _one(_LABEL.sub("", plain))):
        return size
    if found := _JEANS.fullmatch(plain):
        return f"W{found[1]}/L{found[2]}"
    several = [_span(part) for part in _LISTED.split(plain)]
    return text if None in several else ", ".join(filter(None, several))


def size_fault(text: str) -> str | None:
    """Return the rule that a size breaks, None when it is a fair one."""
    return "size.placeholder" if text_key(text) in _PLACEHOLDERS else None


def _one(text: str) -> str | None:
    """Read one size that is a word, letters, a figure, or one of these with its country."""
    if size := _SPELLED.get(text_key(text)):
        return size
    if _LONE.fullmatch(text):
        return text.replace(",", ".")
    if found := _OF_SYSTEM.fullmatch(text):
        system, figure = (found[1], found[2]) if found[1] else (found[4], found[3])
        return f"{_SYSTEMS[system.upper()]} {_SPELLED.get(text_key(figure), figure.replace(',', '.'))}"
    return None


def _span(text: str) -> str | None:
    """Read one size, or some with dashes or slashes between them."""
    pieces = _BETWEEN.split(text)
    sides = [_one(side) for side in pieces[::3]]
    if len(sides) > _MAX_SIDES or None in sides:
        return None
    # "8-10 UK" is two British sizes, which "8-UK 10" is not.
    if not _SYSTEM_FIRST.match(sides[0] or "") and any(_SYSTEM_FIRST.match(side or "") for side in sides):
        return None
    joiners = ["-" if dash else "/" for dash in pieces[2::3]]
    return "".join(f"{side}{joiner}" for side, joiner in zip(sides, [*joiners, ""], strict=True))


def _measured(text: str) -> str | None:
    """Read a size that is a length, a volume or dimensions; a unit of one letter may be a size: "32 L", "12M"."""
    if not _UNIT.search(text):
        return None
    return read_measure(text, "", None, None).text
