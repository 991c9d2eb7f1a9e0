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
from services.silver.matching.tokens import Hashes, Places, Text, Tokens, cleaned, hash_words

BUCKETS: Final = 1 << 22
"""Features of the index; words and grams are hashed into them."""
_LOOK: Final = 240
"""Characters of a description that are read: model codes and colours stand at its beginning."""
_MOST: Final = 500
"""Characters that are read of other fields: a catalog of books in its titles must not fill the memory."""
_OWN, _STEMS, _OTHER, _FACTS, _WORDS, _WEAK, _MAKER = 4, 4, 10, 8, 14, 3, 5
"""Places per product: own codes, their stems, codes seen elsewhere in the product, quantities, words of the title."""

Codes = npt.NDArray[np.uint32]
Spans = tuple[Places, npt.NDArray[np.uint32]]
"""Documents, and one code for each."""
_NOTHING: Final = (np.zeros(0, np.int64), np.zeros(0, np.uint32))


def _table(groups: dict[str, str]) -> tuple[Hashes, npt.NDArray[np.uint32]]:
    hashes, numbers = [], []
    for number, words in enumerate(groups.values()):
        for value in hash_words(words):
            hashes.append(value)
            numbers.append(number)
    order = np.argsort(np.array(hashes, dtype=np.uint64))
    return np.array(hashes, dtype=np.uint64)[order], np.array(numbers, dtype=np.uint32)[order]


_UNITS: Final = _table(lexicon.UNITS)
MEASURED_UNITS: Final = np.array(
    [unit in lexicon.MEASURED for unit in lexicon.UNITS] + [False] * (64 - len(lexicon.UNITS))
)
"""By number of the unit."""
PACK_UNIT: Final = list(lexicon.UNITS).index("pack")
_COLOURS: Final = _table(lexicon.COLOURS)
_SIZES: Final = _table({word: word for word in lexicon.SIZES.split()})
_ARTICLES: Final = _table({"article": lexicon.ARTICLES})
_SHOUTED: Final = _table({"shouted": lexicon.SHOUTED})
_FLAVOURS: Final = _table(lexicon.FLAVOURS)
_FILLERS: Final = _table({"filler": lexicon.FILLERS})
_EDITIONS: Final = _table({word: word for word in lexicon.EDITIONS.split()})


@dataclass(slots=True)
class Profile:
    """Arrays with one line per product; 0 is an empty place."""

    own: Codes
    """Model codes of title and part number."""
    stems: Codes
    """The same without the letters they end with."""
    other: Codes
    """Codes that may be the product's: neighbours written together, the description's, prefixes, the stock number."""
    facts: Codes
    """Quantities: the unit in the lowest 6 bits, the number above."""
    colour: npt.NDArray[np.uint64]
    """Bits of colour families in title and colour."""
    hint: npt.NDArray[np.uint64]
    """Bits of colour families in the description."""
    size: npt.NDArray[np.uint64]
    edition: npt.NDArray[np.uint64]
    weak: Codes
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


def _lookup(table: tuple[Hashes, npt.NDArray[np.uint32]], values: Hashes) -> npt.NDArray[np.int64]:
    """The number of each value's group, or -1."""
    hashes, numbers = table
    place = np.minimum(np.searchsorted(hashes, values), len(hashes) - 1)
    return np.where(hashes[place] == values, numbers[place].astype(np.int64), -1)


def _padded(count: int, width: int, document: Places, values: npt.NDArray[np.uint32]) -> Codes:
    """The first `width` distinct values of each document side by side."""
    table = np.zeros((count, width), dtype=np.uint32)
    if not len(document):
        return table
    both = document.astype(np.uint64) << np.uint64(32) | values.astype(np.uint64)
    order = np.argsort(both, kind="stable")
    new = np.concatenate(([True], both[order][1:] != both[order][:-1]))
    kept = np.zeros(len(both), dtype=bool)
    kept[order[new]] = True
    document, values = document[kept], values[kept]
    order = np.argsort(document, kind="stable")
    document, values = document[order], values[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(document)) + 1))
    rank = np.arange(len(document)) - np.repeat(starts, np.diff(np.concatenate((starts, [len(document)]))))
    fits = rank < width
    table[document[fits], rank[fits]] = values[fits]
    return table


def _short(values: Hashes) -> npt.NDArray[np.uint32]:
    """32 bits of a hash, never 0."""
    short: npt.NDArray[np.uint32] = np.maximum((values >> np.uint64(20)).astype(np.uint32), np.uint32(1))
    return short


