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
from typing import Final

from services.silver.rules.fields import FIELDS
from services.silver.rules.headers_more import MORE_ALIASES
from services.silver.rules.keys import text_key

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

MONEY: Final = frozenset({"price", "originalPrice", "_salePrice", "_regularPrice"})
"""Canonical fields and helper columns that hold prices."""
_NESTED_IN: Final = re.compile(r"^(?:attributes|variants)\.", re.IGNORECASE)
# What an export explains beside a name: PrestaShop "Categories (x,y,z...)", "Active (0/1)", Shopify metafields.
_NOTE: Final = re.compile(r"\((?:x, ?y, ?z|[01] ?[=/]|product\.metafields\.)[^()]*\)")


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for aliases in (ALIASES, MORE_ALIASES):
        for field, spellings in aliases.items():
            for spelling in spellings.split(","):
                table.setdefault(text_key(spelling), field)
    return table


FIELD_OF: Final = _table()
"""Key of a header (see `header_key`) → its canonical field or helper column."""
RANK: Final = {key: rank for rank, key in enumerate(FIELD_OF)}
"""Key of a header → its place among all, the most telling first."""
_TARGETS: Final = {text_key(field): field for field in FIELDS}


def field_of(header: str) -> str | None:
    """Return the canonical field or helper column that a header means, blind to case, spaces, punctuation, accents."""
    return FIELD_OF.get(header_key(header))


def target_of(name: str) -> str:
    """Return the canonical field that a mapping's target names, blind as headers are; else the attribute's name."""
    return _TARGETS.get(text_key(name), name)


def header_key(header: str) -> str:
    """Return what a header is known by, without the marks of nesting and of exports around its name."""
    name = header.strip()
    if name[:2].lower() in {"g:", "c:"}:
        name = name[2:]
    return text_key(_NOTE.sub("", inner_name(name)).replace("#", " number"))


def inner_name(header: str) -> str:
    """Return the name of a header inside `attributes` or `variants`, as the source wrote it."""
    return _NESTED_IN.sub("", header.strip())
