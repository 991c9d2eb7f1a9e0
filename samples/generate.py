"""Makes catalog.csv and brands.csv, byte for byte the same on every machine: `python samples/generate.py [FOLDER]`.

First come clean products, supplier section by supplier section; then every trap of README.md is laid over rows that
no other trap of the same column has touched, so the counts of its table are exact.
"""

import csv
import io
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

from vocabulary import AVAILABLE, BRANDS, OPENERS, PROMO, REWORDED, SECTIONS, UNAVAILABLE, UNREGISTERED, Section

SEED = 20260318
MADE_UP_GTIN = "1234567890128"
SPREADSHEET_GTIN = "8,72E+12"
COLUMNS = (
    *("id", "sku", "title", "description", "short_description", "brand", "category", "price", "sale_price"),
    *("currency", "availability", "stock", "condition", "gtin", "mpn", "image_link", "additional_image_link", "link"),
    *("color", "size", "material", "gender", "age_group", "item_group_id", "tags", "meta_title", "meta_description"),
    *("weight", "dimensions", "voltage", "warranty", "contents", "ingredients", "care_label", "specifications"),
    *("label", "label"),  # a repeated header name, as exports with two label columns have it
)
Row = dict[str, str]


def with_check_digit(body: str) -> str:
    """Append the GS1 mod-10 check digit to 7, 11, 12 or 13 digits."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def digits(rng: random.Random, count: int) -> str:
    """Random digits as text, leading zeros kept."""
    return str(rng.randrange(10**count)).zfill(count)


def grouped(value: float, thousands: str, decimal: str) -> str:
    """`1299.0` written with the given thousands and decimal separators."""
    return f"{value:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def money(value: float, notation: str) -> str:
    """A price the way the section's supplier writes it."""
    return {
        "plain": f"{value:.2f}",
        "dollar sign before": "$" + grouped(value, ",", "."),
        "code after, lower case": f"{value:.2f} gbp",
        "code after": f"{value:.2f} SEK",
        "decimal comma, sign after": grouped(value, "", ",") + " €",
        "decimal comma, dots, sign after": grouped(value, ".", ",") + " €",
        "decimal comma, bare": grouped(value, "", ","),
        "apostrophe thousands": grouped(value, "'", "."),
        "space thousands, sign after": grouped(value, " ", ",") + " €",
    }[notation]


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits with hyphens."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())
    return "-".join(part for part in kept.split("-") if part)


