"""Pricing: price, currency and availability, without which no channel lists a product."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.gold.rubric.fields import Check

AVAILABILITIES = ("in_stock", "out_of_stock", "preorder", "backorder", "discontinued")

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = tuple(_CODES.split())
"""The codes of ISO 4217 that people pay with (no metals, funds or test codes)."""


def checks() -> Mapping[str, Sequence[Check]]:
    """Checks of `price`, `currency` and `availability`.

    Prices are decimal texts. They are compared as doubles: reading a decimal as a double keeps the order of any two,
    so a comparison cannot come out wrong, and no amount is computed. A price of 0 means "unknown" in real files,
    an original price of 0 (Shopify's compare-at price) that there is none.
    """
    price = pl.col("price").cast(pl.Float64, strict=False)
    original = pl.col("originalPrice").cast(pl.Float64, strict=False)
    return {
        "price": (
            Check(price.is_finite().fill_null(value=False).not_() | (price <= 0), 0, "not an amount above zero"),
            Check((original < price) & (original > 0), 500, "the original price is below the price"),
        ),
        "currency": (Check(~pl.col("currency").is_in(CURRENCIES), 0, "not a currency code of ISO 4217"),),
        "availability": (
            Check(~pl.col("availability").is_in(AVAILABILITIES), 0, "not one of the known availabilities"),
        ),
    }
