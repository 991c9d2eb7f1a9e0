"""How the headers of one chunk are used: by the aliases, by marks of known exports, by a workspace's mappings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.runtime.currencies import ISO_4217
from services.silver.rules.aliases import FIELD_OF, MONEY, RANK, header_key, inner_name, target_of
from services.silver.rules.fields import FIELDS
from services.silver.rules.keys import text_key
from services.silver.rules.objects import AMOUNTS, CURRENCIES
from services.silver.rules.remembered import remembered

_PLURAL_BRANDS: Final = frozenset({"brands"})
_NAME_VALUE: Final = re.compile(r"(?:^|\b)(attribute|option)(\d+)(name|value)s?$")
_NESTED_IN: Final = re.compile(r"^(?:attributes|variants)\.", re.IGNORECASE)
_METAFIELD: Final = "(product.metafields."
_NUMBERED: Final = re.compile(r"([^0-9]+)[0-9]{1,2}(url|link|src)?")
_MAGENTO_MARKS: Final = frozenset({"attributesetcode", "storeviewcode", "productwebsites"})
_SHOPIFY_MARKS: Final = frozenset({"bodyhtml", "urlhandle"})
_PRESTASHOP_MARKS: Final = frozenset({"unity", "pricetaxexcluded", "pricetaxincluded", "ecotax"})
_FRENCH_MARKS: Final = frozenset(
    {"marque", "titre", "nom", "nomduproduit", "prix", "prixttc", "taille", "couleur", "categorie", "designation"}
)
_GOOGLE_MARKS: Final = frozenset({"imagelink", "googleproductcategory", "additionalimagelink"})
_FOOD_MARKS: Final = frozenset(
    {"energy100g", "nutritiongradefr", "nutriscoregrade", "maincategoryfr", "ingredientstext"}
)


@dataclass(frozen=True, slots=True)
class NamedPrice:
    """A column of prices that says which currency they are in."""

    field: str
    """Canonical field or helper column."""
    header: str
    code: str | None
    """ISO 4217 code that the header names ("Price (EUR)")."""
    beside: str | None
    """Header that holds the currency of each, where the price is an object: "price.currency" beside "price.value"."""
    key: str
    """What the header is known by without its currency."""


@dataclass(frozen=True, slots=True)
class HeaderPlan:
    """How the headers of one chunk are used."""

    fields: Mapping[str, tuple[str, ...]]
    """Canonical field or helper column → its source headers, in order of priority."""
    attributes: tuple[tuple[str, str], ...]
    """(source header, attribute name) of what maps nowhere."""
    pairs: tuple[tuple[str, str], ...]
    """(header that holds a name, header that holds its value): WooCommerce attributes, Shopify options."""
    prices: tuple[NamedPrice, ...]
    """The columns of prices that name a currency, in the order of the source."""
    transforms: tuple[tuple[str, str, str], ...]
    """(header, field or attribute name, transform) of the workspace's own mappings that have one."""
    first_of_list: frozenset[str]
    """Headers whose cell is a comma list of which only the first item is the value ("brands")."""


