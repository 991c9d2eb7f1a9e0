"""Header names compared blind to case, accents, spaces and punctuation, and those that can identify a product."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=16_384)
def fold_header(name: str) -> str:
    """`Código do Produto`, `codigo_do_produto` and `CODIGO DO PRODUTO` all give `codigodoproduto`."""
    spread = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    return "".join(char for char in spread.casefold() if char.isalnum())


def _folded(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# English, German, French, Spanish, Portuguese; within a list the earlier name wins.
ID_NAMES = _folded(
    "id itemid articleid offerid listingid uniqueid externalid sourceidentifier sourceid recordid entityid "
    "gid contentid retailerid variantid variationid handle urlhandle producthandle asin "
    "artikelid angebotsid idarticle identifiant idarticulo identificador idartigo"
)
SKU_NAMES = _folded(
    "sku skuid skucode skunumber sellersku merchantsku vendorsku suppliersku itemsku productsku variantsku "
    "itemnumber itemno itemcode articlenumber articleno productnumber productno productcode partnumber partno "
    "stockcode catalognumber "
    "artikelnummer artikelnr artikelno artnr artno artikelcode produktnummer produktnr produktcode bestellnummer "
    "bestellnr warennummer referenz "
    "reference ref referenceproduit refproduit referencearticle codeproduit codearticle numeroarticle numeroproduit "
    "referencia referenciaproducto codigoproducto codigodeproducto codigodelproducto codigoarticulo numerodearticulo "
    "referenciaproduto referenciadoproduto codigoproduto codigodoproduto codigodeproduto codigo code"
)
# Behind the article number: where lines are variants, all of a product's lines share these.
PRODUCT_ID_NAMES = _folded(
    "productid produktid idproduit produitid identifiantproduit idproducto productoid idproduto produtoid"
)
GTIN_NAMES = _folded(
    "gtin gtin14 gtin13 gtin12 gtin8 ean ean13 ean8 eancode eannummer upc upca upccode jan isbn isbn13 isbn10 "
    "barcode barcodenumber variantbarcode gtinean eangtin strichcode codebarre codebarres codeean "
    "codigodebarras codigobarras codigoean "
    "mpn manufacturerpartnumber herstellernummer"
)
URL_NAMES = _folded(
    "link url producturl productlink canonicalurl permalink weburl producturi deeplink produktlink produkturl "
    "lien lienproduit urlproduit enlace urlproducto enlaceproducto linkproduto urlproduto"
)
TITLE_NAMES = _folded(
    "title name productname producttitle itemname itemtitle titel bezeichnung artikelbezeichnung artikelname "
    "produktname produktbezeichnung produkttitel titre nom nomproduit nomduproduit libelle designation "
    "titulo nombre nombreproducto nombredelproducto nombredeproducto denominacion "
    "nome nomedoproduto nomeproduto nomedeproduto description"
)
PARENT_NAMES = _folded(
    "parentid parentsku parentproductid parentproduct parentcode parentasin parent itemgroupid "
    "elternid vaterartikel idparent produitparent idpadre productopadre idpai produtopai"
)


def matching(headers: list[str], names: tuple[str, ...]) -> tuple[str, ...]:
    """The headers that mean one of the names, in order of the names, then of the headers."""
    rank = {name: position for position, name in enumerate(names)}
    found = [(rank[folded], header) for header in dict.fromkeys(headers) if (folded := fold_header(header)) in rank]
    return tuple(header for _, header in sorted(found, key=lambda pair: pair[0]))
