"""One price text: where its amount stands, and the currency beside it.

What a text says depends on its shape alone, which is the text with 9 for every digit but 0. Thousands of prices have
few shapes, so each shape is read once, in Python, and a price costs no more than cutting its digits out.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from services.runtime.currencies import ISO_4217
from services.silver.rules.currencies import ASSUMED, SIGNS, SILENT, currency_code
from services.silver.rules.keys import words
from services.silver.rules.remembered import remembered

_SHAPE: Final = str.maketrans("12345678", "99999999")
_NUMBER: Final = r"(?:[0-9][0-9.,'’ _]*[0-9]|[0-9])"
_AMOUNT: Final = re.compile(rf"[-−–]? ?{_NUMBER}|[-−–]?[.,][0-9]+")
_SPACES: Final = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_MINUS: Final = re.compile("^[-−–] ?")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys(" ’_", "'"))
_NO_SEPARATORS: Final = str.maketrans("", "", ".,'’ _")
_NO_APOSTROPHES: Final = str.maketrans("", "", "'")
_SOUND: Final = re.compile(
    r"(?:[0-9]+|[0-9]{1,3}(?:'[0-9]{3})+|[0-9]{1,2}(?:'[0-9]{2})+'[0-9]{3})(?:\.[0-9]+)?|\.[0-9]+"
)
_AMBIGUOUS: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
# Digits of other scripts (their zeros), and the separators that Arabic writes between them.
_FIGURES: Final = {
    **{
        zero + digit: str(digit)
        for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50)
        for digit in range(10)
    },
    0x66B: ".",
    0x66C: ",",
}
_NO_CENTS: Final = re.compile(r"[.,:/](?:-{1,2}|–|—)")
_TAX: Final = r"(?:VAT|MWST|MEHRWERTSTEUER|TAX|GST|BTW|IVA|TVA)"
# Said of the amount and no part of it. A price without tax is another amount, so it has no place here.
_NOTE: Final = re.compile(
    rf"\b(?:INCL?|INKL|INCLUDING|INCLUSIEF)\b\.? ?{_TAX}\b\.?|\b{_TAX} ?(?:INCL?|COMPRISE|INCLUSA|INCLUIDO)\b\.?"
    r"|/ ?(?:STK|STÜCK|ST|PIÈCE|PIECE|PCE|UNIT|UNITÉ|UNIDAD|UNIDADE|UD|UN|PEZZO|PZ|STUK|EA|EACH|PC)\b\.?"
    r"|\bTTC\b|^(?:PRICE|PREIS|PRIX|PRECIO|PREZZO|PRIJS|PREÇO) ?:|\*+$"
)
_WITHOUT: Final = re.compile(r"[0-9] ?[.,:/](?:-|–|—)")
_WITHOUT_CENTS: Final = words("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF")
_DOLLARS: Final = "USD|CAD|AUD|NZD|HKD|SGD|MXN|TWD|ARS|CLP|COP|BRL"
_NAMED_TWICE: Final = re.compile(
    rf"\$ ?({_DOLLARS})|({_DOLLARS}) ?\$|€ ?(EUR)|(EUR) ?€|£ ?(GBP)|(GBP) ?£|¥ ?(JPY|CNY)|(JPY|CNY) ?¥"
)
ASSUMED_USD: Final = "?USD"
"""What a bare dollar sign says, told from a currency that is named."""
_CURRENCY_OF: Final = {name: code for name in [*SIGNS, *sorted(ISO_4217)] if (code := currency_code(name))}


class Notation(NamedTuple):
    """What the shape of a price says: where its digits stand, the currency beside them, or why it is no price."""

    problem: str | None
    currency: str | None
    rule: str
    whole: slice
    fraction: slice


def clean_price(text: str) -> str:
    """Return a price with compatibility characters as their plain ones, single spaces, and nothing invisible."""
    if not text.isascii():
        # "19,99²" has a footnote and "19⁹⁹" its cents raised: as plain figures they would make other prices.
        text = "".join(f"^{char}" if char.isdigit() and not char.isdecimal() else char for char in text)
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = text.translate(_FIGURES)
    if text.isprintable() and "  " not in text:
        return text
    return "".join(char for char in _SPACES.sub(" ", text) if unicodedata.category(char) not in {"Cc", "Cf"})


def amount_of(text: str, notation: Notation) -> str | None:
    """Return the plain decimal of a clean text, null when it has a problem."""
    if notation.problem:
        return None
    whole, fraction = text[notation.whole], text[notation.fraction]
    if not whole.isdecimal():
        whole = whole.translate(_NO_SEPARATORS)
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if fraction else whole


def shape_of(text: str) -> str:
    """Return `text` with 9 for every digit but 0: "0.125" is no thousands, "1.125" may be."""
    return text.translate(_SHAPE)


@remembered(entries=8_192, longest=256)
def notation_of(shape: str, mark: str | None) -> Notation:
    """Read the shape of a clean price; `mark` settles a lone separator."""
    text = shape.strip(" '’\"=;")
    found = _AMOUNT.search(text)
    if not found:
        return _unread("money.unreadable")
    number = found[0].strip()
    unsigned = _MINUS.sub("", number)
    digits = unsigned.translate(_APOSTROPHES)
    # What stands beside the amount must be a currency or nothing: "from 9.99" and "10 - 20" are not one price.
    beside = _beside(f"{text[: found.start()]} {text[found.end() :]}")
    currency = _CURRENCY_OF.get(beside)
    ambiguous = _AMBIGUOUS.fullmatch(digits) is not None
    # "1.299,-" has no cents, and yen have none: the lone separator is no decimal mark.
    centless = currency in _WITHOUT_CENTS or beside == "¥" or _WITHOUT.search(text)
    other = "," if "." in digits else "."
    decimal = (other if centless else mark) if ambiguous else _decimal(digits)
    amount = _grouped(digits, decimal)
    if (beside not in SILENT and not currency) or not (ambiguous or _SOUND.fullmatch(amount)):
        return _unread("money.unreadable")
    if ambiguous and not decimal:
        return _unread("money.ambiguous")
    if number != unsigned:
        return _unread("money.negative")
    start = shape.index(unsigned)
    end = start + len(unsigned)
    point = start + amount.index(".") if "." in amount else end
    notation_rule = "money.decimal_comma" if decimal == "," else "money.notation"
    return Notation(
        problem=None,
        currency=ASSUMED_USD if beside in ASSUMED else currency,
        rule="money.currency_in_price" if currency else notation_rule,
        whole=slice(start, point),
        fraction=slice(point + 1, end),
    )


def number_of(text: str, mark: str | None) -> str | None:
    """Return the plain decimal that a text of digits and separators says: "1.299,5" gives "1299.5".

    "" where it can be read in two ways and no `mark` settles it, None where it is no number. Fractions ("10 1/2") stay.
    """
    if "/" in text:
        return text
    digits = text.translate(_APOSTROPHES)
    ambiguous = _AMBIGUOUS.fullmatch(digits) is not None
    if ambiguous and not mark:
        return ""
    amount = _grouped(digits, mark if ambiguous else _decimal(digits))
    if not _SOUND.fullmatch(amount):
        return None
    whole, point, fraction = amount.translate(_NO_APOSTROPHES).partition(".")
    return f"{whole.lstrip('0') or '0'}{point}{fraction}"


def _unread(problem: str) -> Notation:
    return Notation(problem, None, problem, slice(0), slice(0))


def _beside(text: str) -> str:
    """Return what stands beside an amount as currencies are listed: upper case, without notes and punctuation."""
    beside = _NOTE.sub(" ", _NO_CENTS.sub("", " ".join(text.split()).upper(), count=1)).strip()
    if beside in _CURRENCY_OF:
        return beside
    beside = " ".join(beside.split()).lstrip(" .,/:").rstrip(" ,/:")
    twice = _NAMED_TWICE.fullmatch(beside)
    return twice[twice.lastindex or 0] if twice else beside


def _decimal(digits: str) -> str:
    """Return the decimal mark of an amount whose separators settle it: the last one when it stands once, else ""."""
    last = max(".,", key=digits.rfind)
    return last if digits.count(last) == 1 else ""


def _grouped(digits: str, decimal: str | None) -> str:
    """Return `digits` with a point for its decimal mark and an apostrophe for every other separator."""
    if decimal == ",":
        return digits.replace(".", "'").replace(",", ".", 1)
    whole = digits.replace(",", "'")
    return whole if decimal else whole.replace(".", "'")
