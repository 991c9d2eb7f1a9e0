"""The one configuration on catalogs of other kinds: two shops that sell software, two that sell electronics.

Written by hand, in the manner of the published sets Amazon-Google and Walmart-Amazon: titles of one product by two
shops, and beside them its other versions, editions, sizes and models.
"""

import polars as pl
import pytest

from services.silver.matching import PRODUCT_SCHEMA, find_likely

# Title, brand and price of one shop; title, brand and price of the other. Software has no model numbers, its second
# shop writes the publisher into the title.
SOFTWARE_ONE = (
    (("Photoshop Elements 4.0", "Adobe", "99.99"), ("adobe photoshop elements 4.0", None, "89.95")),
    (("Photoshop Elements 5.0", "Adobe", "99.99"), ("Adobe Photoshop Elements 5 for Windows", None, "94.90")),
    (("QuickBooks Pro 2007", "Intuit", "199.95"), ("intuit quickbooks pro 2007", None, "179.99")),
    (("QuickBooks Premier 2007", "Intuit", "399.95"), ("Intuit QuickBooks Premier Edition 2007", None, "367.00")),
    (("Norton AntiVirus 2007", "Symantec", "39.99"), ("Symantec Norton AntiVirus 2007", None, "35.50")),
    (("Norton Internet Security 2007", "Symantec", "69.99"), ("norton internet security 2007 symantec", None, "62.12")),
    (
        ("Dragon NaturallySpeaking 9 Preferred", "Nuance", "199.99"),
        ("nuance dragon naturallyspeaking preferred 9.0", None, "189.00"),
    ),
    (("Street Atlas USA 2007", "DeLorme", "39.95"), ("delorme street atlas usa 2007", None, "37.95")),
    (
        ("Encyclopaedia Brightworld 2006 Deluxe", "Brightworld", "49.95"),
        ("brightworld encyclopaedia deluxe 2006", None, "44.95"),
    ),
    (("Typing Tutor Gold 3", "Sundial", "19.99"), ("Sundial Typing Tutor Gold 3", "Sundial Software", "17.49")),
    (("Family Tree Maker 16", "Rootwell", "39.99"), ("rootwell family tree maker 16", None, "37.79")),
    (("VideoCraft Studio 10", "Pinnora", "99.99"), ("pinnora videocraft studio 10", None, "91.00")),
    (("VideoCraft Studio 10 Plus", "Pinnora", "129.99"), ("pinnora videocraft studio plus 10", None, "121.00")),
    (
        ("Kingdoms of Aldor: The Frozen Gate Expansion Pack", "Ironquill", "29.99"),
        ("ironquill kingdoms of aldor the frozen gate expansion pack", None, "27.90"),
    ),
    (("Reader Rabbit Toddler", "Learnwell", "19.99"), ("learnwell reader rabbit toddler", None, "18.00")),
    (("Print Artist 22 Gold", "Nova", "29.99"), ("nova print artist gold 22", None, "26.75")),
    (
        ("MathWiz Algebra Student Edition", "Calcora", "59.00"),
        ("calcora mathwiz algebra student edition", None, "55.00"),
    ),
    (("Office Planner 2003 Upgrade", "Vantor", "149.00"), ("vantor office planner 2003 upgrade", None, "141.50")),
    (("Backup MyPC Deluxe", "Stompline", "69.99"), ("stompline backup mypc deluxe", None, "64.00")),
    (
        ("Instant Immersion Spanish 2.0", "Topiq", "39.99"),
        ("topiq instant immersion spanish 2.0 - complete", None, "36.99"),
    ),
    (
        ("Creative Studio CS3 Design Premium (Mac)", "Adobe", "1799.00"),
        ("adobe creative studio cs3 design premium mac", None, "1649.00"),
    ),
    (("Paint Shop Photo X1", "Coralis", "79.99"), ("coralis corporation paint shop photo x1", None, "72.00")),
    (("System Mechanic 7 Professional", "Iolara", "69.95"), ("iolara system mechanic pro 7", None, "59.95")),
    (
        ("Punch! Home Design Architectural Series 18", "Punchworks", "69.99"),
        ("punchworks punch home design architectural series 18", None, "65.00"),
    ),
    (("Zoo Empire CD-ROM", "Enlyte", "9.99"), ("enlyte zoo empire", None, "8.50")),
)
"""One product of two shops."""
SOFTWARE_OTHERS = (
    (("Photoshop Elements 6.0", "Adobe", "99.99"), ("adobe photoshop elements 7.0", None, "89.95")),
    (("Audition 2.0", "Adobe", "349.00"), ("adobe audition 2.0 upgrade", None, "99.00")),
    (("Acrobat Standard 8", "Adobe", "299.00"), ("adobe acrobat professional 8", None, "449.00")),
    (("Norton 360", "Symantec", "79.99"), ("symantec norton 360 2.0", None, "79.99")),
    (("Quicken Basic 2006", "Intuit", "29.99"), ("intuit quicken deluxe 2006", None, "59.99")),
    (("Quicken Home 2007", "Intuit", "79.99"), ("intuit quicken home & business 2007", None, "89.99")),
    (("Web Designer Suite", "Vantor", "399.00"), ("vantor web designer suite academic", None, "199.00")),
    (("Office Planner 2007", "Vantor", "239.00"), ("vantor office planner 2007 upgrade", None, "149.00")),
    (("Server Guard 5", "Vantor", "499.00"), ("vantor server guard 5 10 user", None, "899.00")),
    (("SketchCraft", "Pinnora", "99.00"), ("pinnora sketchcraft 2", None, "99.00")),
    (("Warlords II", "Ironquill", "19.99"), ("ironquill warlords iii", None, "29.99")),
    (("Kingdoms of Aldor", "Ironquill", "39.99"), ("ironquill kingdoms of aldor expansion", None, "19.99")),
    (("Reader Rabbit Preschool", "Learnwell", "19.99"), ("learnwell reader rabbit kindergarten", None, "19.99")),
    (("Spanish Tutor Vol. 1", "Lingora", "24.99"), ("lingora spanish tutor vol. 2", None, "24.99")),
    (("Spanish Course", "Lingora", "49.99"), ("lingora italian course", None, "49.99")),
    (("French Course Level 1", "Lingora", "49.99"), ("lingora french course level 2", None, "49.99")),
    (("PDF Converter", "Nuance", "49.99"), ("nuance pdf converter pro", None, "99.99")),
    (("Photo Explosion", "Nova", "39.99"), ("nova photo explosion deluxe", None, "49.99")),
    (("Travel Atlas 2006", "DeLorme", "39.95"), ("delorme travel atlas 2005", None, "39.95")),
    (("TaxCut Federal", "Blockwell", "29.95"), ("blockwell taxcut state", None, "29.95")),
)
"""Two products of one range, one in each shop."""