def _coded(text: Text, start: Places, end: Places) -> npt.NDArray[np.uint32]:
    """26 bits of the hash and 6 of the shape (length and digits, modulo 8); never 0."""
    shape = ((end - start) & 7) << 3 | (text.digits_in(start, end) & 7)
    mixed = (text.hashed(start, end) >> np.uint64(20)).astype(np.uint32) & np.uint32(0xFFFFFFC0)
    coded: npt.NDArray[np.uint32] = np.maximum(mixed, np.uint32(64)) | shape.astype(np.uint32)
    return coded


def _is_code(text: Text, tokens: Tokens) -> npt.NDArray[np.bool_]:
    """Letters and digits mixed (4 and more), or 5 digits and more.

    A number with its unit or a word (2-way) is none, nor are dimensions (45x45).
    """
    length = tokens.end - tokens.start
    digits = text.digits_in(tokens.start, tokens.end)
    number_end = text.number_end(tokens)
    measured = (number_end > tokens.start) & (number_end < tokens.end)
    tail = np.where(measured, number_end, tokens.start)
    measured &= _lookup(_UNITS, text.hashed(tail, tokens.end)) >= 0
    word = (number_end - tokens.start <= 3) & (number_end - tokens.start == digits) & (length - digits >= 3)
    mixed = ~word & (digits > (length >= 8)) & (digits < length) & (length >= 4)
    decimal = np.zeros(len(length), dtype=bool)
    if text.size:
        middle = text.bytes[np.minimum(number_end, text.size - 1)]
        measured |= (length - digits == 1) & (number_end > tokens.start) & (middle == ord("x"))
        marks = np.concatenate(([0], np.cumsum(text.bytes == 1)))
        decimal = marks[tokens.end] > marks[tokens.start]
    found: npt.NDArray[np.bool_] = (
        (mixed | ((digits == length) & (length >= 5))) & ~measured & ~decimal & (length <= 24)
    )
    return found


def _codes(text: Text) -> tuple[Spans, Spans, Spans]:
    """Own codes, stems, and other readings, each as documents and hashes."""
    tokens = Tokens(*(column[_is_code(text, text.codes)] for column in text.codes))
    own = tokens.document, _coded(text, tokens.start, tokens.end)
    stem_end = text.stem_end(tokens)
    stem_length = stem_end - tokens.start
    whole = (stem_length >= 4) & (text.digits_in(tokens.start, stem_end) >= 2)
    stems = tokens.document[whole], _coded(text, tokens.start[whole], stem_end[whole])
    begins = np.zeros(text.size + 1, dtype=bool)
    begins[text.words.start] = True
    documents, hashes = [], []
    for missing in range(1, 5):
        end = tokens.end - missing
        end = np.maximum(end, tokens.start)
        fits = (end - tokens.start >= 4) & (text.digits_in(tokens.start, end) >= 2)
        fits &= begins[end] | (text.digits_in(np.maximum(end - 1, 0), end + 1) < 2)  # 1276 is no short form of 12766
        documents.append(tokens.document[fits])
        hashes.append(_coded(text, tokens.start[fits], end[fits]))
    for cut in (text.words, text.codes):
        for joined in (1, 2, 3):
            if len(cut.start) < joined:
                continue
            first, last = slice(None, len(cut.start) - joined + 1), slice(joined - 1, None)
            spans = Tokens(cut.document[first], cut.start[first], cut.end[last])
            fits = (cut.document[first] == cut.document[last]) & (spans.end - spans.start >= 4)
            fits &= (spans.end - spans.start <= 24) & (text.digits_in(spans.start, spans.end) >= 1)
            documents.append(spans.document[fits])
            hashes.append(_coded(text, spans.start[fits], spans.end[fits]))
    return own, stems, (np.concatenate(documents), np.concatenate(hashes))


def _weak(titles: pl.Series, text: Text) -> Spans:
    """See `Profile.weak`; joiners within the capitals are dropped: MBA-PNK-SEE is mbapnksee."""
    capitals = (
        pl.when(pl.col("title").str.contains("[a-z]{2}"))
        .then(pl.col("title").str.extract_all(r"\b[A-Z][A-Z./-]{3,}[A-Z]\b").list.join(" "))
        .otherwise(pl.lit(""))
    )
    shouted = Text(cleaned(titles.to_frame("title").select(capitals).to_series()))
    codes = shouted.codes
    telling = _lookup(_SHOUTED, shouted.hashed(codes.start, codes.end)) < 0
    words = text.words
    length = words.end - words.start
    digits = text.digits_in(words.start, words.end)
    number = (length == 4) & (digits == 4)
    number |= (length == 3) & (digits == 2) & (text.number_end(words) == words.start)  # D90
    return (
        np.concatenate((codes.document[telling], words.document[number])),
        np.concatenate(
            (
                _coded(shouted, codes.start[telling], codes.end[telling]),
                _coded(text, words.start[number], words.end[number]),
            )
        ),
    )


