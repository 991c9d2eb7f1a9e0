"""Shouting titles become ordinary ones.

Sources: Google product data specification ("no ALL CAPS"), Meta catalog reference ("not all caps"). Only a title
without any lower-case letter is touched, because a mixed one was written by somebody who chose. So did a workspace that
maps its titles with "uppercase".
"""

import unicodedata
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import polars as pl

from services.silver.rules.keys import words
from services.silver.rules.remembered import remembered
from services.silver.rules.sheet import Sheet, rows_where

_NO_SMALL_LETTER: Final = pl.col("title").str.to_uppercase() == pl.col("title")
_SHOUTED_LETTERS: Final = 4
# Turkish has a small letter of its own for "I"; these two capitals tell Turkish from other languages.
_TURKISH: Final = frozenset("İĞ")
_VOWELS: Final = frozenset("AEIOUYÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜŒÝ")
_SMALL: Final = words(
    """
    A AN AND AS AT BY FOR FROM IN OF ON OR THE TO WITH UND MIT FÜR VON AUS IM ZUM ZUR DER DIE DAS ET DE DU DES EN LE
    LA LES AU AUX POUR AVEC SANS SUR PAR Y EL LOS LAS CON SIN PARA POR DEL E DO DA DOS DAS EM COM SEM NO NA
    OHNE BEI ODER DI DELLA DELLO DELLE PER IL GLI VAN HET EEN MET VOOR ZONDER
    """
)
_ACRONYMS: Final = words(
    """
    AAA ABS AC AI AM AMOLED ANC API APU BIO BPA CBD CD CPU CEE DAB DC DDR DIN DIY DJ DLP DNA DSL DSLR DVI EAN EDP
    EDT EEG EKG EPDM ESD EU EVA EVO FHD FM FULLHD GPS GPU GSM HD HDD HDMI HDR HIFI HIIT HP HQ ID IEC IGZO II III IOS
    IOT IP IPA IPS IPX IR ISO IT IV IX JBL LAN LCD LED LTE MDF MIDI NAS NFC NVME OEM OGM OLED PA PC PCI PCIE PET PLA POE
    PS PSU PU PVC QHD QLED RAM RGB RGBW RFID ROM SATA SD SDHC SDXC SIM SLR SPF SSD SUV TFT TKL TPE TPU TSA TV UFO
    UHD UK UPC UPS US USA USB USBC UV UVA UVB VA VAT VGA VI VII VIII VR WC WIFI WLAN XL XLR XS XXL XXXL
    """
)
_UNITS: Final = words(
    """
    ML CL DL L MG G KG CM MM M KM INCH OZ LB LBS W KW V MAH HZ KHZ MHZ GHZ GB TB MB
    """
)
_NAMES: Final = {
    name.upper(): name
    for name in words("iPhone iPad iPod iMac MacBook AirPods PlayStation GoPro ThinkPad eBook eReader YouTube WhatsApp")
}
"""Names that capitals and small letters are part of, whatever the brand."""
_NO_WORDS: Final[Mapping[str, str]] = {}


def normalize_casing(sheet: Sheet, cased: AbstractSet[str] = frozenset()) -> None:
    """Recase shouting titles, keeping acronyms, units, model numbers and the brand's own spelling (casing.title).

    Titles stay when they are among the fields in `cased`, whose case the workspace decides (see `cased_fields`).
    """
    if "title" in cased or not sheet.has("title"):
        return
    title = sheet.get("title")
    loud = title.to_frame().select_seq(_NO_SMALL_LETTER).to_series()
    if not loud.any():
        return
    titles, brands = (column.filter(loud).to_list() for column in (title, sheet.get("brand")))
    recased = [
        _recase_title(text, brand) if _is_shouting(text) else text for text, brand in zip(titles, brands, strict=True)
    ]
    sheet.replace("title", rows_where(loud), pl.Series(recased), "casing.title")


def _is_shouting(title: str) -> bool:
    """Tell whether a title without small letters has four capitals in a row."""
    if title.lower() == title or not _TURKISH.isdisjoint(title):
        return False
    capitals = 0
    for char in title:
        capitals = capitals + 1 if unicodedata.category(char) == "Lu" else 0
        if capitals == _SHOUTED_LETTERS:
            return True
    return False


def _recase_title(title: str, brand: str | None) -> str:
    return recased_words(title, {word.upper(): word for word in reversed(brand.split(" "))} if brand else {})


def recased_words(text: str, own: Mapping[str, str] = _NO_WORDS) -> str:
    """Return shouted `text` as it stands in print; the words of `own` (upper case → spelling) as they are there."""
    if not _TURKISH.isdisjoint(text):
        return text
    first, *rest = text.split(" ")
    recased = [own.get(first) or _recase(first, first=True), *(own.get(word) or _recase(word) for word in rest)]
    for place, word in enumerate(rest, start=1):
        if len(word) == 1 and _is_mark(rest[place - 2] if place > 1 else first, rest[place : place + 1]):
            recased[place] = word
    return unicodedata.normalize("NFC", " ".join(recased))


def _is_mark(before: str, after: list[str]) -> bool:
    """Tell whether a letter alone is a name rather than a word: "VITAMIN E", "CLASSIC A 60", "CLASS A"."""
    return before.startswith("VITAMIN") or not after or after[0][:1].isdigit()


@remembered(entries=65_536, longest=64)
def _recase(word: str, *, first: bool = False) -> str:
    """Return one upper-case word as it stands in running text; a doubtful word stays."""
    if "&" in word and all(len(part) <= 2 for part in word.split("&")):
        return word  # AT&T, H&M
    for separator in ("-", "/", "&", "+"):
        if separator in word.strip(separator):
            parts = word.split(separator)
            return separator.join(_recase(part, first=first and not index) for index, part in enumerate(parts))
    letters = word.strip("()[]{}.,;:!?\"'“”„«»*™®©")
    if letters in _NAMES:
        return word.replace(letters, _NAMES[letters], 1)
    if not letters or any(char.isdigit() for char in word) or letters in _ACRONYMS or letters in _UNITS:
        return word
    if letters in _SMALL and not first:
        return word.lower()
    if len(letters) <= 4 and not _VOWELS.intersection(letters):
        return word
    if "." in letters:
        parts = letters.split(".")  # U.S.A. stays, S.OLIVER has a name in it
        cased = ".".join(part if len(part) == 1 else _recase(part, first=True) for part in parts if part)
        return word.replace(letters, cased, 1) if all(parts) else word
    head, mark, tail = letters.partition("'") if "'" in letters else letters.partition("’")
    if mark and len(head) == 1 and tail:
        cased = head + mark + tail[0] + tail[1:].lower()
    else:
        cased = letters[0] + letters[1:].lower()
    return word.replace(letters, cased, 1)