ELECTRONICS_ONE = (
    (
        ("Netara ProSafe GS108 Switch", "Netara", "64.00"),
        ("Netara GS108NA 8-Port Gigabit ProSafe Desktop Switch", "Netara", "59.00"),
    ),
    (("Vizora E420VA 42-inch LCD HDTV", "Vizora", "479.00"), ('42" Class LCD 1080p HDTV, E420VA', "Vizora", "448.00")),
    (
        ("Canora CLI-226 Magenta Ink Tank", "Canora", "13.99"),
        ("Canora CLI226 Ink Tank, Magenta, for PIXMA printers", "Canora", "11.88"),
    ),
    (
        ("Sandora Sansa Clip+ 4GB MP3 Player Red", "Sandora", "49.00"),
        ("Sandora 4 GB Sansa Clip+ Player - Red", "Sandora", "45.72"),
    ),
    (
        ("Casiora FX-300MS Plus Scientific Calculator", "Casiora", "12.99"),
        ("Casiora Scientific Calculator FX300MSPLUS", "Casiora", "9.97"),
    ),
    (
        ("Kestrel HDX-4500 Portable Hard Drive", "Kestrel", "89.00"),
        ("Kestrel HDX4500 External USB Drive", "Kestrel", "84.99"),
    ),
    (
        ("Sonaro SRS-XB21 Bluetooth Speaker, Black", "Sonaro", "99.00"),
        ("Sonaro SRSXB21/BLK Extra Bass Wireless Speaker (Black)", "Sonaro", "94.50"),
    ),
    (
        ("Sonaro SRS-XB21 Bluetooth Speaker, Blue", "Sonaro", "99.00"),
        ("Sonaro SRSXB21/BLU Extra Bass Wireless Speaker (Blue)", "Sonaro", "92.00"),
    ),
    (
        ("Lumex EasyPix C1530 Digital Camera with 8x Zoom", "Lumex", "79.00"),
        ("EasyPix C1530 14MP Camera - Great for Families!", "Lumex", "74.88"),
    ),
    (
        ("Printora LaserJet P1102w Wireless Printer", "Printora", "129.00"),
        ("Printora P1102W LaserJet Monochrome Printer, Wi-Fi", None, "119.00"),
    ),
    (
        ("Printora 61XL Black Ink Cartridge CH563WN", "Printora", "34.97"),
        ("Printora 61XL High Yield Ink Cartridge, Black (CH563WN)", "Printora", "31.49"),
    ),
    (
        ("Netara N600 Dual Band Router WNDR3400", "Netara", "69.99"),
        ("Netara WNDR3400 Wireless Dual-Band Router", "Netara", "66.00"),
    ),
    (
        ("Corvo Vengeance 8GB DDR3 Memory CMZ8GX3M2A1600C9", "Corvo", "54.99"),
        ("Corvo CMZ8GX3M2A1600C9 Vengeance 8 GB (2 x 4 GB) DDR3 Desktop Memory", "Corvo", "49.90"),
    ),
    (
        ("Viewtec VX2450 24 inch LED Monitor", "Viewtec", "189.00"),
        ('Viewtec VX-2450 24" Widescreen LED Display', "Viewtec", "179.99"),
    ),
    (
        ("Belora F5D8236 Wireless Router", "Belora", "39.99"),
        ("Belora Wireless N Router (F5D8236-4)", "Belora", "42.75"),
    ),
    (
        ("Targon TSB162US Notebook Backpack 16 inch Black", "Targon", "39.00"),
        ('Targon 16" Laptop Backpack TSB162US', "Targon", "35.97"),
    ),
    (
        ("Logara M310 Wireless Mouse 910-001675", "Logara", "24.99"),
        ("Logara 910-001675 Wireless Mouse M310 Peacock", "Logara", "21.95"),
    ),
    (
        ("Kestrel MicroSDHC Card 16GB KMS-16GB10", "Kestrel", "19.99"),
        ("Kestrel KMS16GB10 16 GB micro SDHC Memory Card", "Kestrel", "17.49"),
    ),
    (
        ("Panora TC-L42U30 42 inch LCD TV", "Panora", "599.00"),
        ("Panora VIERA TCL42U30 42-Inch 1080p LCD HDTV", "Panora", "549.00"),
    ),
    (
        ("Audiora RX-V371BL Receiver", "Audiora", "249.00"),
        ("Audiora RXV371BL 5.1 Channel A/V Home Theater Receiver, Black", "Audiora", "229.00"),
    ),
    (
        ("Zagor iPad 2 Leather Folio Case ZG-FOLIO2", "Zagor", "29.99"),
        ("Zagor ZGFOLIO2 Leather Folio for iPad 2", "Zagor", "27.00"),
    ),
    (
        ("Epsora Stylus NX430 All-in-One Printer C11CB22201", "Epsora", "99.00"),
        ("Epsora C11CB22201 Stylus NX430 Small-in-One Wireless Printer", None, "89.99"),
    ),
    (
        ("Sandora 64 GB Cruzer Flash Drive SDCZ36-064G", "Sandora", "69.99"),
        ("Sandora Cruzer USB Stick 64GB (SDCZ36-064G-B35)", "Sandora", "64.00"),
    ),
    (
        ("Jabro BT2080 Bluetooth Headset", "Jabro", "29.99"),
        ("Jabro Bluetooth Headset BT2080, New, Free Shipping", "Jabro", "26.99"),
    ),
    (
        ("Garmora nuvi 1450LMT GPS", "Garmora", "149.00"),
        ("Garmora nüvi 1450LMT 5-Inch Portable GPS Navigator with Lifetime Maps", "Garmora", "139.00"),
    ),
)
ELECTRONICS_OTHERS = (
    (
        ("Kestrel HDX-5500 Portable Hard Drive 500GB", "Kestrel", "69.00"),
        ("Kestrel HDX-5500 Portable Hard Drive 1TB", "Kestrel", "99.00"),
    ),
    (("Sonaro WH-CH510 Headphones Black", "Sonaro", "49.00"), ("Sonaro WH-CH510 Headphones White", "Sonaro", "49.00")),
    (("Lumex EasyPix C1450 Camera", "Lumex", "69.00"), ("Lumex EasyPix C1550 Camera", "Lumex", "89.00")),
    (("Printora 74 Black Ink CB335WN", "Printora", "15.00"), ("Printora 74XL Black Ink CB336WN", "Printora", "34.00")),
    (("Printora 950 Ink Cartridge", "Printora", "19.00"), ("Printora 950XL Ink Cartridge", "Printora", "36.00")),
    (("Corvo XMS3 4GB Memory Kit", "Corvo", "34.00"), ("Corvo XMS3 8GB Memory Kit", "Corvo", "54.00")),
    (("Intora Core i5-2500 Processor", "Intora", "205.00"), ("Intora Core i5-2500K Processor", "Intora", "216.00")),
    (("Viewtec VA2231 22 inch Monitor", "Viewtec", "139.00"), ("Viewtec VA2431 24 inch Monitor", "Viewtec", "159.00")),
    (("Logara K400 Wireless Keyboard", "Logara", "39.00"), ("Logara K400 Wireless Keyboard Plus", "Logara", "44.00")),
    (("Logara K120 Keyboard US Layout", "Logara", "14.00"), ("Logara K120 Keyboard German Layout", "Logara", "14.00")),
    (
        ("Canora EOS 60D Digital SLR Body", "Canora", "899.00"),
        ("Canora EOS 60D Digital SLR Kit with 18-135mm Lens", "Canora", "1199.00"),
    ),
    (("Canora PowerShot SX150", "Canora", "199.00"), ("Canora PowerShot SX150 + Camera Bag", "Canora", "219.00")),
    (
        ("Panora Eneloop AA Batteries 4 Pack", "Panora", "11.00"),
        ("Panora Eneloop AA Batteries 8 Pack", "Panora", "20.00"),
    ),
    (("Panora Eneloop AAA Batteries", "Panora", "11.00"), ("Panora Eneloop AA Batteries", "Panora", "11.00")),
    (("Zagor Galaxy Tab 2 7.0 Case", "Zagor", "19.00"), ("Zagor Galaxy Tab 2 10.1 Case", "Zagor", "24.00")),
    (("Zagor iPhone 4 Screen Protector", "Zagor", "9.00"), ("Zagor iPhone 5 Screen Protector", "Zagor", "9.00")),
    (("Belora Cat5e Cable 7 ft", "Belora", "6.00"), ("Belora Cat5e Cable 14 ft", "Belora", "9.00")),
    (
        ("Applora iPod touch 3rd Generation 8GB", "Applora", "189.00"),
        ("Applora iPod touch 4th Generation 8GB", "Applora", "199.00"),
    ),
    (
        ("Netara Powerline Adapter XAV2001", "Netara", "59.00"),
        ("Netara Powerline Adapter Kit XAVB2001", "Netara", "99.00"),
    ),
    (("Targon Rolling Case Women's", "Targon", "79.00"), ("Targon Rolling Case Men's", "Targon", "79.00")),
    (
        ("Garmora Forerunner 205", "Garmora", "129.00"),
        ("Garmora Forerunner 205 with Heart Rate Monitor", "Garmora", "169.00"),
    ),
    (("Jabro Elite Sport Earbuds", "Jabro", "99.00"), ("Jabro Elite Sport Earbuds Refurbished", "Jabro", "69.00")),
)


