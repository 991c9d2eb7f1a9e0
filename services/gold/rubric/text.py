"""What several stages ask of a text: is it a placeholder, is it shouting, does it still hold markup, is it a URL.

All functions map a String expression to a Boolean one and give null for null.
"""

import polars as pl

_PLACEHOLDER = (
    r"(?i)^\s*(?:n/a|n\.a\.|na|none|null|nil|nan|undefined|tbd|tba|tbc|todo|unknown|inconnu|desconocido|desconhecido"
    r"|misc|unbekannt|default|default title|test|sample|example|title|description|generic|no brand|no ?name"
    r"|does not exist|untitled|various|uncategori[sz]ed|sin categoría|sin categorizar|non classé|unkategorisiert"
    r"|allgemein|sem categoria|other"
    r"|(?:sample |test |dummy |demo )?(?:product|item|article|artikel|produkt|produit|producto|produto)[\s#]*\d*"
    r"|[x*#._?\-/\s]+)\s*$"
)
"""Whole values that fill a cell without saying anything. Google's specification names "N/A", "Generic", "No brand" and
"Does not exist" for brands and "various" for colours; shops export "Uncategorized" for products without a category;
supplier files hold "PRODUCT 1" and masked text."""

_FILLER = (
    r"(?i)lorem ipsum|dolor sit amet|consectetu?e?r adipisci|pellentesque habitant morbi|vestibulum tortor quam"
    r"|(?:your|insert|add|enter) (?:product )?(?:title|name|description|text) here"
)
"""Blind text inside a longer text, as shop templates ship it."""

_PROMOTION = (
    r"(?i)\b(?:free (?:shipping|delivery|returns?|gift)|ships? free|versandkostenfrei|portofrei"
    r"|kostenlos(?:er|e)? (?:versand|lieferung)|gratis ?(?:versand|lieferung|verzending|geschenk)"
    r"|livraison (?:gratuite|offerte)|frais de port offerts|env[ií]os? grat(?:is|uito)|frete gr[aá]tis"
    r"|spedizione grat(?:is|uita)"
    r"|buy (?:1|one|2|two) get|best prices?|lowest prices?|bester? preis|bestpreis|tiefpreis|meilleur prix|mejor precio"
    r"|melhor pre[çc]o|miglior(?:e)? prezzo|(?:beste|laagste) prijs|special offer|limited (?:offer|time)"
    r"|sonderangebot"
    r"|offre sp[eé]ciale|oferta especial|offerta speciale|aanbieding|on sale|hot sale|big sale|flash sale|for sale"
    r"|clearance|ausverkauf|schlussverkauf|soldes|rebajas|promoção|saldi|uitverkoop|nur heute|today only|solo hoy"
    r"|só hoje"
    r"|solo oggi|alleen vandaag|aujourd'hui seulement|buy now|jetzt kaufen|order (?:now|today)|jetzt bestellen"
    r"|acheter maintenant|achetez maintenant|compra (?:ahora|ya)|compre (?:agora|já)|acquista ora|koop nu"
    r"|click here|visit our"
    r"|save (?:up to )?(?:[$£€] ?\d+|\d+ ?[%$£€])|money back guarantee|geld-zurück-garantie|satisfait ou remboursé)\b"
    r"|\b\d{1,2} ?% ?(?:off|discount|rabatt|reduziert|g[üu]nstiger|de (?:r[eé]duction|remise|descuento|desconto)"
    r"|dto"
    r"|descuento|desconto|(?:di )?sconto|korting|reduction)\b"
    r"|(?:^|[\s(\[!])[-–−] ?\d{1,2} ?%(?:\W*$| ?!)|^\W*[-–−] ?\d{1,2} ?%|^\W*sale\b\W|\bsale ?[!*]"
)
_PROMOTION_HINTS = [
    *("%", "free", "frei", "kostenlos", "gratis", "gratuit", "grátis", "offert", "buy ", "price", "preis", "prix"),
    *(
        "precio",
        "preço",
        "preco",
        "prezz",
        "prijs",
        "offer",
        "offre",
        "ofert",
        "angebot",
        "aanbieding",
        "sale",
        "limited",
    ),
    *(
        "clearance",
        "verkauf",
        "soldes",
        "rebajas",
        "promo",
        "saldi",
        "verkoop",
        "heute",
        "today",
        "hoy",
        "hoje",
        "oggi",
    ),
    *(
        "vandaag",
        "aujourd",
        "kaufen",
        "order now",
        "bestellen",
        "maintenant",
        "compra ",
        "compre ",
        "acquista",
        "koop ",
    ),
    *("click here", "visit our", "save ", "guarantee", "garantie", "rembours"),
]
_FILLER_HINTS = ["ipsum", "dolor sit", "adipisci", "pellentesque", "vestibulum", " here"]
_LINK = r"(?i)\bhttps?://|\bwww\.\w|[\w.+-]@[\w-]+\.\w"
_LINK_HINTS = ["http", "www.", "@"]
_HINTS = [*_FILLER_HINTS, *_PROMOTION_HINTS, *_LINK_HINTS]
_WORDS = (
    r"(?:^|[^\p{L}\p{N}_-])\p{L}{3,}(?:$|[^\p{L}\p{N}_-])|\p{Ll}{3,}"
    r"|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}]"
)
_GIMMICKS = r"[★☆✓✔✅❤♥►▶●◆■□♦•→]|[\x{2700}-\x{27BF}\x{1F300}-\x{1FAFF}]|!!|\*\*|~~|\?\?"
_MARKUP = r"<[A-Za-z/!][^>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});"
_SHOUTING = r"^(?:[^\p{Ll}]*?\p{Lu}){10}[^\p{Ll}]*$"
_URL = r"^https?://[^\s/?#\"<>]+\.[^\s/?#.\"<>]+(?:[/?#][^\s\"<>]*)?$"
_URL_LIMIT_BYTES = 2000


