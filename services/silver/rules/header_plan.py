"""How the headers of one chunk are used: by the aliases, by marks of known exports, by a workspace's mappings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.runtime.currencies import ISO_4217
from services.silver.rules.aliases import FIELD_OF, RANK, header_key, inner_name, target_of
from services.silver.rules.fields import FIELDS
from services.silver.rules.remembered import remembered

_MONEY: Final = frozenset({"price", "originalPrice", "_salePrice", "_regularPrice"})
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
class HeaderPlan:
    """How the headers of one chunk are used."""

    fields: Mapping[str, tuple[str, ...]]
    """Canonical field or helper column → its source headers, in order of priority."""
    attributes: tuple[tuple[str, str], ...]
    """(source header, attribute name) of what maps nowhere."""
    pairs: tuple[tuple[str, str], ...]
    """(header that holds a name, header that holds its value): WooCommerce attributes, Shopify options."""
    currency: str | None
    """ISO 4217 code that the first such price header names ("Price (EUR)"); prices in others are attributes."""
    currency_origins: tuple[tuple[str, str], ...]
    """(field or helper column, header) of the prices whose header names that currency, and theirs alone."""
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
    currencies: set[str] = set()
    currency_origins: list[tuple[str, str]] = []
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
        found = _money_with_currency(key) if field is None else None
        if found and currencies <= {found[2]}:  # of "Price EUR" and "Price USD" the first is the price
            field, rank, code = found
            currencies.add(code)
            currency_origins.append((field, header))
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
            if not header.lower().startswith("variants."):  # what only a variant says is not the product's
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
        currency=next(iter(currencies), None),
        currency_origins=tuple(currency_origins),
        transforms=tuple(transforms),
        first_of_list=frozenset(header for header in headers if header_key(header) in _PLURAL_BRANDS),
    )


def _money_with_currency(key: str) -> tuple[str, int, str] | None:
    """Read headers such as "Price (EUR)", "preis in eur", "usd_price": the field, its rank and the currency."""
    code = key[-3:].upper()
    stem = key[:-3].removesuffix("in")
    if code not in ISO_4217:
        code, stem = key[:3].upper(), key[3:]
    field = FIELD_OF.get(stem)
    if code in ISO_4217 and field in _MONEY:
        return field, RANK[stem], code
    return None


def _numbered_images(key: str) -> str | None:
    """Read headers such as "Image 2", "other_image_url3", "image[0].url": the list that they belong to."""
    numbered = _NUMBERED.fullmatch(key)
    field = FIELD_OF.get(numbered[1] + (numbered[2] or "")) if numbered else None
    return "_images" if field == "primaryImageUrl" else field if field in {"secondaryImages", "_images"} else None
