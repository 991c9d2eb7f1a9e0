"""Products that may be one, directly or through others, so that a catalog can be compared a batch at a time."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from services.silver.matching.postings import Postings, product_of, term_of

Edges: TypeAlias = npt.NDArray[np.int64]
"""Two numbers (`sequence`) a row: products that may be one."""

CROWD: Final = 1_000
"""Products of one identity beyond which they are not even compared."""
BATCH: Final = 10_000
"""Products that are compared at once, about; as many more as the last ones have to do with."""


def edges_of(postings: Postings) -> tuple[Edges, Postings]:
    """What sorted postings of shared identities say: the edges, and the postings of crowds, which say nothing."""
    _, start, count = np.unique(term_of(postings), return_index=True, return_counts=True)
    products = product_of(postings)
    edges = np.stack((np.repeat(products[start], count), products), axis=1)
    crowded = np.repeat(count > CROWD, count)
    return edges[~crowded & (edges[:, 0] != edges[:, 1])], postings[crowded]


def batches(edges: Sequence[Edges], size: int) -> Iterator[list[int]]:
    """The products of the edges in batches of about `size`, so that no edge leads from one batch to another."""
    ends = np.concatenate([np.zeros((0, 2), dtype=np.int64), *edges])
    if not len(ends):
        return
    products, place = np.unique(ends, return_inverse=True)
    one, other = place.reshape(-1, 2).T
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(products), len(products)))
    _, component = connected_components(graph, directed=False)
    order = np.argsort(component, kind="stable")
    products, component = products[order], component[order]
    start = 0
    while start < len(products):
        last = component[min(start + size, len(products)) - 1]
        end = int(np.searchsorted(component, last, side="right"))
        yield products[start:end].tolist()
        start = end
