"""What channels refuse in a title or description but nobody can mend: too long, a placeholder, promotion. Flags only.

Sources: Google product data specification (title at most 150 characters, description at most 5,000, no promotional
text), Meta and OpenAI the same in the channel facts; trap 12 ("PRODUCT 1", lorem ipsum).
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from services.silver.rules.keys import text_key, words
from services.silver.rules.sheet import Sheet, rows_where

_TITLE_CHARS: Final = 150
_DESCRIPTION_CHARS: Final = 5_000
_SHORT_BYTES: Final = 24
_NOTHING: Final = words(
    """
    test testing testtest testproduct testprodukt producttest tbd tba na none null nan nil todo xxx xxxx abc asdf foo
    foobar untitled notitle nameless unnamed placeholder example exampleproduct sample sampleproduct demo demoproduct
    dummy dummyproduct product producto produkt produit prodotto produto item article artikel articulo newproduct
    neuesprodukt neuerartikel nouveauproduit nuevoproducto titlehere producttitle productname title name titel titre
    copy copyofproduct loremipsum default defaulttitle unknown unbekannt inconnu keine
    """
)
_NUMBERED: Final = re.compile(
    r"(?:sample|test|demo|dummy)? ?(?:product|produkt|producto|produit|prodotto|produto|item|artikel|article|test)"
    r"[ #_.-]{0,3}[0-9]{1,4}",
    re.IGNORECASE,
)
_LOREM: Final = re.compile(r"lorem ipsum|ipsum dolor", re.IGNORECASE)
_PROMOTION: Final = re.compile(
    r"\b(?:free (?:shipping|delivery)|ships? free|gratis|versandkostenfrei|kostenlos(?:er|e)? (?:versand|lieferung)"
    r"|livraison (?:gratuite|offerte)|env[ií]o gratu?i[ts]o?|frete gr[aá]tis|spedizione gratuita|gratis verzending)\b"
    # "-30% de sel" and "- 82% wheat" are no discounts.
    r"|(?<!\w)[-–−] ?[0-9]{1,2} ?%(?=\W*$| ?!)|^\W*[-–−] ?[0-9]{1,2} ?%"
    r"|\b[0-9]{1,2} ?% ?(?:off|discount|rabatt|reduziert|de (?:r[eé]duction|remise|desc|descuento|desconto)|dto"
    r"|descuento|desconto|sconto|di sconto|korting|reduction)\b"
    r"|\b(?:buy (?:1|one|2|two) get|best price|lowest price|bestpreis|meilleur prix|mejor precio|melhor pre[çc]o"
    r"|miglior prezzo|beste prijs|special offer|limited offer|sonderangebot|offre sp[eé]ciale|on sale|hot sale"
    r"|clearance|ausverkauf|soldes|rebajas|nur heute|today only|limited time|save (?:up to )?[$£€][0-9]+)\b"
    r"|^sale\b(?! ?(?:price|item)s?\b)|\bsale ?!",
    re.IGNORECASE,
)
# What each of these needs to match, as a search for many words at once: most titles have none.
_HINTS: Final = (
    *("free", "gratis", "gratuit", "gratuita", "grátis", "offerte", "kostenfrei", "kostenlos", "%", "buy ", "price"),
    *("preis", "prix", "precio", "preço", "preco", "prezzo", "prijs", "offer", "angebot", "sale", "clearance"),
    *("ausverkauf", "soldes", "rebajas", "heute", "today", "limited", "save ", "ipsum"),
)
_FEW: Final = 8
"""So few texts are read one by one: to set up a search for many words costs more."""
_TITLE_MASKS: Final = (
    (pl.col("title").str.len_chars() > _TITLE_CHARS).alias("long"),
    (
        pl.col("title").str.contains_any(list(_HINTS), ascii_case_insensitive=True)
        | (pl.col("title").str.len_bytes() <= _SHORT_BYTES)
    ).alias("hinted"),
)
_DESCRIPTION_MASKS: Final = (
    (pl.col("description").str.len_chars() > _DESCRIPTION_CHARS).alias("long"),
    (
        pl.col("description").str.contains("ipsum", literal=True)
        | (pl.col("description").str.len_bytes() <= _SHORT_BYTES)
    ).alias("hinted"),
)
_MESSAGES: Final = {
    "title.too_long": f"The title has more than {_TITLE_CHARS} characters; channels cut it off or refuse it.",
    "title.placeholder": "This title is a placeholder and names no product.",
    "title.promotional": "Channels refuse promotion in a title; prices, shipping and sales belong elsewhere.",
    "description.too_long": f"The description has more than {_DESCRIPTION_CHARS:,} characters.",
    "description.placeholder": "This description is a placeholder and says nothing of the product.",
}


def flag_content(sheet: Sheet) -> None:
    """Flag what is to be written anew.

    Issues: title.too_long, title.placeholder, title.promotional, description.too_long, description.placeholder.
    """
    if sheet.has("title"):
        _judge(sheet, "title", _TITLE_MASKS, _TITLE_CHARS, title_fault)
    if sheet.has("description"):
        _judge(sheet, "description", _DESCRIPTION_MASKS, _DESCRIPTION_CHARS, description_fault)


def _judge(
    sheet: Sheet, field: str, masks: Sequence[pl.Expr], longest: int, fault_of: Callable[[str], str | None]
) -> None:
    values = sheet.get(field)
    if sheet.height <= _FEW:
        texts = [(row, text) for row, text in enumerate(values.to_list()) if text is not None]
        rows = pl.Series([row for row, _ in texts], dtype=pl.UInt32)
        long = pl.Series([row for row, text in texts if len(text) > longest], dtype=pl.UInt32)
    else:
        found = values.to_frame().select_seq(masks)
        rows, long = rows_where(found["hinted"]), rows_where(found["long"])
    _flag(sheet, f"{field}.too_long", long)
    if len(rows):
        faults = [fault_of(text) for text in values[rows].to_list()]
        for rule in sorted({fault for fault in faults if fault}):
            _flag(sheet, rule, rows.filter(pl.Series([fault == rule for fault in faults])))


def _flag(sheet: Sheet, rule: str, rows: pl.Series) -> None:
    sheet.flag_rows(rule, rule.partition(".")[0], "warning", rows, _MESSAGES[rule])


def title_fault(title: str) -> str | None:
    """Return the rule that a title breaks, None when it is a fair one."""
    if _is_placeholder(title):
        return "title.placeholder"
    return "title.promotional" if _PROMOTION.search(title) else None


def description_fault(description: str) -> str | None:
    """Return the rule that a description breaks, None when it is a fair one."""
    return "description.placeholder" if _is_placeholder(description) else None


def _is_placeholder(text: str) -> bool:
    if len(text) > _SHORT_BYTES:
        return "ipsum" in text and _LOREM.search(text) is not None
    key = text_key(text)
    return not key or key in _NOTHING or _NUMBERED.fullmatch(text.strip()) is not None or "loremipsum" in key
