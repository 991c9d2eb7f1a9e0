"""What the comparison knows about language: units, packs and colours. No brand, no product, no shop is in here."""

from typing import Final

UNITS: Final[dict[str, str]] = {
    "litre": "l lt ltr liter liters litre litres",
    "millilitre": "ml milliliter millilitre cl dl",
    "fluid ounce": "floz",
    "gram": "g gr gram grams gramm grammes mg",
    "kilogram": "kg kilo kilos kilogram kilograms",
    "ounce": "oz ounce ounces",
    "pound": "lb lbs pound pounds",
    "millimetre": "mm millimeter millimetre",
    "centimetre": "cm centimeter centimetre",
    "metre": "m meter meters metre metres",
    "foot": "ft foot feet",
    "inch": "in inch inches zoll pouces pulgadas pollici polegadas",
    "megabyte": "mb megabyte",
    "gigabyte": "gb gig gigabyte gigabytes go",
    "terabyte": "tb terabyte to",
    "watt": "w watt watts",
    "kilowatt": "kw",
    "volt": "v volt volts",
    "ampere": "a amp amps",
    "capacity": "mah",
    "megahertz": "mhz",
    "gigahertz": "ghz",
    "megapixel": "mp megapixel megapixels",
    "resolution": "p dpi",
    "magnification": "x",
    "cubic feet": "cuft cu cubic",
    "heat": "btu btus",
    "pack": "pack packs pk pcs pc piece pieces stück stuck stk count ct tablets capsules rolls set sets pair pairs",
    "port": "port ports",
    "disc": "disc discs disk",
    "generation": "gen generation st nd rd th",
    "series": "series mark mk version ver",
    "user": "user users",
    "size": "size größe grosse taille talla tamanho taglia maat",
}
"""Names of each unit; a number beside one is a fact on which two copies of one product must agree."""

COLOURS: Final[dict[str, str]] = {
    "black": "black blk schwarz noir negro preto nero zwart graphite onyx charcoal anthracite anthrazit",
    "white": "white wht weiss weiß blanc blanche blanco branco bianco wit ivory cream",
    "grey": "grey gray grau gris cinza grigio grijs slate",
    "silver": "silver slv silber argent plata prata argento zilver platinum chrome nickel",
    "steel": "stainless edelstahl inox",
    "red": "red rot rouge rojo vermelho rosso rood crimson burgundy maroon ruby",
    "blue": "blue blu blau bleu azul blauw navy cobalt turquoise teal cyan aqua",
    "green": "green grn grün gruen vert verde groen olive lime",
    "yellow": "yellow gelb jaune amarillo amarelo giallo geel",
    "orange": "orange naranja laranja arancione oranje",
    "pink": "pink rosa rose roze magenta fuchsia",
    "purple": "purple lila violett violet morado roxo viola paars lavender plum",
    "brown": "brown braun brun marron castanho marrone bruin chocolate espresso walnut mahogany",
    "wood": "cherry oak maple beech birch eiche buche",
    "beige": "beige tan sand almond biscuit bisque taupe",
    "gold": "gold golden oro ouro goud champagne",
    "bronze": "bronze copper kupfer cuivre",
}
"""Names of each colour family in seven languages."""

SIZES: Final = "xxs xs s m l xl xxl xxxl 2xl 3xl 4xl 5xl small medium large"
"""Sizes of clothing that stand alone in a title."""

EDITIONS: Final = (
    "i ii iii iv v vi vii viii ix x mini micro nano max maxi plus pro lite light ultra premium deluxe junior jr senior "
    "bio organic vegan refurbished used left right men mens women womens kids boys girls male female"
)
"""Words of one edition, generation or kind: one side having one that the other lacks is a difference."""

ARTICLES: Final = "the le la les l el los las il lo gli der die das de den het un une a o os as"
"""Words that begin brands of different makers."""

SHOUTED: Final = (
    "sale offer free shipping delivery new neu nuevo novo nuovo nouveau nieuw hot best top deal bestseller limited "
    "edition special exclusive promo promotion promoción angebot aktion gratis versand kostenlos versandkostenfrei "
    "oferta envio envío rebajas soldes offre livraison gratuite gratuit offerta sconto spedizione gratuita desconto "
    "frete grátis korting aanbieding verzending original official genuine brand only now black friday cyber monday "
    "usb usba usbc usbac hdmi dvd vhs wifi lcd led oled qled ssd hdd nvme gps nfc rfid bluetooth atx pcie sata "
)
"""Words in capitals that are no model: what sellers shout, and what the trade abbreviates. Hyphens left out."""