@remembered(entries=256, longest=1_024)
def plan_headers(headers: tuple[str, ...], mappings: tuple[tuple[str, str, str | None], ...] = ()) -> HeaderPlan:
    """Decide the use of each header. `mappings` are the workspace's own (header, field, transform), which win.

    Of several mappings to one field the first that has a value for a product wins.
    """
    own: dict[str, list[tuple[int, str, str]]] = {}
    for rank, (header, target, transform) in enumerate(mappings, start=-len(mappings)):
        own.setdefault(header_key(header), []).append((rank, target_of(target), transform or ""))
    transforms: list[tuple[str, str, str]] = []
    candidates: dict[str, list[tuple[int, int, str]]] = {}
    attributes: list[tuple[str, str]] = []
    priced = {price.header: price for price in _named_prices([name for name in headers if header_key(name) not in own])}
    # Inside `attributes` is what an earlier run left over of prices in several currencies.
    aside = {name for price in priced.values() for name in (price.header, price.beside) if _is_attribute(name)}
    prices = {header: price for header, price in priced.items() if header not in aside}
    beside = {price.beside for price in prices.values()}
    names: dict[tuple[str, str], dict[str, str]] = {}
    keys = {header_key(header) for header in headers}
    for position, header in enumerate(headers):
        key = header_key(header)
        if key in own:
            for rank, target, made in own[key]:
                if target in FIELDS:
                    candidates.setdefault(target, []).append((rank, position, header))
                else:
                    attributes.append((header, target))
                if made:
                    transforms.append((header, target, made))
            continue
        if pair := _NAME_VALUE.search(key):
            names.setdefault((key[: pair.start()] + pair[1], pair[2]), {}).setdefault(pair[3], header)
            continue
        field, rank = FIELD_OF.get(key), RANK.get(key, 0)
        if price := prices.get(header):
            field, rank = price.field, RANK[price.key]
        if header in aside:
            field = None
        if field is None and (images := _numbered_images(key)):
            field, rank = images, len(RANK)
        if key == "producttype" and keys & _MAGENTO_MARKS:
            field = "_ignored"  # Magento: "simple", "configurable"
        if key == "genre" and not keys & _FRENCH_MARKS:
            field = None  # of a book or a film
        if key == "id" and keys & _GOOGLE_MARKS:
            field, rank = "sku", len(RANK)  # Google: "id: use the product's SKU where possible"
        if key == "type" and keys & _SHOPIFY_MARKS:
            field, rank = "categoryPath", len(RANK)  # Shopify's product type; elsewhere "type" is many things
        if key == "unitprice" and keys & _PRESTASHOP_MARKS:
            field = None  # per litre or kilogram
        if key == "code":
            field, rank = ("gtin" if keys & _FOOD_MARKS else "sku"), len(RANK)  # Open Food Facts: the barcode
        # A Shopify option says more of a variant than the metafield of its product.
        nested = _NESTED_IN.match(header) is not None or _METAFIELD in header
        if field is None:
            # What only a variant says is not the product's.
            if header not in beside and not header.lower().startswith("variants."):
                attributes.append((header, inner_name(header)))
        elif field != "_ignored":
            candidates.setdefault(field, []).append((rank + nested * len(RANK), position, header))
    pairs = tuple((pair["name"], pair["value"]) for pair in names.values() if len(pair) == 2)
    lone = [pair["value"] for pair in names.values() if "name" not in pair]  # a name alone says nothing
    attributes += [(header, inner_name(header)) for header in lone]
    return HeaderPlan(
        fields={field: tuple(header for _, _, header in sorted(named)) for field, named in candidates.items()},
        attributes=tuple(attributes),
        pairs=pairs,
        prices=tuple(prices.values()),
        transforms=tuple(transforms),
        first_of_list=frozenset(header for header in headers if header_key(header) in _PLURAL_BRANDS),
    )


def _named_prices(headers: Sequence[str]) -> Iterator[NamedPrice]:
    """Find the columns of prices that name a currency, and objects of which only the amount is there."""
    parts = {header: (header.rpartition(".")[0], text_key(header.rpartition(".")[2])) for header in headers}
    currencies = {stem: header for header, (stem, last) in parts.items() if stem and last in CURRENCIES}
    for header, (stem, last) in parts.items():
        key = header_key(stem)
        if stem and last in AMOUNTS and (field := FIELD_OF.get(key)) in MONEY:
            yield NamedPrice(field or "", header, None, currencies.get(stem), key)
        elif (whole := header_key(header)) not in FIELD_OF and (found := _price_in_currency(whole)):
            key, code = found
            yield NamedPrice(FIELD_OF[key], header, code, None, key)


def _price_in_currency(key: str) -> tuple[str, str] | None:
    """Read headers such as "Price (EUR)", "preis in eur", "usd_price": the key of their name, and the currency."""
    code = key[-3:].upper()
    stem = key[:-3].removesuffix("in")
    if code not in ISO_4217:
        code, stem = key[:3].upper(), key[3:]
    return (stem, code) if code in ISO_4217 and FIELD_OF.get(stem) in MONEY else None


def _is_attribute(header: str | None) -> bool:
    return header is not None and header.lower().startswith("attributes.")


def _numbered_images(key: str) -> str | None:
    """Read headers such as "Image 2", "other_image_url3", "image[0].url": the list that they belong to."""
    numbered = _NUMBERED.fullmatch(key)
    field = FIELD_OF.get(numbered[1] + (numbered[2] or "")) if numbered else None
    return "_images" if field == "primaryImageUrl" else field if field in {"secondaryImages", "_images"} else None
