"""Words the sample catalog is made of: invented brands and, per supplier section, nouns and sentences.

Every brand is made up. Each section stands for one supplier: one language, one way to write prices, one separator in
category paths, one level of care.
"""

from dataclasses import dataclass

BRANDS: dict[str, tuple[str, ...]] = {
    "Aldermoor": ("Aldermoor Clothing", "Aldermoor Ltd."),
    "Brindlewick": ("Brindlewick & Sons",),
    "Tamsiva": ("TAMSIVA Studio",),
    "Ostrelle": ("Ostrelle Paris",),
    "Fernhollow": (),
    "Quellnord": ("Quellnord GmbH", "Quell-Nord"),
    "Schrittwerk": ("Schritt Werk", "Schrittwerk AG"),
    "Faldrik": (),
    "Lederbach": ("Lederbach Manufaktur",),
    "Voltarion": ("Voltarion Inc.", "Voltarion Electronics"),
    "Nimbustek": ("Nimbus Tek",),
    "Orbisound": ("Orbi Sound",),
    "Pixelharbor": (),
    "Chargewell": ("Charge-Well",),
    "Maison Vérane": ("Verane", "Maison Verane"),
    "Lumièrette": ("Lumierette",),
    "Boisclairet": ("Bois Clairet",),
    "Atelier Quenault": (),
    "Kochmeister Brun": ("Kochmeister", "KM Brun"),
    "Pfannenried": ("Pfannenried OHG",),
    "Edelgrund": (),
    "Töpferlin": ("Toepferlin", "Topferlin"),
    "Rosélune": ("Roselune",),
    "Eau de Brisac": (),
    "Lavandole": ("Lavandole Cosmétiques",),
    "Clairpeau": (),
    "Huerta Lumbra": ("Huerta Lumbra S.L.",),
    "Olivares Tendal": ("Olivares Tendal e Hijos",),
    "Casa Morrena": (),
    "Dulcemar": ("Dulce Mar",),
    "Wobblewood": ("Wobble Wood Toys",),
    "Tinkerlark": ("Tinker Lark",),
    "Pipkin & Moss": ("Pipkin and Moss", "Pipkin+Moss"),
    "Cumbrisport": ("Cumbri Sport",),
    "Velozara": ("Velozara Deportes",),
    "Rocafirme": (),
}
"""Registered brands and their aliases: the content of brands.csv."""

UNREGISTERED = ("AcmeCorp", "Zorblatt", "Quimbario")
"""Brands that products name but nobody registered: Silver answers `Brand not found`."""


