"""Colour, size and material: separators between several values, and what channels refuse as a colour.

Source: Google product data specification as collected in the channel facts: several colours or materials stand with
"/" between them; a colour is no "multicolor", "various", "N/A", no hexadecimal code, no digits. An abbreviation such as
"BLK" is flagged, not guessed; so is every value that is no colour: it stays as it came.
"""

import re
from typing import Final

import polars as pl

from services.silver.rules.keys import text_key, words
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import Sheet

_PLACEHOLDERS: Final = words(
    """
    multicolor multicolour multicolored multicoloured multi various assorted mixed seeimage seepicture asshown
    aspictured na none null nan notapplicable unknown other default nocolor nocolour mehrfarbig bunt verschiedene
    sonstige multicolore divers multicouleur varios varioscolores vari multicolorido multikleur meerkleurig diverse
    """
)
_ABBREVIATIONS: Final = words(
    "BLK BLCK BK WHT WH GRY GRN BLU BRN YEL YLW RD ORG PNK PUR PPL SLV SLVR GLD NVY BGE CRM KHK TRQ CHR"
)
_HEX: Final = re.compile("#?(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|#[0-9a-fA-F]{3}")
_SEPARATED: Final = re.compile(r"\s*(?:[/;|]|\s\\\s)\s*")
_COMMA: Final = re.compile(r"\s*,\s*")
_ISSUES: Final = {
    "color.placeholder": "This is no colour; name it, or leave it empty.",
    "color.code": "A colour is a word, no code and no number.",
    "color.abbreviation": "This abbreviation is not understood; write the colour out.",
}


def normalize_variants(sheet: Sheet) -> None:
    """Tidy the separators of colour and material, and flag what is no colour.

    Rule ids: color.separator, material.separator. Issues: color.placeholder, color.code, color.abbreviation.
    """
    for field in ("color", "material"):
        if sheet.has(field):
            _separate(sheet, field)
    if sheet.has("color"):
        _judge(sheet)


def _separate(sheet: Sheet, field: str) -> None:
    texts = sheet.get(field).to_list()
    # Colours repeat, so each spelling is read once.
    tidied = {text: None if text is None else separated(text) for text in set(texts)}
    if any(text != tidy for text, tidy in tidied.items()):
        sheet.set(field, pl.Series([tidied[text] for text in texts], dtype=pl.String), f"{field}.separator")


def _judge(sheet: Sheet) -> None:
    texts = sheet.get("color").to_list()
    faults = {text: fault for text in set(texts) if text is not None and (fault := colour_fault(text))}
    for rule in sorted(set(faults.values())):
        mask = pl.Series([faults.get(text) == rule for text in texts])
        sheet.flag(rule, "color", "warning", mask, _ISSUES[rule])


@remembered(entries=8_192, longest=128)
def separated(text: str) -> str:
    """Return `text` with "/" between its values. A comma parts words only, for it may be a decimal mark; percentages
    keep theirs ("60% cotton, 40% wool")."""
    if any(char.isdigit() for char in text):
        return text
    parts = [part for part in _SEPARATED.split(_COMMA.sub("/", text)) if part]
    return "/".join(parts) or text


@remembered(entries=8_192, longest=128)
def colour_fault(text: str) -> str | None:
    """Return the rule that a colour breaks, None when it is a fair one."""
    if text_key(text) in _PLACEHOLDERS:
        return "color.placeholder"
    if _HEX.fullmatch(text) or not any(char.isalpha() for char in text) or any(char.isdigit() for char in text):
        return "color.code"
    return "color.abbreviation" if any(part.upper() in _ABBREVIATIONS for part in text.split("/")) else None
