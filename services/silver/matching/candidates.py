"""Candidates: for each product the most similar others, by an inverted index over words, codes and 3-grams.

Weights are TF-IDF, rows have length 1, so a product of rows is the cosine. A product asks with its rarest features
first and stops when the lists it read hold `BUDGET` entries: what a common word adds can hardly change who is
nearest, and the work per product stays the same whether the catalog holds a thousand products or a million.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, vstack
from sparse_dot_topn import sp_matmul_topn

from services.silver.matching.profile import BUCKETS, Block

NEAREST: Final = 12
"""Candidates per product."""
BUDGET: Final = 1_500
"""Entries of the index that one product may read."""
LONGEST: Final = 2_000
"""Products in which a feature may occur before it is no longer indexed (a share of small catalogs is more)."""
LEAST: Final = 0.1
"""Cosine below which two products have nothing to do with each other."""


class Pairs(NamedTuple):
    """Places of two products, the first one smaller, and their cosine."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    cosine: npt.NDArray[np.float32]

    def part(self, offset: int, count: int) -> "Pairs":
        """Some neighbouring pairs."""
        end = offset + count
        return Pairs(self.left[offset:end], self.right[offset:end], self.cosine[offset:end])


def _all_of(pairs: Pairs) -> Pairs:
    return pairs


def nearest(blocks: list[Block], keep: Callable[[Pairs], Pairs] = _all_of, *, threads: int = 2) -> Pairs:
    """The candidates of all products, each pair once; the blocks are used up.

    `keep` leaves out the pairs that are of no use, block by block, so that the rest never is in memory at once.
    """
    count = sum(len(block.sizes) for block in blocks)
    frequency = np.zeros(BUCKETS, dtype=np.int32)
    for block in blocks:
        frequency += np.bincount(block.features, minlength=BUCKETS).astype(np.int32)
    indexes, questions = [], []
    while blocks:
        index, question = _weighed(blocks.pop(0), frequency, count)
        indexes.append(index)
        questions.append(question)
    if not indexes:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
    index = vstack(indexes, format="csr")
    indexes.clear()
    lists = index.T.tocsr()
    del index
    keys, cosines = [], []
    offset = 0
    with ThreadPoolExecutor(threads) as pool:
        for question in questions:
            found = sp_matmul_topn(question, lists, top_n=NEAREST + 1, threshold=LEAST, n_threads=threads).tocoo()
            left, right = found.row.astype(np.int64) + offset, found.col.astype(np.int64)
            other = left != right
            pairs = Pairs(np.minimum(left, right)[other], np.maximum(left, right)[other], found.data[other])
            share = -(-len(pairs.left) // threads)
            for kept in pool.map(keep, [pairs.part(place * share, share) for place in range(threads)]):
                keys.append(kept.left * count + kept.right)
                cosines.append(kept.cosine)
            offset += question.shape[0]
    key, cosine = np.concatenate(keys), np.concatenate(cosines)
    order = np.argsort(key, kind="stable")
    key, cosine = key[order], cosine[order]
    first = np.flatnonzero(np.concatenate((np.ones(min(len(key), 1), dtype=bool), key[1:] != key[:-1])))
    cosine = np.maximum.reduceat(cosine, first) if len(first) else cosine
    return Pairs(key[first] // count, key[first] % count, cosine)


def united(one: Pairs, two: Pairs) -> Pairs:
    """The pairs of both, each once."""
    key = np.concatenate((one.left << 32 | one.right, two.left << 32 | two.right))
    key, first = np.unique(key, return_index=True)
    return Pairs(key >> 32, key & 0xFFFFFFFF, np.concatenate((one.cosine, two.cosine))[first])


def _weighed(block: Block, frequency: npt.NDArray[np.int32], count: int) -> tuple[csr_matrix, csr_matrix]:
    """A block's rows of the index, and the part of them that is asked."""
    rows = len(block.sizes)
    document = np.repeat(np.arange(rows, dtype=np.int64), block.sizes)
    listed = frequency[block.features]
    indexed = (listed > 1) & (listed <= LONGEST)
    document, feature, listed = document[indexed], block.features[indexed], listed[indexed]
    weight = np.log1p(count / listed.astype(np.float32)).astype(np.float32)
    length = np.sqrt(np.bincount(document, weights=weight.astype(np.float64) ** 2, minlength=rows)).astype(np.float32)
    weight /= np.maximum(length, np.float32(1e-9))[document]
    order = np.argsort(document << 32 | listed, kind="stable")
    read = np.cumsum(listed[order], dtype=np.int64)
    sizes = np.bincount(document, minlength=rows)
    ends = np.cumsum(sizes)
    before = np.concatenate(([0], read))[ends - sizes]
    asked = np.sort(order[read - np.repeat(before, sizes) <= BUDGET])
    shape = (rows, BUCKETS)
    return (
        csr_matrix((weight, (document, feature)), shape=shape, dtype=np.float32),
        csr_matrix((weight[asked], (document[asked], feature[asked])), shape=shape, dtype=np.float32),
    )