@dataclass(frozen=True)
class Section:
    """One supplier's part of the file."""

    key: str
    language: str
    products: int
    """Products (or, with sizes, variants) to make."""
    brands: tuple[str, ...]
    root: str
    separator: str
    nouns: tuple[tuple[str, str], ...]
    """(noun, middle level of the category)."""
    features: tuple[str, ...]
    sentences: tuple[str, ...]
    materials: tuple[str, ...]
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    """Sizes make a section come as variants: one group per model, one row per colour and size."""
    price: tuple[int, int]
    """Whole currency units, from and to."""
    notation: str
    """Name of the way this supplier writes prices; see `generate.money`."""
    currency: str
    """Content of the currency column; empty where the price carries it."""
    genders: tuple[str, ...] = ()
    extras: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Columns without a canonical field: (column, values)."""
    care: float = 0.8
    """Chance that an optional cell is filled."""


AVAILABLE: dict[str, tuple[str, ...]] = {
    "en": ("in stock", "In Stock", "in_stock", "InStock", "https://schema.org/InStock", "Available"),
    "de": ("auf Lager", "Auf Lager", "sofort lieferbar", "verfügbar", "lagernd"),
    "fr": ("En stock", "en stock", "disponible", "Disponible"),
    "es": ("en stock", "Disponible", "disponible", "en existencias"),
}
UNAVAILABLE: dict[str, tuple[str, ...]] = {
    "en": ("out of stock", "Out of Stock", "OutOfStock", "sold out", "preorder", "pre_order", "backorder"),
    "de": ("nicht auf Lager", "ausverkauft", "nicht lieferbar", "vorbestellbar"),
    "fr": ("Rupture de stock", "épuisé", "précommande"),
    "es": ("agotado", "Agotado", "sin existencias", "preventa"),
}
OPENERS: dict[str, str] = {
    "en": "The {noun} by {brand} comes {feature}.",
    "de": "Das Modell {model} von {brand}: {noun} {feature}.",
    "fr": "{brand} présente {model} : {noun} {feature}.",
    "es": "{brand} presenta {model}: {noun} {feature}.",
}
REWORDED: dict[str, str] = {
    "en": "{noun} {feature} by {brand} ({model})",
    "de": "{noun} {model} {feature}, Marke {brand}",
    "fr": "{noun} {model} {feature} de la marque {brand}",
    "es": "{noun} {model} {feature} de la marca {brand}",
}
PROMO: dict[str, str] = {
    "en": "SALE!!! {title} *** FREE SHIPPING ***",
    "de": "TOP-ANGEBOT! {title} – nur heute versandkostenfrei",
    "fr": "PROMO -50% ! {title} (livraison gratuite)",
    "es": "¡OFERTA! {title} ¡Envío gratis!",
}

SECTIONS = (
    Section(
        "apparel",
        "en",
        164,
        ("Aldermoor", "Brindlewick", "Tamsiva", "Ostrelle", "Fernhollow"),
        "Clothing",
        " > ",
        (
            ("T-Shirt", "Tops"),
            ("Hooded Sweatshirt", "Tops"),
            ("Linen Shirt", "Shirts"),
            ("Polo Shirt", "Shirts"),
            ("Chino Trousers", "Trousers"),
            ("Knitted Cardigan", "Knitwear"),
            ("Denim Jacket", "Outerwear"),
            ("Rain Parka", "Outerwear"),
            ("Pyjama Set", "Nightwear"),
        ),
        (
            "in organic cotton",
            "with chest pocket",
            "in a relaxed fit",
            "with recycled lining",
            "in brushed jersey",
            "with ribbed cuffs",
        ),
        (
            "The fabric is washed before sewing, so it keeps its shape and does not shrink at 40 degrees.",
            "Flat seams sit quietly under a backpack and the neckline is taped for years of wear.",
            "Our model is 178 cm tall and wears size M; choose one size up for a looser fit.",
            "Sewn in small runs in a family workshop that pays by the hour and not by the piece.",
            "A hidden pocket holds keys or a travel card, and the hem falls straight over jeans.",
        ),
        ("cotton", "linen", "wool", "polyester", "cotton/elastane"),
        ("navy", "Off White", "forest green", "charcoal", "rust", "black"),
        ("XS", "S", "M", "L", "XL"),
        (14, 120),
        "code after, lower case",
        "",
        ("women", "men", "unisex", "Female", "male"),
        (("care_label", ("machine wash 40", "hand wash", "do not tumble dry")),),
        0.85,
    ),
    Section(
        "shoes",
        "de",
        124,
        ("Quellnord", "Schrittwerk", "Faldrik", "Lederbach"),
        "Schuhe",
        " / ",
        (
            ("Laufschuh", "Sportschuhe"),
            ("Wanderstiefel", "Stiefel"),
            ("Schnürschuh", "Halbschuhe"),
            ("Hausschuh", "Hausschuhe"),
            ("Sandale", "Sommerschuhe"),
            ("Chelsea-Stiefelette", "Stiefel"),
        ),
        (
            "mit Wechselfußbett",
            "aus geöltem Leder",
            "mit griffiger Sohle",
            "mit Klettverschluss",
            "für breite Füße",
        ),
        (
            "Die Sohle dämpft auf Asphalt ebenso gut wie auf Schotter und lässt sich erneuern.",
            "Das Leder stammt aus süddeutschen Gerbereien und wird pflanzlich gegerbt.",
            "Das herausnehmbare Fußbett schafft Platz für eigene Einlagen und trocknet über Nacht.",
            "Genähte Nähte statt Klebstoff: So hält der Schuh auch den dritten Winter durch.",
            "Fällt etwas größer aus; zwischen zwei Größen bitte die kleinere wählen.",
        ),
        ("Leder", "Textil", "Wollfilz", "Velours"),
        ("schwarz", "dunkelbraun", "grau", "marineblau"),
        ("37", "38", "39", "40", "41", "42", "43", "44"),
        (39, 240),
        "decimal comma, sign after",
        "EUR",
        ("Damen", "Herren", "Unisex"),
        (("weight", ("0,8 kg", "1,1 kg", "0,65 kg")),),
        0.75,
    ),
    Section(
        "electronics",
        "en",
        170,
        ("Voltarion", "Nimbustek", "Orbisound", "Pixelharbor", "Chargewell"),
        "Electronics",
        "|",
        (
            ("Wireless Headphones", "Audio"),
            ("Bluetooth Speaker", "Audio"),
            ("USB-C Power Bank", "Power"),
            ("65 W Wall Charger", "Power"),
            ("27-inch Monitor", "Computers"),
            ("Mechanical Keyboard", "Computers"),
            ("Action Camera", "Cameras"),
            ("Smart Doorbell", "Smart Home"),
            ("Noise-Cancelling Earbuds", "Audio"),
        ),
        (
            "with 30-hour battery",
            "with fast charging",
            "with voice control",
            "with two-year warranty",
            "for travel",
            "with aluminium case",
        ),
        (
            "Pairs with two devices at once and switches between them without a button press.",
            "The battery lasts through a working week and charges to half in fifteen minutes.",
            "Firmware updates arrive over the air, and no account is needed to use it.",
            "In the box: device, USB-C cable, quick start guide and a soft carrying pouch.",
            "Tested for drops from 1.2 m and for splashing water according to class IPX4.",
        ),
        ("aluminium", "polycarbonate", "glass"),
        ("black", "silver", "graphite", "white"),
        (),
        (19, 899),
        "dollar sign before",
        "USD",
        (),
        (("voltage", ("5 V", "100-240 V", "12 V")), ("warranty", ("24 months", "1 year", "36 months"))),
        0.9,
    ),
    Section(
        "home",
        "fr",
        150,
        ("Maison Vérane", "Lumièrette", "Boisclairet", "Atelier Quenault"),
        "Maison",
        " > ",
        (
            ("Lampe de table", "Luminaires"),
            ("Suspension", "Luminaires"),
            ("Housse de coussin", "Textiles"),
            ("Plaid", "Textiles"),
            ("Table basse", "Meubles"),
            ("Étagère murale", "Meubles"),
            ("Miroir rond", "Décoration"),
            ("Vase", "Décoration"),
        ),
        (
            "en chêne massif",
            "en lin lavé",
            "avec abat-jour plissé",
            "en verre soufflé",
            "en rotin tressé",
        ),
        (
            "Fabriqué à la main dans un atelier du Jura, chaque exemplaire porte de légères différences.",
            "Le bois provient de forêts gérées durablement et reçoit trois couches d'huile naturelle.",
            "Livré démonté avec toute la visserie ; le montage prend une vingtaine de minutes.",
            "La lumière chaude crée une ambiance apaisante dans le salon comme dans la chambre.",
            "S'entretient avec un chiffon doux et légèrement humide, sans produit abrasif.",
        ),
        ("chêne", "lin", "verre", "rotin", "laiton"),
        ("naturel", "écru", "vert sauge", "terracotta"),
        (),
        (25, 1490),
        "decimal comma, dots, sign after",
        "",
        (),
        (("dimensions", ("40 x 40 cm", "Ø 30 cm", "120 x 60 x 42 cm")),),
        0.7,
    ),
    Section(
        "kitchen",
        "de",
        142,
        ("Kochmeister Brun", "Pfannenried", "Edelgrund", "Töpferlin"),
        "Küche",
        " » ",
        (
            ("Bratpfanne", "Kochgeschirr"),
            ("Schmortopf", "Kochgeschirr"),
            ("Kochmesser", "Messer"),
            ("Schneidebrett", "Helfer"),
            ("Auflaufform", "Backen"),
            ("Espressokanne", "Kaffee"),
            ("Vorratsdose", "Aufbewahrung"),
        ),
        (
            "aus Gusseisen",
            "mit Deckel",
            "für Induktion",
            "aus Edelstahl 18/10",
            "mit Holzgriff",
            "spülmaschinenfest",
        ),
        (
            "Der schwere Boden verteilt die Hitze gleichmäßig und hält sie auch nach dem Ausschalten.",
            "Der Griff ist mit zwei Nieten befestigt und bleibt auf dem Herd angenehm kühl.",
            "Für alle Herdarten geeignet, auch für Induktion, und backofenfest bis 240 °C.",
            "Vor dem ersten Gebrauch heiß ausspülen, trocknen und dünn mit Öl ausreiben.",
            "Die Oberfläche kommt ohne Beschichtung aus und wird mit den Jahren immer besser.",
        ),
        ("Gusseisen", "Edelstahl", "Steinzeug", "Buche"),
        ("schwarz", "silber", "natur", "blau"),
        (),
        (12, 2400),
        "apostrophe thousands",
        "CHF",
        (),
        (("weight", ("1,2 kg", "850 g", "2,4 kg")), ("warranty", ("10 Jahre", "2 Jahre"))),
        0.7,
    ),
    Section(
        "beauty",
        "fr",
        130,
        ("Rosélune", "Eau de Brisac", "Lavandole", "Clairpeau"),
        "Beauté",
        "/",
        (
            ("Crème de jour", "Visage"),
            ("Sérum hydratant", "Visage"),
            ("Eau de parfum", "Parfums"),
            ("Savon solide", "Corps"),
            ("Lait corporel", "Corps"),
            ("Baume à lèvres", "Maquillage"),
            ("Shampooing doux", "Cheveux"),
        ),
        (
            "à la rose",
            "à l'huile d'argan",
            "à la lavande fine",
            "pour peaux sensibles",
            "sans parfum ajouté",
        ),
        (
            "La texture fondante pénètre vite et laisse la peau souple toute la journée.",
            "Formulé sans silicone ni colorant, avec 98 % d'ingrédients d'origine naturelle.",
            "Testé sous contrôle dermatologique sur des peaux sensibles et réactives.",
            "Appliquer matin et soir sur une peau propre et sèche, en évitant le contour des yeux.",
            "Le flacon en verre est consigné : rapportez-le en boutique pour le remplir à nouveau.",
        ),
        (),
        (),
        (),
        (6, 95),
        "decimal comma, bare",
        "EUR",
        ("femme", "homme", "mixte"),
        (("contents", ("50 ml", "30 ml", "200 ml", "100 g")),),
        0.6,
    ),
    Section(
        "food",
        "es",
        160,
        ("Huerta Lumbra", "Olivares Tendal", "Casa Morrena", "Dulcemar"),
        "Alimentación",
        " > ",
        (
            ("Aceite de oliva virgen extra", "Aceites"),
            ("Mermelada de fresa", "Dulces"),
            ("Mermelada de higo", "Dulces"),
            ("Chocolate negro", "Dulces"),
            ("Garbanzos cocidos", "Conservas"),
            ("Pimientos asados", "Conservas"),
            ("Almendras tostadas", "Frutos secos"),
            ("Miel de romero", "Despensa"),
        ),
        (
            "de cultivo ecológico",
            "de primera cosecha",
            "sin azúcar añadido",
            "en tarro de cristal",
            "receta tradicional",
        ),
        (
            "Elaborado en pequeñas tandas con materias primas de la comarca y sin conservantes.",
            "Su sabor intenso combina con pan recién tostado, quesos curados y ensaladas.",
            "Conservar en un lugar fresco y seco; una vez abierto, guardar en la nevera.",
            "Premiado en la feria provincial por su aroma limpio y su final prolongado.",
            "Apto para vegetarianos. Puede contener trazas de frutos de cáscara y sésamo.",
        ),
        (),
        (),
        (),
        (2, 48),
        "plain",
        "EUR",
        (),
        (("ingredients", ("aceitunas", "fresas, azúcar de caña, limón", "cacao 70 %, azúcar")),),
        0.65,
    ),
    Section(
        "toys",
        "en",
        120,
        ("Wobblewood", "Tinkerlark", "Pipkin & Moss"),
        "Toys & Games",
        " > ",
        (
            ("Wooden Train Set", "Vehicles"),
            ("Building Blocks", "Construction"),
            ("Plush Fox", "Soft Toys"),
            ("Memory Game", "Games"),
            ("Puzzle 100 Pieces", "Puzzles"),
            ("Marble Run", "Construction"),
            ("Shape Sorter", "Baby Toys"),
        ),
        (
            "for ages 3 and up",
            "in a gift box",
            "made of beech wood",
            "with storage bag",
            "for two to four players",
        ),
        (
            "All parts are large enough for small hands and sanded until no edge is left.",
            "Colours are water based and saliva proof according to the toy standard EN 71.",
            "The set fits other wooden tracks and grows with the child from year to year.",
            "Comes in a sturdy box with a picture guide that needs no reading at all.",
            "Designed together with nursery teachers and tested for a year by forty children.",
        ),
        ("beech", "cotton", "cardboard"),
        ("natural", "multi-coloured", "red", "blue"),
        (),
        (70, 1400),
        "code after",
        "",
        (),
        (("contents", ("36 pieces", "100 pieces", "1 piece")),),
        0.8,
    ),
    Section(
        "sports",
        "es",
        92,
        ("Cumbrisport", "Velozara", "Rocafirme"),
        "Deportes",
        "|",
        (
            ("Mochila de senderismo", "Montaña"),
            ("Esterilla de yoga", "Fitness"),
            ("Casco de ciclismo", "Ciclismo"),
            ("Bastones de trekking", "Montaña"),
            ("Botella térmica", "Accesorios"),
            ("Guantes de escalada", "Escalada"),
        ),
        (
            "con funda de lluvia",
            "con tejido transpirable",
            "de fibra de carbono",
            "con cierre magnético",
            "ultraligera",
        ),
        (
            "Pensado para rutas largas: reparte el peso y deja la espalda bien ventilada.",
            "Los materiales reciclados resisten la abrasión de la roca y el roce continuo.",
            "El ajuste rápido permite cambiar la medida con una sola mano y sin herramientas.",
            "Probado por guías de montaña durante dos temporadas en el Pirineo central.",
            "Lavar a mano con agua tibia y secar a la sombra para conservar los colores.",
        ),
        ("poliéster reciclado", "carbono", "acero inoxidable"),
        ("negro", "azul", "naranja", "gris"),
        (),
        (15, 1900),
        "space thousands, sign after",
        "EUR",
        ("hombre", "mujer", "unisex"),
        (("weight", ("1,1 kg", "0,3 kg", "450 g")),),
        0.75,
    ),
)