class Maker:
    """Makes the rows of one section; the random source is the file's own, so order matters."""

    def __init__(self, rng: random.Random, section: Section) -> None:
        self.rng = rng
        self.section = section
        self.parts: Row = {}
        self.models: set[str] = set()

    def rows(self) -> list[Row]:
        """All products of the section, variants of one model side by side."""
        made: list[Row] = []
        while len(made) < self.section.products:
            group = self.model(len(made))
            made += group[: self.section.products - len(made)]
        return made

    def model(self, position: int) -> list[Row]:
        """One model: a single row, or its variants by colour and size."""
        rng, section = self.rng, self.section
        noun, middle = rng.choice(section.nouns)
        name = rng.choice(("Alto", "Brisa", "Cora", "Duna", "Elmo", "Fira", "Garda", "Halo", "Iris", "Juno"))
        number = rng.randrange(2, 99)
        while f"{name} {number}" in self.models:
            number += 1
        self.models.add(f"{name} {number}")
        self.parts = {
            "noun": noun,
            "middle": middle,
            "model": f"{name} {number}",
            "feature": rng.choice(section.features),
            "brand": rng.choice(section.brands),
            "style": f"{section.key[:2].upper()}{digits(rng, 5)}",
            "amount": str(rng.randrange(*section.price) + rng.choice((0.0, 0.5, 0.9, 0.95, 0.99))),
        }
        if not section.sizes:
            colour = rng.choice(section.colours) if section.colours else ""
            return [self.row(position, colour, "")]
        colours = rng.sample(section.colours, 2)
        sizes = section.sizes[rng.randrange(2) :][:3]
        wanted = [(colour, size) for colour in colours for size in sizes][: rng.randrange(3, 7)]
        return [self.row(position + offset, colour, size) for offset, (colour, size) in enumerate(wanted)]

    def filled(self, value: str) -> str:
        """The value, or nothing where this supplier was careless."""
        return value if self.rng.random() < self.section.care else ""

    def row(self, position: int, colour: str, size: str) -> Row:
        """One clean line."""
        rng, section, parts = self.rng, self.section, self.parts
        key = f"{section.key[:3].upper()}-{1000 + position}"
        title = " ".join((parts["brand"], parts["noun"], parts["model"], parts["feature"]))
        title += "".join(f", {part}" for part in (colour, size) if part)
        words = slug(f"{parts['brand']} {parts['noun']} {parts['model']} {colour} {size}")
        sentences = rng.sample(section.sentences, rng.choice((1, 2, 2, 3, 3)))
        opener = OPENERS[section.language].format(**parts)
        images = [f"https://images.example.com/{words}-{shot}.jpg" for shot in range(1, 5)]
        mood = AVAILABLE if rng.random() < 0.85 else UNAVAILABLE
        price = float(parts["amount"])
        lowered = rng.random() < 0.2
        row = {
            "id": key,
            "sku": f"{parts['style']}-{position}",
            "title": title,
            "description": " ".join([opener, *sentences]),
            "short_description": self.filled(opener) if rng.random() < 0.7 else "",
            "brand": parts["brand"],
            "category": section.separator.join([section.root, parts["middle"], parts["noun"]][: rng.choice((2, 3, 3))]),
            "price": money(price, section.notation),
            "sale_price": money(round(price * 0.8, 2), section.notation) if lowered else "",
            "currency": section.currency,
            "availability": rng.choice(mood[section.language]),
            "stock": str(rng.randrange(0, 250)),
            "condition": rng.choice(("new", "new", "New", "")),
            "gtin": self.filled(with_check_digit("1" + str(rng.randrange(4, 10)) + digits(rng, 10))),
            "mpn": self.filled(parts["style"]),
            "image_link": images[0],
            "additional_image_link": ",".join(images[1 : rng.choice((1, 2, 3, 4, 4))]),
            "link": f"https://shop.example.com/{section.language}/{words}" if rng.random() < 0.95 else "",
            "color": colour,
            "size": size,
            "material": self.filled(rng.choice(section.materials)) if section.materials else "",
            "gender": self.filled(rng.choice(section.genders)) if section.genders else "",
            "age_group": self.filled("kids" if section.key == "toys" else "adult") if section.genders else "",
            "item_group_id": parts["style"] if size else "",
            "tags": self.filled(f"{parts['middle'].lower()},{section.language}"),
            "meta_title": self.filled(f"{parts['noun']} {parts['model']} | {parts['brand']}"),
            "meta_description": self.filled(f"{opener} {sentences[0]}"[:160]),
            "label": rng.choice(("", "", "new season", "bestseller")),
            "label ": rng.choice(("", "", "", "outlet")),
            "_section": section.key,
            "_language": section.language,
            "_notation": section.notation,
            "_reworded": REWORDED[section.language].format(**parts),
        }
        return row | {column: self.filled(rng.choice(values)) for column, values in section.extras}


