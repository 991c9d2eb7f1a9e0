"""What each product is compared by, as arrays: features of the index, model codes, quantities, colours, words."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from services.silver.matching import lexicon
from services.silver.matching.arrays import (
    NOTHING,
    Codes,
    Models,
    Readings,
    any_of,
    bits,
    lookup,
    padded,
    short,
    sums,
    table,
)
from services.silver.matching.codes import code_tokens, codes, endings, followed, weak
from services.silver.matching.codes import coloured as colour_of_codes
from services.silver.matching.kinds import WORDS, as_one, bundles, colours, keyboards
from services.silver.matching.names import first_of_brand, first_words, maker
from services.silver.matching.quantities import quantities
from services.silver.matching.tokens import Hashes, Places, Text, cleaned

BUCKETS: Final = 1 << 22
"""Features of the index; words and grams are hashed into them."""
_LOOK: Final = 240
"""Characters of a description that are read: model codes and colours stand at its beginning."""
_MOST: Final = 500
"""Characters that are read of other fields: a catalog of books in its titles must not fill the memory."""
_OWN, _STEMS, _FACTS, _WORDS, _WEAK, _MAKER, _NUMBERS, _SHORTENED = 4, 4, 8, 14, 3, 5, 5, 2
"""Places per product: own codes, their stems, quantities, words of the title …"""

_SIZES: Final = table({word: word for word in lexicon.SIZES.split()})


_READ: Final = ("title", "mpn", "description", "sku", "brand", "size", "color")
_TEXTS: Final = (
    pl.col("title"),
    pl.concat_str("title", "mpn", separator=" , ").alias("named"),
    pl.concat_str("description", "sku", separator=" , ").alias("more"),
    pl.col("brand"),
    pl.concat_str("size", "title", separator=" ").alias("sized"),
    pl.concat_str("color", "title", separator=" ").alias("coloured"),
)


@dataclass(slots=True)
class Profile:
    """Arrays with one line per product, but for `other`; 0 is an empty place."""

    own: Models
    """Model codes of title and part number."""
    stems: Models
    """The same without the letters they end with."""
    other: Readings
    """Codes that may be a line's: neighbours written together, the description's, prefixes, the stock number."""
    facts: Codes
    """Quantities: the unit in the lowest 6 bits, the number above."""
    colour: npt.NDArray[np.uint64]
    """Bits of colour families in title and colour."""
    hint: npt.NDArray[np.uint64]
    """Bits of colour families in the description."""
    size: npt.NDArray[np.uint64]
    edition: npt.NDArray[np.uint64]
    """Bits of editions, generations and kinds in the title."""
    trim: npt.NDArray[np.uint64]
    """Bits of other words that name a product of a range."""
    weak: Models
    """What may be a model: words in capitals in a title that is not, numbers of four digits, and the like of D90."""
    words: Codes
    """Words of the title; the lowest bit is set where a word holds a digit."""
    lead: Codes
    """The first words of the title, and each two of them written together: where a brand stands."""
    brand: Codes
    """The first word of the brand, and the first two together."""
    maker: Codes
    """The brand as a whole, then its words."""
    flavour: npt.NDArray[np.uint64]
    """Bits of flavours and scents in the title."""
    numbers: Codes
    """Short numbers of the title that have no unit: generations, sizes, years."""
    shortened: Models
    """Own codes without the letter they end with, where it is no finish that is set off."""
    finish: npt.NDArray[np.uint64]
    """Bits of the colour families that those letters may stand for."""
    extended: Models
    """Own codes behind which an edition or a trim is told."""
    keyboard: npt.NDArray[np.uint64]
    """Bits of layouts of keys, and of their languages."""
    bundle: npt.NDArray[np.uint64]
    """Bits: it is a set, something comes with it."""
    look: Models
    """A number for the words of the title, the brand, the size and the colour together; 0 without a title."""


def _bucket(values: Hashes, kind: int) -> npt.NDArray[np.int64]:
    return ((values ^ np.uint64(kind * 0x9E3779B1)) % np.uint64(BUCKETS)).astype(np.int64)


def _once(
    count: int, document: Places, feature: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Features per document, and the features document after document, each once."""
    both = np.sort(document << 32 | feature)
    both = both[np.concatenate((np.ones(min(len(both), 1), dtype=bool), both[1:] != both[:-1]))]
    return np.bincount(both >> 32, minlength=count).astype(np.int32), (both & 0xFFFFFFFF).astype(np.int32)


class Block(NamedTuple):
    """What is read of some neighbouring products."""

    profile: Profile
    sizes: npt.NDArray[np.int32]
    """Features per product."""
    features: npt.NDArray[np.int32]
    """Their numbers below `BUCKETS`, product after product, each once per product."""


def profile(
    frames: Iterable[pl.DataFrame],
    threads: int = 2,
    seen: Callable[[pl.DataFrame, Block], None] = lambda _products, _block: None,
) -> tuple[Profile, list[Block]]:
    """Read products, some thousand at a time; the order of lines is kept.

    `seen` gets each block before codes that no product has as its own are left out of `Profile.other`.
    """
    blocks: list[Block] = []
    frames = iter(frames)
    with ThreadPoolExecutor(threads) as pool:
        while some := list(islice(frames, threads)):  # no more of the catalog is in memory at once
            for products, read in zip(some, pool.map(block, some), strict=True):
                seen(products, read)
                blocks.append(read)
    return joined(blocks, threads), blocks


