"""Which source header means which canonical field.

Names come from the exports themselves: Google product data specification (attribute names, also with the prefix
"g:"), Meta catalog reference, Shopify and WooCommerce product CSV and REST names, Magento and Amazon flat files,
Best Buy open data, Open Food Facts, and everyday headers in English, German, French, Spanish and Portuguese (Italian
and Dutch stand in `headers_more`). Order is priority: of several headers for one field, the first that has a value for
a product wins.

Besides canonical fields there are a few helper columns, marked by a leading underscore: what they say becomes part of
a canonical field only together with other columns (a sale price, a stock figure, a list of all images).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.runtime.currencies import ISO_4217
from services.silver.rules.fields import FIELDS
from services.silver.rules.headers_more import MORE_ALIASES
from services.silver.rules.keys import text_key
from services.silver.rules.remembered import remembered

ALIASES: Final[Mapping[str, str]] = {
    "sku": """
        sku, merchant sku, seller sku, item sku, product sku, item code, itemcode, item number,
        item no, article
        number, article no, product code, variant sku, variants sku, model sku, stock keeping unit, part code,
        artikelnummer, artikel nr, artnr, art nr, bestellnummer, produktnummer, référence, reference, réf,
        référence produit, code article, ref article, referencia, código de producto, código producto, código
        artículo, código do produto, código produto, referência, cod produto,
        product number, sku number, sku code, sku id, art no, código, code produit
    """,
    "gtin": """
        gtin, gtin14, gtin13, gtin12, gtin8, ean, ean13, ean 13, ean8, ean code, ean nummer, upc,
        upc code, upc
        a, barcode, variant barcode, variants barcode, jan, isbn, isbn13, itf14, global unique id,
        gtin upc ean
        or isbn, product id upc, external product id, strichcode, code barre, code barres,
        code à barres, código
        de barras, codigo barras,
        ean upc, upc ean, ean gtin, gtin ean, upc ean code, barcode ean, code ean, código ean,
        isbn10, meta wpm
        gtin code
    """,
    "mpn": """
        mpn, google shopping mpn, manufacturer part number, mfr part number, manufacturer part no,
        part number,
        model number, modelnumber, mfg part no, manufacturer sku, herstellernummer, hersteller artikelnummer,
        hersteller nr, référence fabricant, ref fabricant, numéro de pièce, referencia fabricante, número de
        pieza, referência do fabricante, part no,
        mfr part no, mfr part, mpn number, han, model no
    """,
    "brand": """
        brand, brand name, vendor, manufacturer, maker, marke, hersteller, markenname, marque,
        fabricant, marca,
        fabricante, product brand, brands, producer, label brand,
        manufacturer name
    """,
    "brandId": "brand id, brandid",
    "title": """
        title, product title, name, product name, item name, item title, listing title, product, artikelname,
        produktname, produkttitel, artikelbezeichnung, bezeichnung, titel, titre, nom, nom du produit, nom
        produit, libellé, désignation, intitulé, título, nombre, nombre del producto, nombre producto,
        denominación, nome, nome do produto, nome produto, título do produto, product name fr,
        product name en,
        titre du produit, nom de l'article, producto, produto, nombre del artículo
    """,
    "description": """
        description, body html, body, long description, longdescription, product description,
        full description,
        item description, rich text description, html description, descr, beschreibung, produktbeschreibung,
        langbeschreibung, artikelbeschreibung, description longue, description du produit, descriptif,
        descripción, descripción larga, descripción del producto, descrição, descrição do produto, descrição
        longa,
        long desc, desc, about product, langtext
    """,
    "shortDescription": """
        short description, shortdescription, summary, excerpt, subtitle, tagline, teaser, bullet points,
        kurzbeschreibung, kurztext, description courte, résumé, accroche, descripción corta, resumen,
        descripción breve, descrição curta, resumo,
        short desc, bullet point1
    """,
    "categoryPath": """
        category path, categorypath, product type, product category, google product category, google shopping
        google product category, fb product category, category, category name, category tree, breadcrumb,
        breadcrumbs, type of product, item type keyword, browse path, standardized product type, kategorie,
        warengruppe, produktkategorie, kategoriepfad, produkttyp, catégorie, catégorie de produit, rayon,
        famille, categoría, categoría de producto, familia, categoria, categoria do produto,
        departamento, main
        category fr, main category, main category en, department,
        product category tree, catégorie produit
    """,
    "categoryId": "category id, categoryid, google product category id",
    "price": """
        price, current price, unit price, selling price, standard price, your price, item price,
        variant price,
        variants price, price value, price amount, price amount value, preis, verkaufspreis,
        bruttopreis, vk, vk
        preis, prix, prix ttc, prix de vente, prix unitaire, precio, precio de venta, pvp, precio unitario,
        preço, preço de venda, preço unitário, price incl tax, price gross,
        price incl vat, price inc vat, price including vat, gross price, final price, preis brutto,
        precio con iva,
        preço com iva
    """,
    "originalPrice": """
        original price, originalprice, compare at price, variant compare at price,
        variants compare at price, list price, listprice, msrp, rrp, retail price, was price, old price,
        recommended retail price, price before discount, uvp, listenpreis, streichpreis, alter preis,
        originalpreis, statt preis, prix barré, prix d'origine, prix initial, prix conseillé,
        ancien prix, prix
        public, precio original, precio anterior, precio de lista, preço original, preço de
        tabela, preço anterior, preço de,
        msrp price, rrp incl vat
    """,
    "currency": """
        currency, currency code, price currency, price currency code, price amount currency, iso currency,
        währung, waehrung, devise, monnaie, moneda, divisa, moeda
    """,
    "availability": """
        availability, stock status, availability status, in stock, is in stock, instock, available, stock
        availability, inventory status, lieferstatus, verfügbarkeit, lagerstatus, auf lager, verfügbar,
        disponibilité, en stock, disponible, disponibilidad, estado de stock, disponibilidade, em estoque,
        disponível, status de estoque,
        lieferbarkeit
    """,
    "condition": """
        condition, google shopping condition, item condition, product condition, condition type, zustand,
        artikelzustand, état, etat du produit, condición, estado del producto, condição, estado do produto
    """,
    "primaryImageUrl": """
        primary image url, primaryimageurl, primary image, main image, main image url, image link, image src,
        image url, imageurl, image, picture, picture url, photo, photo url, img, img url, base image, featured
        image, large front image, largefrontimage, variant image, variants image, bild, bild url, bildlink,
        hauptbild, bildadresse, image principale, lien image, url image, photo principale, imagen, imagen
        principal, url imagen, enlace imagen, foto, imagem, imagem principal, url da imagem,
        url imagem, link da
        imagem, image front url,
        product image, product image url, main picture, front image, cover image, img link,
        produktbild, url de la
        imagen
    """,
    "secondaryImages": """
        secondary images, secondaryimages, additional image link, additional image links, additional images,
        additional image urls, additional image url, additional image, other image url,
        other image, other images, gallery, gallery images,
        media gallery, extra images, weitere bilder, zusatzbilder, zusätzliche bilder, images supplémentaires,
        autres images, imágenes adicionales, otras imágenes, imagens adicionais, outras imagens, alternate
        images, alternative images
    """,
    "url": """
        url, link, product url, product link, producturl, canonical link, canonical url, page url, permalink,
        item url, mobile link, external url, deeplink, deep link, web url, produkt url, produktlink,
        artikellink, lien, lien produit, url du produit, url produit, enlace, enlace producto,
        url producto, url
        del producto, link do produto, url do produto
    """,
    "color": """
        color, colour, color name, product color, farbe, couleur, coloris, cor, colour name, pa color,
        primary color, primary colour, main color, main colour, farbton
    """,
    "size": """
        size, size name, product size, google shopping size, größe, groesse, grösse, taille, pointure, talla,
        tamaño, tamanho, pa size
    """,
    "material": """
        material, fabric, material type, fabric type, composition, stoff, matière, matériau, materia, tejido,
        tecido
    """,
    "gender": """
        gender, google shopping gender, target gender, department name, sex, geschlecht, genre, sexe, género,
        sexo, gênero
    """,
    "ageGroup": """
        age group, agegroup, google shopping age group, age range description, target age,
        altersgruppe, groupe
        d'âge, tranche d'âge, grupo de edad, grupo etário, faixa etária,
        age range, grupo de idade
    """,
    "pattern": """pattern, print, pattern type, muster, motif, patrón, estampado, padrão, estampa""",
    "parentId": """
        parent id, parentid, item group id, parent, parent sku, group id, master sku, configurable sku, parent
        product id, elternartikel,
        parent asin, vaterartikel
    """,
    "metaTitle": """
        meta title, metatitle, seo title, page title, meta: yoast wpseo title, meta titel, titre seo, méta
        titre, título seo, meta título
    """,
    "metaDescription": """
        meta description, metadescription, seo description, meta: yoast wpseo metadesc, meta beschreibung,
        description seo, méta description, descripción seo, meta descripción, descrição seo, meta descrição
    """,
    "tags": """
        tags, tag, keywords, product tags, search terms, generic keywords, schlagwörter, schlagworte,
        stichworte, mots clés, étiquettes, etiquetas, palabras clave, palavras chave, labels,
        keyword, suchbegriffe, stichwörter
    """,
    "_salePrice": """
        sale price, saleprice, special price, discount price, discounted price, offer price, promo price,
        promotional price, angebotspreis, aktionspreis, sonderpreis, prix promo, prix promotionnel,
        prix soldé,
        prix remisé, prix de solde, precio rebajado, precio de oferta, precio oferta,
        precio promocional, preço
        promocional, preço de oferta, preço com desconto, preço por
    """,
    "_regularPrice": """
        regular price, regularprice, normal price, actual price, precio regular, precio normal,
        preço regular, preço
        normal, normalpreis
    """,
    "_images": """
        images, image urls, image links, imageurls, photos, pictures, bilder, bild urls, imágenes, fotos,
        imagens, media urls, product images, all images
    """,
    "_thumbnail": "small image, thumbnail, thumbnail image",
    "_categories": """
        categories, product categories, category paths, kategorien, catégories, categorías, categorias,
        categories fr, categories en
    """,
    "_stock": """
        stock, stock quantity, quantity, qty, inventory, inventory quantity, variant inventory qty, variants
        inventory quantity, variants inventory qty, stock level, on hand, bestand, lagerbestand, menge,
        quantité, quantité en stock, stock disponible, existencias, cantidad, estoque, quantidade,
        stock qty, qty in stock, qty on hand, stock count, inventory count, units in stock,
        available quantity, quantity
        available
    """,
    "_stockTracker": "variant inventory tracker, variants inventory tracker, inventory tracker",
    "_ignored": "id, item id, product id, handle, url handle, variant id, offer id",
}
"""Canonical field or helper column → its headers, most telling first."""

_MONEY: Final = frozenset({"price", "originalPrice", "_salePrice", "_regularPrice"})
_PLURAL_BRANDS: Final = frozenset({"brands"})
_NAME_VALUE: Final = re.compile(r"(?:^|\b)(attribute|option)(\d+)(name|value)s?$")
_NESTED_IN: Final = re.compile(r"^(?:attributes|variants)\.", re.IGNORECASE)
# What an export explains beside a name: PrestaShop "Categories (x,y,z...)", "Active (0/1)", Shopify metafields.
_NOTE: Final = re.compile(r"\((?:x, ?y, ?z|[01] ?[=/]|product\.metafields\.)[^()]*\)")
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


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for aliases in (ALIASES, MORE_ALIASES):
        for field, spellings in aliases.items():
            for spelling in spellings.split(","):
                table.setdefault(text_key(spelling), field)
    return table


_FIELD_OF: Final = _table()
_TARGETS: Final = {text_key(field): field for field in FIELDS}
_RANK: Final = {key: rank for rank, key in enumerate(_FIELD_OF)}


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


def field_of(header: str) -> str | None:
    """Return the canonical field or helper column that a header means, blind to case, spaces, punctuation, accents."""
    return _FIELD_OF.get(_key(header))


def target_of(name: str) -> str:
    """Return the canonical field that a mapping's target names, blind as headers are; else the attribute's name."""
    return _TARGETS.get(text_key(name), name)


def _key(header: str) -> str:
    name = header.strip()
    if name[:2].lower() in {"g:", "c:"}:
        name = name[2:]
    return text_key(_NOTE.sub("", _NESTED_IN.sub("", name)).replace("#", " number"))


@remembered(entries=256, longest=1_024)
def plan_headers(headers: tuple[str, ...], mappings: tuple[tuple[str, str, str | None], ...] = ()) -> HeaderPlan:
    """Decide the use of each header. `mappings` are the workspace's own (header, field, transform), which win.

    Of several mappings to one field the first that has a value for a product wins.
    """
    own: dict[str, list[tuple[int, str, str]]] = {}
    for rank, (header, target, transform) in enumerate(mappings, start=-len(mappings)):
        own.setdefault(_key(header), []).append((rank, target_of(target), transform or ""))
    transforms: list[tuple[str, str, str]] = []
    candidates: dict[str, list[tuple[int, int, str]]] = {}
    attributes: list[tuple[str, str]] = []
    currencies: set[str] = set()
    currency_origins: list[tuple[str, str]] = []
    names: dict[tuple[str, str], dict[str, str]] = {}
    keys = {_key(header) for header in headers}
    for position, header in enumerate(headers):
        key = _key(header)
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
        field, rank = _FIELD_OF.get(key), _RANK.get(key, 0)
        found = _money_with_currency(key) if field is None else None
        if found and currencies <= {found[2]}:  # of "Price EUR" and "Price USD" the first is the price
            field, rank, code = found
            currencies.add(code)
            currency_origins.append((field, header))
        if field is None and (images := _numbered_images(key)):
            field, rank = images, len(_RANK)
        if key == "producttype" and keys & _MAGENTO_MARKS:
            field = "_ignored"  # Magento: "simple", "configurable"
        if key == "genre" and not keys & _FRENCH_MARKS:
            field = None  # of a book or a film
        if key == "id" and keys & _GOOGLE_MARKS:
            field, rank = "sku", len(_RANK)  # Google: "id: use the product's SKU where possible"
        if key == "type" and keys & _SHOPIFY_MARKS:
            field, rank = "categoryPath", len(_RANK)  # Shopify's product type; elsewhere "type" is many things
        if key == "unitprice" and keys & _PRESTASHOP_MARKS:
            field = None  # per litre or kilogram
        if key == "code":
            field, rank = ("gtin" if keys & _FOOD_MARKS else "sku"), len(_RANK)  # Open Food Facts: the barcode
        # A Shopify option says more of a variant than the metafield of its product.
        nested = _NESTED_IN.match(header) is not None or _METAFIELD in header
        if field is None:
            if not header.lower().startswith("variants."):  # what only a variant says is not the product's
                attributes.append((header, _attribute_name(header)))
        elif field != "_ignored":
            candidates.setdefault(field, []).append((rank + nested * len(_RANK), position, header))
    pairs = tuple((pair["name"], pair["value"]) for pair in names.values() if len(pair) == 2)
    lone = [pair["value"] for pair in names.values() if "name" not in pair]  # a name alone says nothing
    attributes += [(header, _attribute_name(header)) for header in lone]
    return HeaderPlan(
        fields={field: tuple(header for _, _, header in sorted(named)) for field, named in candidates.items()},
        attributes=tuple(attributes),
        pairs=pairs,
        currency=next(iter(currencies), None),
        currency_origins=tuple(currency_origins),
        transforms=tuple(transforms),
        first_of_list=frozenset(header for header in headers if _key(header) in _PLURAL_BRANDS),
    )


def _attribute_name(header: str) -> str:
    return _NESTED_IN.sub("", header.strip())


def _money_with_currency(key: str) -> tuple[str, int, str] | None:
    """Read headers such as "Price (EUR)", "preis in eur", "usd_price": the field, its rank and the currency."""
    code = key[-3:].upper()
    stem = key[:-3].removesuffix("in")
    if code not in ISO_4217:
        code, stem = key[:3].upper(), key[3:]
    field = _FIELD_OF.get(stem)
    if code in ISO_4217 and field in _MONEY:
        return field, _RANK[stem], code
    return None


def _numbered_images(key: str) -> str | None:
    """Read headers such as "Image 2", "other_image_url3", "image[0].url": the list that they belong to."""
    numbered = _NUMBERED.fullmatch(key)
    field = _FIELD_OF.get(numbered[1] + (numbered[2] or "")) if numbered else None
    return "_images" if field == "primaryImageUrl" else field if field in {"secondaryImages", "_images"} else None