class Traps:
    """Lays traps over clean rows; a row takes at most one trap per column."""

    def __init__(self, rng: random.Random, rows: list[Row]) -> None:
        self.rng = rng
        self.rows = rows
        self.taken: set[tuple[str, str]] = set()

    def lay(
        self, column: str, count: int, change: Callable[[str, Row], str], where: Callable[[Row], bool] = bool
    ) -> list[Row]:
        """Change the column of exactly `count` rows that hold a value there and fulfil `where`."""
        free = [row for row in self.rows if row[column] and (row["id"], column) not in self.taken and where(row)]
        chosen = self.rng.sample(free, count)
        for row in chosen:
            row[column] = change(row[column], row)
            self.taken.add((row["id"], column))
        return chosen

    def gtins(self) -> None:
        """Barcodes as spreadsheets, humans and in-store systems leave them."""
        rng = self.rng
        self.lay("gtin", 90, lambda *_: SPREADSHEET_GTIN, lambda row: row["_section"] == "kitchen")
        self.lay("gtin", 24, lambda *_: MADE_UP_GTIN, lambda row: row["_section"] == "toys")
        self.lay("gtin", 30, lambda gtin, _: "'" + gtin)
        self.lay("gtin", 18, lambda *_: with_check_digit(f"01{digits(rng, 9)}")[1:])
        self.lay("gtin", 40, lambda gtin, _: gtin[:-1] + str((int(gtin[-1]) + rng.randrange(1, 9)) % 10))
        self.lay("gtin", 12, lambda gtin, _: gtin + "-01")
        self.lay("gtin", 20, lambda gtin, _: f"{gtin[0]} {gtin[1:7]} {gtin[7:]}")
        self.lay("gtin", 14, lambda *_: with_check_digit(rng.choice(("21", "04", "99")) + digits(rng, 10)))
        self.lay("gtin", 6, lambda *_: with_check_digit("952" + digits(rng, 9)))
        self.lay("gtin", 8, lambda *_: digits(rng, 10))

    def texts(self) -> None:
        """Titles and descriptions that no channel would take as they are."""
        self.lay("title", 25, lambda title, _: title.upper())
        self.lay("title", 16, lambda title, row: PROMO[row["_language"]].format(title=title))
        self.lay("title", 12, lambda title, row: f"{title} – {row['description']}"[:240], lambda r: not r["size"])
        self.lay("title", 8, lambda *_: f"PRODUCT {self.rng.randrange(1, 99)}", lambda row: not row["size"])
        self.lay("title", 14, lambda title, _: title.encode().decode("cp1252"), survives_mojibake("title"))
        self.lay("title", 20, lambda title, _: f"  {title.replace(' ', '  ', 1)} \u00a0")
        html = '<div class="text"><p>{}</p><ul><li>CE &amp; GS</li></ul>&nbsp;<br/>&euro;&nbsp;ok</div>'
        self.lay("description", 60, lambda text, _: html.format(text.replace(". ", ".</p><p>")))
        self.lay("description", 22, lambda text, _: text.encode().decode("cp1252"), survives_mojibake("description"))
        lorem = "Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod tempor."
        self.lay("description", 12, lambda *_: lorem)
        self.lay("description", 30, lambda text, _: text.replace(". ", ".\n"), lambda row: ". " in row["description"])
        self.lay("description", 15, lambda _, row: row["title"])
        self.lay("description", 70, lambda *_: "")

    def prices(self) -> None:
        """Prices and stock that mean something else than they say."""
        self.lay("price", 15, lambda _, row: money(0.0, row["_notation"]))
        self.lay("price", 5, lambda *_: "on request")
        self.lay("sale_price", 12, lambda _, row: doubled(row["price"]), lambda row: self.untouched(row, "price"))
        self.lay("stock", 18, lambda *_: f"-{self.rng.randrange(1, 40)}")
        self.lay("availability", 6, lambda *_: "call us")
        self.lay("currency", 10, lambda *_: "€", lambda row: row["currency"] == "EUR")

    def links(self) -> None:
        """Image links: broken syntax, lists in one cell, JSON in one cell."""
        self.lay("image_link", 10, lambda url, _: url.replace("https://", "htp:/"))
        self.lay("image_link", 8, lambda url, _: url.split("//")[1])
        self.lay("image_link", 6, lambda *_: "no image")
        self.lay("image_link", 14, lambda url, _: url.replace(".com/", ".com/my photos/"))
        self.lay("image_link", 40, lambda *_: "")

        def many(row: Row) -> bool:
            return "," in row["additional_image_link"]

        self.lay("additional_image_link", 60, lambda urls, _: urls.replace(",", "|"), many)
        self.lay("additional_image_link", 30, lambda urls, _: json.dumps(urls.split(",")), many)

    def brands(self) -> None:
        """Unregistered brands, names for no brand, and other spellings of registered ones."""
        names = [*UNREGISTERED] * 4
        self.lay("brand", len(names), lambda brand, row: renamed(row, brand, names.pop()), lambda row: not row["size"])
        empty = ["N/A", "Generic", "No brand", "-"] * 3
        self.lay("brand", len(empty), lambda *_: empty.pop(), lambda row: not row["size"])
        self.lay("brand", 20, lambda *_: "", lambda row: not row["size"])
        self.lay("brand", 60, lambda brand, _: brand.upper(), lambda row: row["brand"].upper() not in BRANDS)
        self.lay("brand", 50, lambda brand, _: self.rng.choice(BRANDS[brand]), lambda row: bool(BRANDS[row["brand"]]))

    def details(self) -> None:
        """JSON objects in cells, filler words, categories as careless exports have them."""
        specs = {"section": "General", "values": [{"name": "Origin", "value": "EU"}, {"name": "Class", "value": "A"}]}
        for row in self.rng.sample(self.rows, 45):
            row["specifications"] = json.dumps(specs)
        self.lay("color", 9, lambda *_: self.rng.choice(("N/A", "various", "#00ff00")), lambda row: not row["size"])
        self.lay("category", 30, lambda *_: "")
        self.lay("category", 12, lambda path, _: path.upper())

    def untouched(self, row: Row, column: str) -> bool:
        """Whether no trap lies on this cell."""
        return (row["id"], column) not in self.taken

    def duplicates(self) -> list[Row]:
        """Lines of a second supplier: 40 with the GTIN of a first one, 25 with its brand and MPN only."""

        def usable(row: Row) -> bool:
            columns = ("title", "brand", "description")
            return not row["size"] and bool(row["color"]) and all(self.untouched(row, c) and row[c] for c in columns)

        by_gtin = [row for row in self.rows if usable(row) and row["gtin"] and self.untouched(row, "gtin")]
        by_mpn = [row for row in self.rows if usable(row) and row["mpn"] and row["gtin"] == SPREADSHEET_GTIN]
        copies = []
        for position, row in enumerate([*self.rng.sample(by_gtin, 40), *self.rng.sample(by_mpn, 25)]):
            same_gtin = position < 40
            padded = "0" + row["gtin"] if position % 4 == 0 else row["gtin"]
            changed = {
                "id": f"MKT-{5000 + position}",
                "brand": row["brand"].upper() if position % 5 == 0 else row["brand"],
                "sku": f"M{70000 + position}",
                "title": f"{row['_reworded']}, {row['color']}",
                "description": row["description"].split(". ")[0] + ".",
                "gtin": padded if same_gtin else "",
                "mpn": "" if same_gtin else row["mpn"],
                "sale_price": "",
                "image_link": f"https://cdn.example.net/{5000 + position}.png",
                "additional_image_link": "",
                "link": f"https://market.example.org/item/{5000 + position}",
            }
            kept = ("category", "price", "currency", "availability", "stock", "color", "material", "_section")
            copies.append({column: row.get(column, "") for column in kept} | changed)
        return copies


