"""Fields with a closed list of values: availability, condition, gender, age group.

The names are those of Google's specification in snake case. Sources of the spellings: Google, Meta ("in stock") and
OpenAI ("pre_order") feed specifications, schema.org, Shopify, WooCommerce, Magento, and shops in English, German,
French, Spanish, Portuguese, Italian and Dutch. A value that no list knows becomes null and is flagged: the source
keeps it.
"""

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from services.silver.rules.keys import text_key
from services.silver.rules.sheet import Sheet, rows_where
from services.silver.rules.spellings import MORE


def _spellings(field: str, values: Mapping[str, str]) -> dict[str, str]:
    table = {text_key(value): value for value in values}
    for more in (values, MORE[field]):
        for value, spellings in more.items():
            table |= {text_key(spelling): value for spelling in spellings.split(",")}
    table.pop("", None)
    return table


AVAILABILITY: Final = _spellings(
    "availability",
    {
        "in_stock": """
        in stock, instock, available, in store, instoreonly, onlineonly, limited availability, low stock,
        available now, available online, in stock online, ships today, yes, true, 1, y, active, auf lager,
        lagernd, verfügbar, sofort verfügbar,
        sofort lieferbar, lieferbar, vorrätig, ja, en stock, disponible, oui, disponible immédiatement, in
        magazzino, en existencia, hay stock, disponibles, sí, em estoque, disponível, em stock, sim, pronta
        entrega, en existencias, disponible en stock, available for sale
    """,
        "out_of_stock": """
        out of stock, outofstock, oos, sold out, soldout, unavailable, not available, no stock, no, false, 0, n,
        temporarily unavailable, temporarily out of stock, nicht auf lager, nicht verfügbar, ausverkauft, nicht
        lieferbar, vergriffen, zurzeit nicht verfügbar, nein, rupture de stock, en rupture, en rupture de stock,
        épuisé, indisponible, non disponible, non, agotado, sin stock, no disponible, sin existencias, fuera de
        stock, esgotado, indisponível, sem estoque, fora de estoque, sem stock, não, não disponível,
        nicht vorrätig, nicht lagernd,
        rupture, hors stock, em falta, actualmente no disponible
    """,
        "preorder": """
        pre order, preorder, pre-order, presale, coming soon, available for order, vorbestellung, vorbestellbar,
        vorbestellen, en preventa, em pré venda, précommande, pré-commande, en précommande, preventa,
        reserva, pré-venda, pré-encomenda,
        encomenda
    """,
        "backorder": """
        back order, backorder, backordered, on backorder, on back order, available on backorder, available for
        backorder, special order, nachbestellt, lieferrückstand, im zulauf, auf bestellung, sur commande, en
        réapprovisionnement, bajo pedido, por encargo, pendiente, sob encomenda, encomendado
    """,
        "discontinued": """
        discontinued, end of life, eol, obsolete, retired, eingestellt, ausgelaufen, nicht mehr lieferbar,
        auslaufartikel, arrêté, abandonné, fin de série, descatalogado, discontinuado, descontinuado
    """,
    },
)
CONDITION: Final = _spellings(
    "condition",
    {
        "new": """
        new, brand new, new with tags, new without tags, new in box, newcondition, new other, nuevo, nueva, neu,
        neuware, neuf, neuve, novo, nova, sealed, original packaging,
        fabrikneu, brandneu, neu mit etikett
    """,
        "refurbished": """
        refurbished, refurbishedcondition, renewed, reconditioned, certified refurbished, manufacturer
        refurbished, seller refurbished, remanufactured, generalüberholt, refurbisht, erneuert,
        refurb, refurbished excellent, refurbished very good, refurbished good, wiederaufbereitet,
        reconditionné, remis à neuf, reacondicionado, restaurado, recondicionado
    """,
        "used": """
        used, usedcondition, pre owned, preowned, second hand, secondhand, used like new, used good, used very
        good, used fair, used acceptable, like new, gebraucht, occasion, d'occasion, usagé, usado, usada, de
        segunda mano, segunda mano, de segunda mão, seminovo,
        seminuevo, open box, wie neu, comme neuf, como nuevo, como novo
    """,
    },
)
GENDER: Final = _spellings(
    "gender",
    {
        "male": """
        male, m, man, men, mens, men's, boy, boys, boys', masculine, herren, mann, männer, männlich, jungen,
        junge, homme, hommes, masculin, garçon, garçons, hombre, hombres, masculino, niño, niños, chico,
        caballero, homem,
        homens, menino, meninos
    """,
        "female": """
        female, f, w, woman, women, womens, women's, girl, girls, girls', ladies, lady, feminine, damen, frau,
        frauen, weiblich, mädchen, femme, femmes, féminin, fille, filles, mujer, mujeres, femenino, niña, niñas,
        chica, señora, mulher, mulheres, feminino, menina, meninas
    """,
        "unisex": """
        unisex, uni, neutral, gender neutral, all, both, any, men and women, unisexe, mixte, herren und damen,
        damen und herren, unissex, men women, women men, man woman, woman man, male female, female male, herren
        damen, damen herren, homme femme, femme homme, hombre mujer, boys girls, girls boys, unisex adult, unisex
        adults, unisex child, unisex kids
    """,
    },
)
AGE_GROUP: Final = _spellings(
    "ageGroup",
    {
        "newborn": """
        newborn, newborns, new born, 0-3 months, neugeborene, neugeborenes, nouveau-né, nouveau né, recién
        nacido, recém-nascido
    """,
        "infant": """
        infant, infants, baby, babies, babys, 3-12 months, säugling, säuglinge, bébé, bébés, nourrisson, nourrissons,
        bebé, bebés, bebês, bebê, lactante
    """,
        "toddler": """
        toddler, toddlers, 1-5 years, kleinkind, kleinkinder, tout-petit, tout petit, niño pequeño, criança
        pequena
    """,
        "kids": """
        kids, kid, child, children, 5-13 years, junior, youth, kinder, kind, enfant, enfants, niños, niñas,
        niño, niña, infantil, criança, crianças, boys, girls
    """,
        "adult": """
        adult, adults, teen, teens, teenager, 13+, 18+, erwachsene, erwachsener, jugendliche, adulte,
        adultes, ado, ados,
        adolescent, adolescents, adulto, adultos, adulta, adolescente
    """,
    },
)
_TABLES: Final = {"availability": AVAILABILITY, "condition": CONDITION, "gender": GENDER, "ageGroup": AGE_GROUP}
_ALLOWED: Final = {field: ", ".join(dict.fromkeys(table.values())) for field, table in _TABLES.items()}
_SCHEMA_ORG: Final = re.compile(r"(?i)^(?:https?://)?(?:www\.)?schema\.org/")
_FIGURE: Final = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_SOME: Final = re.compile(r"[>≥] ?[0-9]{1,6}|[1-9][0-9]{0,5} ?\+")
# "Auf Lager (5)", "In stock: 12": a word and a figure that agree.
_COUNTED: Final = re.compile(
    r"([^\W\d_][^\d(:]*?) ?(?:\(|: ?)[>≥]? ?[1-9][0-9]{0,5} ?\+?"
    r"(?: ?(?:stk|st|stück|pcs|pièces|unidades|pezzi|stuks)\.?)?\)?",
    re.IGNORECASE,
)
_SIGNS: Final = {
    "+": "in_stock",
    "-": "out_of_stock",
    "✓": "in_stock",
    "✔": "in_stock",
    "✗": "out_of_stock",
    "✘": "out_of_stock",
}


