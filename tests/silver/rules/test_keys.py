import sys
import unicodedata

import polars as pl
import pytest

from services.silver.rules.keys import identity_key


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
