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
    "pack": "pack packs er pk pcs pc piece pieces stück stuck stk count ct tablets capsules rolls set sets pair pairs",
    "port": "port ports",
    "disc": "disc discs disk",
    "generation": "gen generation st nd rd th",
    "series": "series mark mk version ver",
    "instalment": "vol volume band part teil tome season staffel saison temporada",
    "user": "user users",
    "percent": "percent prozent pourcent",
    "size": "size größe grosse taille talla tamanho taglia maat",
    "european size": "eu",
    "british size": "uk",
    "american size": "us",
}
"""Names of each unit; a number beside one is a fact on which two copies of one product must agree."""

MEASURED: Final = frozenset(
    {
        *("millimetre", "centimetre", "metre", "foot", "inch", "watt", "kilowatt", "volt", "ampere", "megahertz"),
        *("gigahertz", "megapixel", "resolution", "magnification", "cubic feet", "heat"),
    }
)
"""Units of what is measured at a product: shops round it differently, so of one model it may differ."""

LABELS: Final = ("generation", "series", "instalment", "size", "european size", "british size", "american size")
"""Units whose number may also stand behind them: size 42, version 3."""

GENERATIONS: Final = ("generation", "series", "instalment")
"""Units that count what a maker brought out one after the other."""

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

NOT_COLOURED: Final = "ray eye eyes"
"""Words before which one of a colour is none: Blu-ray, red eye."""

SIZES: Final = "xxs xs s m l xl xxl xxxl 2xl 3xl 4xl 5xl small medium large"
"""Sizes of clothing that stand alone in a title."""

FLAVOURS: Final[dict[str, str]] = {
    "plain": "plain natural nature natur natural naturale naturel classic classico classique klassik original",
    "chocolate": "chocolate chocolat schokolade schoko cioccolato cacao cocoa kakao chocolade choco",
    "vanilla": "vanilla vanille vainilla vaniglia baunilha",
    "strawberry": "strawberry strawberries erdbeere erdbeer fraise fraises fresa fresas fragola morango aardbei",
    "raspberry": "raspberry raspberries himbeere himbeer framboise framboises frambuesa lampone framboesa framboos",
    "berries": "berry berries beere beeren waldfrucht bosco frutos bosque rouges",
    "blueberry": "blueberry blueberries heidelbeere blaubeere myrtille myrtilles arándano mirtillo mirtilo bosbes",
    "currant": "currant cassis johannisbeere grosella ribes groselha",
    "cherry": "cherries kirsche kirschen cerise cerises cereza cerezas ciliegia cereja kers",
    "apple": "apple apples apfel pomme pommes manzana mela maçã appel",
    "pear": "pear pears birne poire poires pera peer",
    "peach": "peach pfirsich pêche melocotón pesca pêssego perzik",
    "apricot": "apricot aprikose marille abricot abricots albaricoque albicocca damasco abrikoos",
    "plum": "prune pflaume zwetschge ciruela prugna ameixa pruim",
    "grape": "grape grapes traube raisin raisins uva rosine druif",
    "banana": "banana banane plátano banaan",
    "pineapple": "pineapple ananas piña abacaxi",
    "mango": "mango mangue",
    "citrus": "lemon zitrone citron limón limone limão citroen lime limette clémentine "
    "clementine mandarine pamplemousse grapefruit",
    "tropical": "tropical exotique exotic passion maracuja kiwi melon wassermelone watermelon pastèque sandía",
    "pomegranate": "pomegranate granatapfel grenade granada melograno romã",
    "mixed": "multifruit multifruits multivitamin mixed assorted assorti",
    "mint": "mint minze menthe menta hortelã munt peppermint pfefferminze",
    "coffee": "coffee kaffee café caffè koffie mocha espresso cappuccino",
    "tea": "tea tee thé té tè chá thee matcha",
    "caramel": "caramel karamell caramelo caramello karamel toffee",
    "honey": "honey honig miel miele mel honing",
    "coconut": "coconut kokos coco cocco",
    "almond": "almond almonds mandel mandeln amande amandes almendra almendras mandorla amêndoa amandel",
    "nut": "nut nuts nuss nüsse noix noisette noisettes haselnuss hazelnut avellana nocciola avelã noot "
    "pistachio pistazie pistache",
    "peanut": "peanut peanuts erdnuss cacahuète cacahuètes cacahuete arachide amendoim pinda",
    "cinnamon": "cinnamon zimt cannelle canela cannella kaneel",
    "ginger": "ginger ingwer gingembre jengibre zenzero gengibre gember",
    "milk": "milk milch lait leche latte leite melk",
    "yoghurt": "yoghurt yogurt joghurt yaourt yogur iogurte",
    "cheese": "cheese käse fromage queso formaggio queijo kaas",
    "butter": "butter beurre mantequilla burro manteiga boter",
    "tomato": "tomato tomate tomates tomaten pomodoro tomaat",
    "onion": "onion zwiebel oignon oignons cebolla cipolla cebola ui",
    "garlic": "garlic knoblauch ail ajo aglio alho knoflook",
    "pepper": "pepper pfeffer poivre pimienta pepe pimenta peper paprika",
    "chili": "chili chilli piment picante piccante hot spicy scharf épicé",
    "barbecue": "barbecue bbq grill rauch smoked fumé ahumado affumicato",
    "salt": "salt salted salz gesalzen salé salée salées sal salado sale salato zout",
    "vinegar": "vinegar essig vinaigre vinagre aceto azijn",
    "chicken": "chicken huhn hähnchen poulet pollo frango kip",
    "beef": "beef rind boeuf bœuf ternera manzo carne rund",
    "pork": "pork schwein porc cerdo maiale porco bacon ham jambon jamón prosciutto",
    "fish": "fish fisch poisson pescado pesce peixe vis salmon lachs saumon salmón salmone tuna "
    "thunfisch thon atún tonno",
    "seafood": "shrimp prawn garnele crevette crevettes gamba gamberi camarão",
    "vegetable": "vegetable vegetables gemüse légume légumes verdura verdure legumes groente carrot karotte carotte",
    "herbs": "herb herbs kräuter herbes hierbas erbe ervas thyme thym basil basilic basilico rosemary romarin",
    "lavender": "lavender lavendel lavande lavanda",
    "rose": "jasmine jasmin jazmín gelsomino lily lilie violet veilchen",
    "wood scent": "sandalwood sandelholz santal cedar zeder cèdre musk moschus musc",
    "sea scent": "ocean ozean océan marine fresh frisch frais",
    "aloe": "aloe vera",
    "argan": "argan jojoba shea karité",
    "sugar": "sugar sugared sweetened zucker gezuckert gesüßt sucre sucres sucré sucrée sucrés sucrées azúcar "
    "azucarado azucarada zucchero zuccherato zuccherata açúcar açucarado suiker gezoet",
    "sugar free": "sugarfree zuckerfrei zero light diet decaf entkoffeiniert décaféiné",
}
"""Flavours and scents in seven languages: where a range of products has one name, this is what tells them apart."""

