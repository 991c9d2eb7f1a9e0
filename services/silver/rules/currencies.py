"""The signs and words that name a currency without doubt."""

from typing import Final

from services.runtime.currencies import ISO_4217
from services.silver.rules.keys import words

SIGNS: Final = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "US$": "USD",
    "R$": "BRL",
    "C$": "CAD",
    "C $": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "MX$": "MXN",
    "NT$": "TWD",
    "JP¥": "JPY",
    "CN¥": "CNY",
    "ZŁ": "PLN",
    "KČ": "CZK",
    "FT": "HUF",
    "LEI": "RON",
    "FR.": "CHF",
    "SFR.": "CHF",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₦": "NGN",
    "₱": "PHP",
    "TL": "TRY",
    "РУБ": "RUB",
    "РУБ.": "RUB",
    "ГРН": "UAH",
    "ГРН.": "UAH",
    "ЛВ": "BGN",
    "ЛВ.": "BGN",
    "RM": "MYR",
    "RP": "IDR",
    "RP.": "IDR",
    "S/": "PEN",
    "S/.": "PEN",
    "R": "ZAR",
    "円": "JPY",
    "د.إ": "AED",
    "EURO": "EUR",
    "EUROS": "EUR",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
    "US DOLLAR": "USD",
    "POUND": "GBP",
    "POUNDS": "GBP",
}
"""Upper-case sign or word → code. "¥" (yen or yuan), "kr" and "Rs" (four currencies each) name none without doubt."""

ASSUMED: Final = frozenset({"$", "DOLLAR", "DOLLARS"})
"""Read as USD because most feeds mean it, but said in an issue: twenty currencies are called dollar."""

DOLLARS: Final = words(
    "USD CAD AUD NZD HKD SGD MXN TWD ARS CLP COP BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD TTD XCD"
)
"""Currencies that are written "$" at home."""

SILENT: Final = frozenset({"", "¥", "KR", "KR.", "RS", "RS.", "元", "PC", "EA", "EACH"})
"""What may stand beside an amount without saying which currency it is."""


def currency_code(text: str | None) -> str | None:
    """Return the ISO 4217 code a sign, code or word names, or None."""
    if text is None:
        return None
    name = " ".join(text.upper().split())
    if name in ISO_4217:
        return name
    return SIGNS.get(name)
