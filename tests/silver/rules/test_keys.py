import sys
import unicodedata

import polars as pl
import pytest

from services.silver.rules.brand import brand_keys
from services.silver.rules.keys import identity_key
from services.silver.rules.sheet import Sheet


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("AB-12 / c", "ab12c"),
        ("Größe", "grosse"),
        ("NESTLÉ", "nestle"),
        ("Bosch™", "bosch"),
        ("ΑΣ™ Ⅷ", "αςviii"),
        ("İstanbul", "istanbul"),
        ("Łódź 1", "lodz1"),
        ("東京", "東京"),
        ("\U00031350", "\U00031350"),  # a letter since Unicode 15
        ("\U0001ccd6", "A"),  # a letter since Unicode 16
        ("--- !", None),
        ("", None),
    ],
)
def test_identity_keys_are_stored_and_stay_what_they_are(text, key):
    assert identity_key(text) == key


def test_every_character_adds_what_polars_says():
    chars = [
        char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) not in ("Cn", "Cs", "Co")
    ]
    key = pl.col("char").str.replace_all("[™℠]", "").str.to_lowercase().str.normalize("NFKD")
    for letter, plain in ("ß", "ss"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"), ("ł", "l"), ("đ", "d"), ("ı", "i"):
        key = key.str.replace_all(letter, plain, literal=True)
    keys = pl.DataFrame({"char": chars}).select(key=key.str.replace_all(r"[^\p{L}\p{N}]+", ""))["key"].to_list()
    assert [identity_key(char) or "" for char in chars] == keys


PARTS = [
    "AB-12/3",
    "ab 123",
    "000",
    "0-0",
    "12",
    "A™1b",
    "Größe 7",
    "N/A",
    "unknown",
    "x" * 40,
    "\u0660\u0661\u0662",
    None,
]


def test_keys_of_many_products_are_those_of_each_alone():
    def keys(parts):
        sheet = Sheet(pl.Series("p", [str(row) for row in range(len(parts))], dtype=pl.String))
        sheet.load("brand", pl.Series("brand", ["Acme"] * len(parts)))
        sheet.load("mpn", pl.Series("mpn", parts, dtype=pl.String))
        return brand_keys(sheet)[0].to_list()

    many = PARTS * 4
    assert keys(many) == [keys([part])[0] for part in many]
    assert keys(["AB-12/3"]) == ["acme\x1fab123"]
