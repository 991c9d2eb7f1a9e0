"""Words that tell products of one name apart: editions, trims, keyboards, what comes with them. No brand is in here."""

from typing import Final

EDITIONS: Final[dict[str, str]] = {
    **{numeral: numeral for numeral in ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")},
    **{word: word for word in ("mini", "micro", "nano", "plus", "ultra", "premium", "deluxe", "senior", "vegan")},
    "max": "max maxi",
    "pro": "pro professional prof profi",
    "lite": "lite light",
    "junior": "junior jr",
    "organic": "bio organic",
    "used": "used refurbished renewed gebraucht generalüberholt reconditionné usado ricondizionato",
    "left": "left links linke gauche izquierda sinistra esquerda",
    "right": "right rechts rechte droite derecha destra direita",
    "men": "men mens male herren homme hombre uomo homem heren",
    "women": "women womens female ladies damen femme mujer donna mulher dames",
    "kids": "kids kinder enfant enfants niños bambini crianças kinderen",
    "boys": "boys jungen garçon",
    "girls": "girls mädchen fille",
}
"""Editions, generations and kinds: one product having one that the other lacks is a difference."""

TRIMS: Final[dict[str, str]] = {
    **{
        word: word for word in ("ex", "se", "fe", "ti", "xs", "xl", "xxs", "xxl", "2xl", "3xl", "air", "super", "turbo")
    },
    **{
        word: word for word in ("elite", "essential", "basic", "advanced", "extended", "home", "business", "enterprise")
    },
    **{word: word for word in ("express", "starter", "server", "premier", "suite", "refill", "oem")},
    "standard": "standard std",
    "ultimate": "ultimate",
    "student": "student students academic education educational edu school",
    "upgrade": "upgrade upgrd upg update",
    "trial": "trial demo",
    "expansion": "expansion addon",
    "without": "without ohne sans sin senza sem zonder non unsweetened ungesüßt",
}
"""What a maker adds to a name for another product of a range; shops leave it out where a model number tells it."""

SUFFIXES: Final = "pro plus max mini lite ultra xl ti fe se super"
"""Those that make another model of the code that they follow: Note9 Pro."""

SETS: Final = "kit kits combo paket package pacchetto paquete"
"""Words for several things sold as one, which one thing may be called as well."""

BUNDLES: Final = "bundle bundles bündel bundel"
"""Words for a product and what comes with it; a plus sign is written as the first."""

WITH: Final = "with w mit avec con com met inkl incl including includes inklusive inclus incluye incluso"
ACCESSORIES: Final = (
    "bag bags tasche sac bolsa borsa tas case hülle funda étui custodia hoes lens lenses objektiv objectif objetivo "
    "obiettivo objectief tripod stativ trépied trípode treppiede statief battery batteries akku akkus batterie batería "
    "baterías batteria batterij charger ladegerät chargeur cargador caricatore oplader card speicherkarte "
    "mouse maus souris ratón"
)
"""What comes with a product in a bundle, where it is named behind one of `WITH`."""

LAYOUTS: Final[dict[str, str]] = {
    "qwerty": "qwerty",
    "qwertz": "qwertz",
    "azerty": "azerty",
}
KEYBOARDS: Final = (
    "layout keyboard keyboards tastatur tastaturlayout clavier teclado tastiera toetsenbord disposition "
    "qwerty qwertz azerty"
)
"""Words beside which that of a language tells a layout of keys."""
LANGUAGES: Final[dict[str, tuple[str, str]]] = {
    "american": ("qwerty", "us usa american amerikanisch americain americano"),
    "british": ("qwerty", "uk gb british english englisch anglais inglés inglese engels"),
    "german": ("qwertz", "de german deutsch deutsche allemand alemán tedesco alemão duits"),
    "swiss": ("qwertz", "ch swiss schweiz schweizer suisse"),
    "french": ("azerty", "fr french französisch français francés francese francês frans"),
    "belgian": ("azerty", "be belgian belgisch belge"),
    "spanish": ("qwerty", "es spanish spanisch espagnol español spagnolo espanhol spaans"),
    "italian": ("qwerty", "it italian italienisch italien italiano italiaans"),
    "portuguese": ("qwerty", "pt portuguese portugiesisch portugais portugués portoghese português portugees"),
    "nordic": ("qwerty", "nordic nordisch nordique"),
}
"""Languages of keyboards: their layout, and what they are called."""

FINISHES: Final[dict[str, str]] = {
    "black": "b k",
    "white": "w",
    "silver": "s",
    "steel": "s",
    "grey": "g t",
    "red": "r",
    "blue": "b l",
    "green": "g",
    "pink": "p",
    "purple": "p v",
    "orange": "d o",
    "gold": "n g",
    "brown": "t b",
    "yellow": "y",
    "bronze": "c b",
}
"""Letters by which makers tell the colour at the end of a model number."""

ENDS: Final[dict[str, str]] = {
    "black": "bk blk black",
    "white": "wh wht whi white",
    "silver": "slv sil silver",
    "steel": "ss",
    "grey": "gry grey gray",
    "red": "red",
    "blue": "blu blue",
    "green": "grn green",
    "pink": "pnk pink",
    "purple": "pur purple",
    "orange": "org orange",
    "yellow": "ylw yellow",
    "brown": "brn brown",
    "gold": "gld gold",
}
"""How longer ends of model numbers tell the colour."""
