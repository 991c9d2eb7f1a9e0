"""The committed samples: made by the committed generator, and holding what samples/README.md says they hold."""

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
UNREGISTERED = {"AcmeCorp", "Zorblatt", "Quimbario"}


def read(name):
    text = (SAMPLES / name).read_bytes().decode("utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader)
    rows = list(reader)
    assert all(len(row) == len(header) for row in rows)
    return header, [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def rows():
    return read("catalog.csv")[1]


def valid(gtin):
    if not gtin.isdecimal():
        return False
    total = sum(int(digit) * (1 if place % 2 == 0 else 3) for place, digit in enumerate(reversed(gtin)))
    return len(gtin) in {8, 12, 13, 14} and total % 10 == 0


def plain(row):
    return re.sub(r"[ ']", "", row["gtin"])


def garbled(text):
    return bool(re.search(r"[ÃÂâ][\u0080-\u00bf€‰Œœšž‚ƒ„…†‡ˆ‹Ž‘’“”•–—˜™›Ÿ ]", text))


def zero(price):
    return bool(price) and not re.sub(r"\D", "", price).strip("0") and any(c.isdigit() for c in price)


def number(price):
    text = re.sub(r"[^\d.,]", "", price)
    if re.search(r",\d\d$", text):
        text = text.replace(".", "").replace(",", ".")
    return float(text.replace(",", "") or 0)


ROWS = {
    "gtin-spreadsheet": lambda r: r["gtin"] == "8,72E+12",
    "gtin-made-up": lambda r: r["gtin"] == "1234567890128",
    "gtin-apostrophe": lambda r: r["gtin"].startswith("'"),
    "gtin-lost-zeros": lambda r: len(r["gtin"]) == 11 and valid("0" + r["gtin"]),
    "gtin-check-digit": lambda r: bool(re.fullmatch(r"1\d{12}", r["gtin"])) and not valid(r["gtin"]),
    "gtin-suffix": lambda r: r["gtin"].endswith("-01"),
    "gtin-spaces": lambda r: " " in r["gtin"],
    "gtin-restricted": lambda r: bool(re.match(r"(2|04|99)\d{11,12}$", r["gtin"])),
    "gtin-demonstration": lambda r: r["gtin"].startswith("952"),
    "gtin-length": lambda r: len(r["gtin"]) == 10,
    "gtin-empty": lambda r: not r["gtin"],
    "gtin-usable": lambda r: valid(plain(r)) and bool(re.match("0?1[4-9]", plain(r))),
    "price-euro-dots": lambda r: bool(re.fullmatch(r"\d\.\d{3},\d\d €", r["price"])),
    "price-euro-spaces": lambda r: bool(re.fullmatch(r"\d \d{3},\d\d €", r["price"])),
    "price-comma": lambda r: bool(re.fullmatch(r"\d+,\d\d", r["price"])),
    "price-apostrophe": lambda r: "'" in r["price"],
    "price-dollar": lambda r: r["price"].startswith("$"),
    "price-gbp": lambda r: r["price"].endswith(" gbp"),
    "price-sek": lambda r: r["price"].endswith(" SEK"),
    "price-zero": lambda r: zero(r["price"]),
    "price-words": lambda r: r["price"] == "on request",
    "price-sale-above": lambda r: bool(r["sale_price"]) and number(r["sale_price"]) > number(r["price"]) > 0,
    "stock-negative": lambda r: r["stock"].startswith("-"),
    "availability-unknown": lambda r: r["availability"] == "call us",
    "currency-sign": lambda r: r["currency"] == "€",
    "title-shouting": lambda r: r["title"].isupper() and not r["title"].startswith("PRODUCT"),
    "title-promo": lambda r: bool(re.search(r"SALE!!!|TOP-ANGEBOT|PROMO -50|¡OFERTA!", r["title"])),
    "title-long": lambda r: len(r["title"]) > 150,
    "title-placeholder": lambda r: bool(re.fullmatch(r"PRODUCT \d+", r["title"])),
    "title-mojibake": lambda r: garbled(r["title"]) and r["title"] != r["description"],
    "title-spaces": lambda r: r["title"].startswith("  "),
    "description-html": lambda r: r["description"].startswith("<div"),
    "description-mojibake": lambda r: garbled(r["description"]),
    "description-lorem": lambda r: r["description"].startswith("Lorem ipsum"),
    "description-lines": lambda r: "\n" in r["description"],
    "description-title": lambda r: r["description"] == r["title"],
    "description-empty": lambda r: not r["description"],
    "image-scheme": lambda r: r["image_link"].startswith("htp:/"),
    "image-no-scheme": lambda r: r["image_link"].startswith("images."),
    "image-words": lambda r: r["image_link"] == "no image",
    "image-space": lambda r: "my photos" in r["image_link"],
    "image-empty": lambda r: not r["image_link"],
    "images-commas": lambda r: bool(re.fullmatch(r"http[^|\[]*,http[^|\[]*", r["additional_image_link"])),
    "images-pipes": lambda r: "|" in r["additional_image_link"],
    "images-json": lambda r: r["additional_image_link"].startswith("["),
    "specifications-json": lambda r: r["specifications"].startswith("{"),
    "brand-unregistered": lambda r: r["brand"] in UNREGISTERED,
    "brand-none": lambda r: r["brand"] in {"N/A", "Generic", "No brand", "-"},
    "brand-empty": lambda r: not r["brand"],
    "category-empty": lambda r: not r["category"],
    "category-shouting": lambda r: r["category"].isupper(),
    "color-filler": lambda r: r["color"] in {"N/A", "various", "#00ff00"},
    "leftovers": lambda r: not any((r["description"], r["brand"], r["category"], r["image_link"], r["link"])),
    "variants": lambda r: bool(r["item_group_id"]),
    "packs": lambda r: r["size"] in {"250 g", "1 kg"},
    "duplicates-gtin": lambda r: r["id"].startswith("MKT-") and bool(r["gtin"]),
    "duplicates-mpn": lambda r: r["id"].startswith("MKT-") and not r["gtin"],
}


def told():
    """The table of the README: trap → count."""
    cells = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", (SAMPLES / "README.md").read_text(), re.MULTILINE)
    return {name: int(count) for name, count in cells}


def test_generator_reproduces_the_committed_files(tmp_path):
    subprocess.run([sys.executable, str(SAMPLES / "generate.py"), str(tmp_path)], check=True)
    for name in ("catalog.csv", "brands.csv"):
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), f"{name}: run samples/generate.py"


def test_readme_counts_every_trap(rows):
    found = {name: sum(map(detect, rows)) for name, detect in ROWS.items()}
    leftovers = [row["title"] for row in rows if ROWS["leftovers"](row)]
    assert found | {"duplicates-likely": len(leftovers) - len(set(leftovers))} == told()


def test_catalog_has_a_useful_size(rows):
    assert len(rows) >= 1200
    assert (SAMPLES / "catalog.csv").stat().st_size < 1_200_000
    assert len({row["id"] for row in rows}) == len(rows)


def test_catalog_mixes_line_endings_has_a_bom_and_ends_without_one():
    raw = (SAMPLES / "catalog.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") > 100
    assert raw.count(b"\n") - raw.count(b"\r\n") > 100
    assert not raw.endswith(b"\n")


def test_catalog_repeats_one_header():
    repeated = {name for name, times in Counter(read("catalog.csv")[0]).items() if times > 1}
    assert repeated == {"label"}


def test_second_supplier_lines_each_point_at_one_product(rows):
    copies = [row for row in rows if row["id"].startswith("MKT-")]
    firsts = [row for row in rows if not row["id"].startswith("MKT-")]
    by_gtin = Counter(row["gtin"].zfill(14) for row in firsts if row["gtin"])
    by_mpn = Counter((row["brand"].upper(), row["mpn"]) for row in firsts)
    for copy in copies:
        same = by_gtin[copy["gtin"].zfill(14)] if copy["gtin"] else by_mpn[copy["brand"].upper(), copy["mpn"]]
        assert same == 1, copy["id"]


def test_no_other_products_share_a_usable_gtin(rows):
    shared = Counter(row["gtin"] for row in rows if ROWS["gtin-usable"](row) and not row["id"].startswith("MKT-"))
    assert max(shared.values()) == 1


def test_only_the_named_brands_are_not_registered(rows):
    registered = set()
    for row in read("brands.csv")[1]:
        registered |= {name.casefold() for name in (row["name"], *row["aliases"].split("|")) if name}
    unknown = {row["brand"] for row in rows if row["brand"].casefold() not in registered}
    assert unknown - {"", "N/A", "Generic", "No brand", "-"} == UNREGISTERED


def test_links_lead_to_reserved_hosts_only():
    text = "".join((SAMPLES / name).read_text() for name in ("catalog.csv", "small.csv", "shopify.csv"))
    hosts = set(re.findall(r"https?://([^/\",|]+)/", text))
    assert all(re.search(r"(^|\.)example\.(com|net|org)$|^schema\.org$", host) for host in hosts)


def test_small_file_has_ten_products():
    assert len(read("small.csv")[1]) == 10


def test_shopify_file_holds_five_products_on_twelve_lines():
    lines = read("shopify.csv")[1]
    assert len(lines) == 12
    assert len({line["Handle"] for line in lines}) == 5


def test_json_file_holds_five_products():
    assert len(json.loads((SAMPLES / "products.json").read_bytes())["products"]) == 5