def packs(rng: random.Random, rows: list[Row]) -> list[Row]:
    """Twelve food products once more in a larger pack: another barcode, the same brand, MPN and words, no group."""
    free = [row for row in rows if row["_section"] == "food" and row["mpn"] and row["brand"] in BRANDS]
    copies = []
    for position, row in enumerate(rng.sample(free, 12)):
        base = row["title"]
        row["title"], row["size"] = f"{base}, 250 g", "250 g"
        larger = {"id": f"ALI-{1900 + position}", "sku": f"{row['sku']}-G", "title": f"{base}, 1 kg", "size": "1 kg"}
        copies.append(row | larger | {"gtin": with_check_digit("17" + digits(rng, 10))})
    return copies


def leftovers(rng: random.Random) -> list[Row]:
    """Lines of an old system: an id, a word, perhaps a price."""
    nouns = [noun for section in SECTIONS for noun, _ in section.nouns]
    return [
        {"id": f"OLD-{place}", "title": rng.choice(nouns), "price": rng.choice(("", "0", "9.99")), "_section": "old"}
        for place in range(24)
    ]


def survives_mojibake(column: str) -> Callable[[Row], bool]:
    """Whether a cell has letters that UTF-8 read as Windows-1252 turns into other letters, without loss."""

    def check(row: Row) -> bool:
        garbled = row[column].encode().decode("cp1252", errors="replace")
        return garbled != row[column] and "\ufffd" not in garbled

    return check


def renamed(row: Row, brand: str, name: str) -> str:
    """The new brand, written into the title too."""
    row["title"] = row["title"].replace(brand, name)
    return name


def doubled(price: str) -> str:
    """The same notation with another digit in front: a sale price far above the price."""
    first = next(place for place, c in enumerate(price) if c.isdigit())
    return f"{price[:first]}9{price[first:]}"


def catalog() -> str:
    """The whole catalog.csv: lines end in CRLF for some suppliers, in LF for others, the last one in nothing."""
    rng = random.Random(SEED)  # noqa: S311 - sample data, no secret
    rows = [row for section in SECTIONS for row in Maker(rng, section).rows()]
    rows += packs(rng, rows)
    traps = Traps(rng, rows)
    for lay in (traps.gtins, traps.texts, traps.prices, traps.links, traps.brands, traps.details):
        lay()
    out = io.StringIO("\ufeff", newline="")
    out.seek(0, io.SEEK_END)
    windows = csv.writer(out, lineterminator="\r\n")
    unix = csv.writer(out, lineterminator="\n")
    unix.writerow(COLUMNS)
    for row in rows + traps.duplicates() + leftovers(rng):
        writer = windows if row["_section"] in {"shoes", "kitchen"} else unix
        writer.writerow([*(row.get(column, "") for column in COLUMNS[:-1]), row.get("label ", "")])
    return out.getvalue().rstrip("\r\n")


def brands() -> str:
    """The whole brands.csv: name, aliases separated by `|`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "aliases"))
    writer.writerows((name, "|".join(aliases)) for name, aliases in BRANDS.items())
    return out.getvalue()


def main() -> None:
    """Write both files into the given folder, by default this one."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    (folder / "catalog.csv").write_bytes(catalog().encode())
    (folder / "brands.csv").write_bytes(brands().encode())


if __name__ == "__main__":
    main()