def _facts(text: Text) -> tuple[Places, npt.NDArray[np.uint32]]:
    """Numbers with units: 500ml, 500 ml, 10-inch. What is measured is rounded down: 14.7 megapixels are 14."""
    words = text.words
    number_end = text.number_end(words)
    numbered = number_end > words.start
    glued = numbered & (number_end < words.end)
    alone = numbered & (number_end == words.end)
    alone[-1:] = False
    following = np.flatnonzero(alone) + 1
    same = words.document[following] == words.document[following - 1]
    following = following[same]
    number = np.concatenate((np.flatnonzero(glued), following - 1))
    start = np.concatenate((number_end[glued], words.start[following]))
    end = np.concatenate((words.end[glued], words.end[following]))
    unit = _lookup(_UNITS, text.hashed(start, end))
    known = unit >= 0
    number, unit = number[known], unit[known]
    value_end = np.where(
        MEASURED_UNITS[unit], text.whole_end(words.start[number], number_end[number]), number_end[number]
    )
    value = _short(text.hashed(words.start[number], value_end))
    return words.document[number], (value & np.uint32(0xFFFFFFC0)) | unit.astype(np.uint32)


def _bits(count: int, document: Places, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """One bit per number found in a document."""
    table = np.zeros(count, dtype=np.uint64)
    known = numbers >= 0
    np.bitwise_or.at(table, document[known], np.uint64(1) << numbers[known].astype(np.uint64))
    return table


def _joined(text: Text, words: int) -> tuple[Places, npt.NDArray[np.uint32]]:
    """The first words of each text, then each two neighbours of them together."""
    tokens = text.words
    if not len(tokens.start):
        return np.zeros(0, np.int64), np.zeros(0, np.uint32)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(tokens.document)) + 1))
    sizes = np.diff(np.concatenate((starts, [len(tokens.start)])))
    single = np.flatnonzero(np.arange(len(tokens.start)) - np.repeat(starts, sizes) < words)
    double = single[:-1][tokens.document[single[:-1]] == tokens.document[single[1:]]]
    start = np.concatenate((tokens.start[single], tokens.start[double]))
    end = np.concatenate((tokens.end[single], tokens.end[double + 1]))
    return np.concatenate((tokens.document[single], tokens.document[double])), _short(text.hashed(start, end))


def _brand(text: Text) -> Spans:
    """The first word of each brand, unless it is an article and more follows, and the first two together."""
    tokens = text.words
    if not len(tokens.start):
        return _NOTHING
    starts = np.concatenate(([0], np.flatnonzero(np.diff(tokens.document)) + 1))
    following = np.minimum(starts + 1, len(tokens.start) - 1)
    more = (following > starts) & (tokens.document[following] == tokens.document[starts])
    telling = ~more | (_lookup(_ARTICLES, text.hashed(tokens.start[starts], tokens.end[starts])) < 0)
    start = np.concatenate((tokens.start[starts[telling]], tokens.start[starts[more]]))
    end = np.concatenate((tokens.end[starts[telling]], tokens.end[following[more]]))
    document = np.concatenate((tokens.document[starts[telling]], tokens.document[starts[more]]))
    return document, _short(text.hashed(start, end))


def _maker(text: Text) -> Spans:
    """Each brand as a whole, without spaces, and its words but for fillers."""
    tokens = text.words
    if not len(tokens.start):
        return _NOTHING
    starts = np.concatenate(([0], np.flatnonzero(np.diff(tokens.document)) + 1))
    ends = np.concatenate((starts[1:], [len(tokens.start)])) - 1
    whole = _short(text.hashed(tokens.start[starts], tokens.end[ends]))
    words = text.hashed(tokens.start, tokens.end)
    telling = _lookup(_FILLERS, words) < 0
    document = np.concatenate((tokens.document[starts], tokens.document[telling]))
    return document, np.concatenate((whole | np.uint32(1), _short(words[telling]) & np.uint32(0xFFFFFFFE)))


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
    others: tuple[npt.NDArray[np.integer], npt.NDArray[np.uint32]]
    """Codes for `Profile.other`, before those that no product has as its own are left out."""


