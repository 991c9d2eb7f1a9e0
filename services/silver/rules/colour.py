"""Colour, size and material: separators between several values, and what channels refuse as a colour.

Source: Google product data specification as collected in the channel facts: several colours or materials stand with
"/" between them; a colour is no "multicolor", "various", "N/A", no hexadecimal code, no digits. An abbreviation such as
"BLK" is flagged, not guessed; so is every value that is no colour: it stays as it came.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Final

import polars as pl

from services.silver.rules.casing import recased_words
from services.silver.rules.keys import text_key, words
from services.silver.rules.materials import composition
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import Sheet
from services.silver.rules.sizes import size_fault, spelled_size

_PLACEHOLDERS: Final = words(
    """
    multicolor multicolour multicolored multicoloured multi various assorted mixed seeimage seepicture asshown
    aspictured na none null nan notapplicable unknown other default nocolor nocolour mehrfarbig bunt verschiedene
    sonstige multicolore divers multicouleur varios varioscolores vari multicolorido multikleur meerkleurig diverse
    """
)
_ABBREVIATIONS: Final = words(
    "BLK BLCK BK WHT WH GRY GRN BRN YEL YLW RD ORG PNK PUR PPL SLV SLVR GLD NVY BGE CRM KHK TRQ CHR"
)
_HEX: Final = re.compile("#?(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|#[0-9a-fA-F]{3}")
_SEPARATED: Final = re.compile(r"\s*(?:[/;|]|\s\\\s)\s*")
_CODE: Final = re.compile(r"[0-9](?![0-9.,]* ?%)(?![0-9.,])")
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMA: Final = re.compile(r"\s*,\s*")
_ISSUES: Final = {
    "color.placeholder": "This is no colour; name it, or leave it empty.",
    "color.code": "A colour is a word, no code and no number.",
    "color.abbreviation": "This abbreviation is not understood; write the colour out.",
    "size.placeholder": "This is no size; name it, or leave it empty.",
}


def normalize_variants(sheet: Sheet, cased: AbstractSet[str] = frozenset()) -> None:
    """Tidy the separators and the case of colour and material, spell sizes one way, and flag what is none of these.

    The fields in `cased` keep their case: the workspace decides it (see `cased_fields`).
    Rule ids: color.separator, color.case, material.separator, material.case, material.percent, size.spelling.
    Issues: color.placeholder, color.code, color.abbreviation, size.placeholder.
    """
    _rewrite(sheet, "color", separated, "color.separator")
    if "color" not in cased:
        _rewrite(sheet, "color", quiet, "color.case")
    _rewrite(sheet, "material", separated, "material.separator")
    _rewrite(sheet, "material", lambda text: composition(text) or text, "material.percent")
    if "material" not in cased:
        _rewrite(sheet, "material", quiet, "material.case")
    _rewrite(sheet, "size", _spelled_in_case if "size" in cased else spelled_size, "size.spelling")
    _judge(sheet, "color", colour_fault)
    _judge(sheet, "size", size_fault)


def _spelled_in_case(text: str) -> str:
    spelled = spelled_size(text)
    return text if spelled.casefold() == text.casefold() else spelled


def _rewrite(sheet: Sheet, field: str, rewritten: Callable[[str], str], rule: str) -> None:
    if not sheet.has(field):
        return
    texts = sheet.get(field).to_list()
    # Colours repeat, so each spelling is read once.
    tidied = {text: None if text is None else rewritten(text) for text in set(texts)}
    if any(text != tidy for text, tidy in tidied.items()):
        sheet.set(field, pl.Series([tidied[text] for text in texts], dtype=pl.String), rule)


def _judge(sheet: Sheet, field: str, fault_of: Callable[[str], str | None]) -> None:
    if not sheet.has(field):
        return
    texts = sheet.get(field).to_list()
    faults = {text: fault for text in set(texts) if text is not None and (fault := fault_of(text))}
    for rule in sorted(set(faults.values())):
        mask = pl.Series([faults.get(text) == rule for text in texts])
        sheet.flag(rule, field, "warning", mask, _ISSUES[rule])


@remembered(entries=8_192, longest=128)
def separated(text: str) -> str:
    """Return `text` with "/" between its values. A comma parts words only, for it may be a decimal mark; percentages
    keep theirs ("60% cotton, 40% wool")."""
    if any(char.isdigit() for char in text):
        return text
    parts = [part for part in _SEPARATED.split(_COMMA.sub("/", text)) if part]
    return "/".join(parts) or text


@remembered(entries=8_192, longest=128)
def quiet(text: str) -> str:
    """Return a shouted colour or material as capitalised words: "NAVY BLUE" gives "Navy Blue".

    Any other case was somebody's choice and stays; so do codes, abbreviations and acronyms ("PVC").
    """
    if (
        text != text.upper()
        or text == text.lower()
        or _CODE.search(text)
        or not _ABBREVIATIONS.isdisjoint(_WORD.findall(text))
    ):
        return text
    return "/".join(recased_words(part) for part in text.split("/"))


@remembered(entries=8_192, longest=128)
def colour_fault(text: str) -> str | None:
    """Return the rule that a colour breaks, None when it is a fair one."""
    if text_key(text) in _PLACEHOLDERS:
        return "color.placeholder"
    if _HEX.fullmatch(text) or not any(char.isalpha() for char in text) or any(char.isdigit() for char in text):
        return "color.code"
    return "color.abbreviation" if any(part.upper() in _ABBREVIATIONS for part in text.split("/")) else None