def found_in(one, others, turned=False):
    """Pairs found in one catalog of both shops, as sets of ids; `turned` puts it in the opposite order."""
    rows = [
        {"product_id": f"{kind}{number}{shop}", "title": title, "brand": brand, "price": price}
        for kind, pairs in (("same", one), ("other", others))
        for number, pair in enumerate(pairs)
        for shop, (title, brand, price) in zip("ab", pair, strict=True)
    ]
    rows = rows[::-1] if turned else rows
    frame = pl.DataFrame([{"sequence": place, **row} for place, row in enumerate(rows)], schema=PRODUCT_SCHEMA)
    return {frozenset(pair) for pair in find_likely(frame).select("earlier", "later").iter_rows()}


SETS = pytest.mark.parametrize(
    ("one", "others"),
    [(SOFTWARE_ONE, SOFTWARE_OTHERS), (ELECTRONICS_ONE, ELECTRONICS_OTHERS)],
    ids=["software", "electronics"],
)


@SETS
def test_precision_and_recall_hold_on_other_kinds_of_catalogs(one, others):
    found = found_in(one, others)
    true = {frozenset((f"same{number}a", f"same{number}b")) for number in range(len(one))}
    assert len(found & true) / len(found) >= 0.95, found - true
    assert len(found & true) / len(true) >= 0.85, true - found


@SETS
def test_where_nothing_is_a_duplicate_none_is_found(one, others):
    assert found_in((), others) == set()
    for shop in (0, 1):
        assert found_in((), [(pair[shop], ("", None, None)) for pair in (*one, *others)]) == set()


@SETS
def test_the_order_of_products_changes_no_verdict(one, others):
    assert found_in(one, others) == found_in(one, others, turned=True)