def joined(blocks: list[Block], threads: int = 1) -> Profile:
    """One profile of all blocks, which give theirs up."""
    parts = [block.profile for block in blocks]
    owned = np.unique(np.concatenate([part.own.ravel() for part in parts]))
    with ThreadPoolExecutor(threads) as pool:
        for place in range(0, len(blocks), threads):  # the others go as soon as they were looked through
            some = slice(place, place + threads)
            blocks[some] = pool.map(lambda read: _with_known(read, owned), blocks[some])
    before = np.cumsum([0, *(len(part.own) for part in parts[:-1])], dtype=np.int32)
    lines = np.concatenate([part.other.line + first for part, first in zip(parts, before, strict=True)])
    together: dict[str, Any] = {"other": Readings(lines, np.concatenate([part.other.code for part in parts]))}
    for name in (entry.name for entry in fields(Profile) if entry.name != "other"):
        together[name] = np.concatenate([getattr(part, name) for part in parts])
        for part in parts:  # each array is there once, not twice, while the next are joined
            setattr(part, name, NOTHING[1])
    return Profile(**together)


def _with_known(read: Block, owned: Models) -> Block:
    """The block with those of its other readings that some product has as its own.

    The rest would fill the index with chance neighbours, and are codes of no pair.
    """
    other = read.profile.other
    there = owned[np.minimum(np.searchsorted(owned, other.code), len(owned) - 1)] == other.code
    read.profile.other = other = other.among(there)
    count = len(read.sizes)
    before = np.repeat(np.arange(count, dtype=np.int64), read.sizes)
    features = np.concatenate((read.features, _bucket(other.code, 2)))
    sizes, features = _once(count, np.concatenate((before, other.line)), features)
    return read._replace(sizes=sizes, features=features)


def block(products: pl.DataFrame) -> Block:
    """Read some products, see `PRODUCT_SCHEMA`."""
    count = products.height
    products = products.with_columns(
        pl.col("title", "mpn", "sku", "brand", "size", "color").str.slice(0, _MOST),
        pl.col("description").str.slice(0, _LOOK),
    )
    together = cleaned(pl.concat([products[name].alias("text") for name in _READ]))  # at once: few pay per call
    read = dict(zip(_READ, (together.slice(place * count, count) for place in range(len(_READ))), strict=True))
    texts = pl.DataFrame(read).select(_TEXTS)
    title, named, more, brand, sized, coloured = map(Text, texts)
    models = code_tokens(named)
    own, stems, other = codes(named, models)
    measures, numbers = quantities(sized)
    told = colours(count, coloured)
    shortened, finish = endings(named, models)
    own_more, _, other_more = codes(more, code_tokens(more))
    words = title.hashed(title.words.start, title.words.end)
    known = WORDS.places(words)
    words = as_one(words, known)
    content = WORDS.groups("fillers", known) < 0
    digit = (title.digits_in(title.words.start, title.words.end) > 0).astype(np.uint32)
    gram_document, gram = title.grams()
    feature_document = np.concatenate((title.words.document, gram_document, brand.words.document, own[0], stems[0]))
    feature = np.concatenate(
        (
            _bucket(words, 1),
            gram,
            _bucket(brand.hashed(brand.words.start, brand.words.end), 1),
            _bucket(own[1], 2),
            _bucket(stems[1], 2),
        )
    )
    sizes, features = _once(count, feature_document, feature)
    title_words = padded(
        count, _WORDS, title.words.document[content], (short(words) & np.uint32(0xFFFFFFFE) | digit)[content]
    )
    makers = padded(count, _MAKER, *maker(brand))
    found = Profile(
        own=padded(count, _OWN, *own),
        stems=padded(count, _STEMS, stems[0], stems[1]),
        other=Readings.of(
            np.concatenate((own_more[0], other[0], other_more[0])),
            np.concatenate((own_more[1], other[1], other_more[1])),
        ),
        facts=padded(count, _FACTS, *measures),
        colour=np.where(told == 0, bits(count, *colour_of_codes(named)), told),
        hint=colours(count, more),
        size=bits(count, sized.words.document, lookup(_SIZES, sized.hashed(sized.words.start, sized.words.end))),
        edition=bits(count, title.words.document, WORDS.groups("editions", known)),
        weak=padded(count, _WEAK, *weak(products["title"].fill_null(""), title)),
        words=title_words,
        lead=padded(count, 7, *first_words(title, 4)),
        brand=padded(count, 2, *first_of_brand(brand)),
        maker=makers,
        flavour=bits(count, title.words.document, WORDS.groups("flavours", known)),
        trim=bits(count, title.words.document, WORDS.groups("trims", known)),
        numbers=padded(count, _NUMBERS, *numbers),
        shortened=padded(count, _SHORTENED, *shortened),
        finish=any_of(count, *finish),
        extended=padded(count, _SHORTENED, *followed(named, models)),
        keyboard=keyboards(count, title, known),
        bundle=bundles(count, title, known),
        look=_looks(title_words, makers, Text(read["size"]), Text(read["color"])),
    )
    return Block(found, sizes, features)


def _looks(words: Codes, makers: Codes, *fields: Text) -> Models:
    count = len(words)
    line, place = np.nonzero(words)
    found = sums(count, line, words[line, place].astype(np.uint64), 1)
    with np.errstate(over="ignore"):
        found += sums(count, np.arange(count), makers[:, 0].astype(np.uint64), 2)
        for salt, text in enumerate(fields, 3):
            found += sums(count, text.words.document, text.hashed(text.words.start, text.words.end), salt)
    return np.where(words[:, 0] != 0, np.maximum(found, np.uint64(1)), np.uint64(0))