FILLERS: Final = (
    "the a an and or with for of in by to on from as at mit und oder für der die das den dem des ein eine aus von zum "
    "zur le la les un une et ou de du des au aux à avec pour en sur l d el los las y o con para por lo il gli i e di "
    "da al allo alla della del um uma com do dos das het een van voor met op te s n "
    "edition edición edizione edição ausgabe uitgave version versión versione versão versie "
    "inc incorporated corp corporation company ltd llc gmbh percent"
)
"""Words between the words, and those that tell nothing: which edition it is says another word, so does whose."""

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

STANDARDS: Final = (
    "ddr2 ddr3 ddr3l ddr4 ddr5 gddr5 gddr6 usb2 usb3 usb30 usb31 usb32 usb4 hdmi2 hdmi20 hdmi21 cat5 cat5e cat6 cat6a "
    "cat7 cat8 wifi4 wifi5 wifi6 wifi6e wifi7 ip44 ip54 ip55 ip65 ip66 ip67 ip68 ipx4 ipx5 ipx6 ipx7 ipx8 rj11 rj45 "
    "rs232 rs485 sata2 sata3 pcie3 pcie4 pcie5 mp3 mp4 mpeg2 mpeg4 h264 h265 ps1 ps2 ps3 ps4 ps5 playstation2 "
    "playstation3 playstation4 playstation5 x86 x64 win7 win8 win10 win11 windows7 windows8 windows10 windows11 "
    "office365 gu10 gu53 mr16 e14 e27 e40 b22 r7s cr2016 cr2025 cr2032 lr03 lr41 lr44 18650 spf15 spf20 spf30 spf50 "
    "spf50plus b12 q10 m10 m12 din912 en166 iso9001"
)
"""What looks like a model code and names what many makers build to."""
