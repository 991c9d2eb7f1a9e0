"""Currencies: ISO 4217 codes in use, and the signs and words that name one of them without doubt."""

from typing import Final

from services.silver.rules.keys import words

ISO_4217: Final = words(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK
    HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON
    RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
    """
)

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

SILENT: Final = frozenset({"", "¥", "KR", "KR.", "RS", "RS.", "/PC", "/EA", "EACH"})
"""What may stand beside an amount without saying which currency it is."""


def currency_code(text: str | None) -> str | None:
    """Return the ISO 4217 code a sign, code or word names, or None."""
    if text is None:
        return None
    name = " ".join(text.upper().split())
    if name in ISO_4217:
        return name
    return SIGNS.get(name)