def profile(
    frames: Iterable[pl.DataFrame],
    threads: int = 2,
    seen: Callable[[pl.DataFrame, Block], None] = lambda _products, _block: None,
) -> tuple[Profile, list[Block]]:
    """Read products, some thousand at a time; the order of lines is kept.

    Codes of `Profile.other` are left out unless some product has them as its own; `seen` gets each block before that.
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
    owned = np.unique(np.concatenate([part.own.ravel() for part in parts]) >> 6)  # 0, an empty place, is among them
    with ThreadPoolExecutor(threads) as pool:
        for place in range(0, len(blocks), threads):  # the others go as soon as they were looked through
            some = slice(place, place + threads)
            blocks[some] = pool.map(lambda read: _with_known(read, owned), blocks[some])
    together = {}
    for name in (entry.name for entry in fields(Profile)):
        together[name] = np.concatenate([getattr(part, name) for part in parts])
        for part in parts:  # each array is there once, not twice, while the next are joined
            setattr(part, name, _NOTHING[1])
    return Profile(**together)


def _with_known(read: Block, owned: npt.NDArray[np.uint32]) -> Block:
    """The block with those of its other readings that some product has as its own.

    The rest would fill the index with chance neighbours.
    """
    document, code = read.others
    upper = code >> 6
    known = (owned[np.minimum(np.searchsorted(owned, upper), len(owned) - 1)] == upper) & (upper != 0)
    place: Places = document[known].astype(np.int64)
    code = code[known]
    count = len(read.sizes)
    read.profile.other = _padded(count, _OTHER, place, code)
    before = np.repeat(np.arange(count, dtype=np.int64), read.sizes)
    features = np.concatenate((read.features, _bucket(code.astype(np.uint64), 2)))
    sizes, features = _once(count, np.concatenate((before, place)), features)
    return read._replace(sizes=sizes, features=features, others=_NOTHING)


def block(products: pl.DataFrame) -> Block:
    """Read some products, see `PRODUCT_SCHEMA`."""
    count = products.height
    products = products.with_columns(pl.col("title", "mpn", "sku", "brand", "size", "color").str.slice(0, _MOST))
    frame = products.select(
        pl.col("title").fill_null(""),
        pl.concat_str(pl.col("title").fill_null(""), pl.col("mpn").fill_null(""), separator=" , ").alias("named"),
        pl.concat_str(
            pl.col("description").fill_null("").str.slice(0, _LOOK), pl.col("sku").fill_null(""), separator=" , "
        ).alias("more"),
        pl.col("brand").fill_null(""),
        pl.concat_str(pl.col("size").fill_null(""), pl.col("title").fill_null(""), separator=" ").alias("sized"),
        pl.concat_str(pl.col("color").fill_null(""), pl.col("title").fill_null(""), separator=" ").alias("coloured"),
    )
    together = cleaned(pl.concat([column.alias("text") for column in frame]))  # once: a few products pay per call
    parts = (together.slice(place * count, count) for place in range(frame.width))
    title, named, more, brand, sized, coloured = map(Text, parts)
    own, stems, other = _codes(named)
    own_more, _, other_more = _codes(more)
    words = title.hashed(title.words.start, title.words.end)
    content = _lookup(_FILLERS, words) < 0
    digit = (title.digits_in(title.words.start, title.words.end) > 0).astype(np.uint32)
    gram_document, gram = title.grams()
    feature_document = np.concatenate((title.words.document, gram_document, brand.words.document, own[0], stems[0]))
    feature = np.concatenate(
        (
            _bucket(words, 1),
            gram,
            _bucket(brand.hashed(brand.words.start, brand.words.end), 1),
            _bucket(own[1].astype(np.uint64), 2),
            _bucket(stems[1].astype(np.uint64), 2),
        )
    )
    sizes, features = _once(count, feature_document, feature)
    hint = _lookup(_COLOURS, more.hashed(more.words.start, more.words.end))
    read = Profile(
        own=_padded(count, _OWN, own[0], own[1]),
        stems=_padded(count, _STEMS, stems[0], stems[1]),
        other=np.zeros((0, _OTHER), dtype=np.uint32),
        facts=_padded(count, _FACTS, *_facts(sized)),
        colour=_bits(
            count, coloured.words.document, _lookup(_COLOURS, coloured.hashed(coloured.words.start, coloured.words.end))
        ),
        hint=_bits(count, more.words.document, hint),
        size=_bits(count, sized.words.document, _lookup(_SIZES, sized.hashed(sized.words.start, sized.words.end))),
        edition=_bits(count, title.words.document, _lookup(_EDITIONS, words)),
        weak=_padded(count, _WEAK, *_weak(frame["title"], title)),
        words=_padded(
            count, _WORDS, title.words.document[content], (_short(words) & np.uint32(0xFFFFFFFE) | digit)[content]
        ),
        lead=_padded(count, 7, *_joined(title, 4)),
        brand=_padded(count, 2, *_brand(brand)),
        maker=_padded(count, _MAKER, *_maker(brand)),
        flavour=_bits(count, title.words.document, _lookup(_FLAVOURS, words)),
    )
    return Block(
        read,
        sizes,
        features,
        (
            np.concatenate((own_more[0], other[0], other_more[0])).astype(np.int32),
            np.concatenate((own_more[1], other[1], other_more[1])),
        ),
    )