def normalize_enumerations(sheet: Sheet) -> None:
    """Map each value to its canonical name. Rule ids: <field>.value; issues: <field>.unknown, availability.stock."""
    for field, table in _TABLES.items():
        if sheet.has(field):
            _map(sheet, field, table)
    _from_stock(sheet)


def _map(sheet: Sheet, field: str, table: Mapping[str, str]) -> None:
    values = sheet.get(field)
    texts = values.to_list()
    # A closed list has few distinct spellings, so Python looks each of them up once.
    known = {text: None if text is None else _lookup(text, field, table) for text in set(texts)}
    mapped = pl.Series([known[text] for text in texts], dtype=pl.String)
    if mapped.null_count() > values.null_count():
        unknown = pl.Series([text is not None and known[text] is None for text in texts])
        message = f"The value is not understood; use one of: {_ALLOWED[field]}."
        sheet.flag(f"{field}.unknown", field, "warning", unknown, message)
        sheet.set(field, mapped.zip_with(~unknown, values), f"{field}.value")
        sheet.set(field, mapped, f"{field}.unknown")
    else:
        sheet.set(field, mapped, f"{field}.value")


def _lookup(text: str, field: str, table: Mapping[str, str]) -> str | None:
    text = _SCHEMA_ORG.sub("", text)
    if field == "availability":
        if _FIGURE.fullmatch(text):  # "In stock: 5"
            return "in_stock" if float(text.replace(",", ".")) > 0 else "out_of_stock"
        if text in _SIGNS:
            return _SIGNS[text]
        if _SOME.fullmatch(text):
            return "in_stock"
        if (counted := _COUNTED.fullmatch(text)) and table.get(text_key(counted[1])) == "in_stock":
            return "in_stock"
    return table.get(text_key(text))


_COUNT: Final = pl.col("stock").str.strip_chars().str.strip_prefix("'").cast(pl.Float64, strict=False)
_UNSAID: Final = pl.col("now").is_null() & pl.col("before").is_null()
_FROM_STOCK: Final = {
    "derived": pl.when(_UNSAID & (_COUNT > 0))
    .then(pl.lit("in_stock"))
    .when(_UNSAID & (_COUNT <= 0) & pl.col("tracker").is_not_null())
    .then(pl.lit("out_of_stock")),
    "negative": _COUNT < 0,
}


def _from_stock(sheet: Sheet) -> None:
    """Derive availability from a stock figure where nothing says it in words.

    A figure of 0 says nothing when the shop does not count that product (Shopify: no inventory tracker).
    """
    stock = sheet.extras.pop("_stock", None)
    tracker = sheet.extras.pop("_stockTracker", None)
    if stock is None:
        return
    now = sheet.get("availability")
    said = {
        "stock": stock,
        # Without such a column every product counts as tracked.
        "tracker": stock if tracker is None else tracker,
        "now": now,
        "before": sheet.before.get("availability", now),
    }
    found = pl.DataFrame([column.alias(name) for name, column in said.items()]).select_seq(**_FROM_STOCK)
    derived = found["derived"]
    if derived.null_count() < sheet.height:
        rows = rows_where(derived.is_not_null())
        sheet.replace("availability", rows, derived.drop_nulls(), "availability.from_stock")
    message = "The stock figure is negative."
    sheet.flag("availability.negative_stock", "availability", "warning", found["negative"], message)