def placeholder(value: pl.Expr) -> pl.Expr:
    """The whole value stands for "nothing", whatever its case."""
    return value.str.contains(_PLACEHOLDER)


def shouting(value: pl.Expr) -> pl.Expr:
    """At least ten capital letters and no small one. Scripts without case never shout."""
    return value.str.contains(_SHOUTING)


def markup(value: pl.Expr) -> pl.Expr:
    """HTML tags or character entities are left in the text."""
    return value.str.contains(_MARKUP)


def same_start(value: pl.Expr, other: pl.Expr) -> pl.Expr:
    """The first 200 characters are the same but for case."""
    return value.str.slice(0, 200).str.to_lowercase() == other.str.slice(0, 200).str.to_lowercase()


def well_formed_url(value: pl.Expr) -> pl.Expr:
    """An absolute http(s) URL of at most 2000 characters without white space (Google's product data specification)."""
    return value.str.contains(_URL) & (value.str.len_bytes() <= _URL_LIMIT_BYTES)


def hinted(value: pl.Expr) -> pl.Expr:
    """The text where it holds a word that filler, promotion or a link would hold, else null.

    Patterns are tried only there: to look for many words at once is far cheaper.
    """
    return pl.when(value.str.contains_any(_HINTS, ascii_case_insensitive=True)).then(value)


def filler(hinted: pl.Expr) -> pl.Expr:
    """The text holds blind text."""
    return hinted.str.contains(_FILLER)


def promotional(hinted: pl.Expr) -> pl.Expr:
    """The text advertises: shipping, discounts, sales, superlatives of price.

    Google's product data specification: no promotional text in titles, descriptions and images. Seven languages: en,
    de, fr, es, pt, it, nl.
    """
    return hinted.str.contains(_PROMOTION)


def linking(hinted: pl.Expr) -> pl.Expr:
    """A web or mail address stands in the text."""
    return hinted.str.contains(_LINK)


def only_codes(value: pl.Expr) -> pl.Expr:
    """There is no word in it: numbers, article codes, single letters."""
    return ~value.str.contains(_WORDS)


def gimmicky(value: pl.Expr) -> pl.Expr:
    """Characters that only catch the eye: stars, arrows, emoji, "!!"."""
    return value.str.contains(_GIMMICKS)


def key(value: pl.Expr) -> pl.Expr:
    """Letters and digits only, in lower case, without accents: what two spellings of one name have in common."""
    return value.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"[^\p{L}\p{N}]+", "")
