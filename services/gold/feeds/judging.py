"""What a channel refuses of the products of a feed: its rules, and ids that come again."""

import numpy as np
import numpy.typing as npt
import polars as pl

from services.gold.channels.rule import FEED_ID, REPEATED
from services.gold.channels.rules import RULES, broken, is_ready


class Judge:
    """Looks at the products of one feed, some thousand at a time, in the feed's order.

    A channel takes one product for each id; Meta ignores all that share one. So only the first of those that are ready
    otherwise goes into a feed. Ids are remembered by their hashes, 8 bytes each: of a million products none is taken
    for another with a probability of 0.99999997.
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel
        bits = [bit for bit, rule in enumerate(RULES[channel]) if rule.id.endswith(f".{REPEATED}")]
        self._repeated = pl.Series([sum(1 << bit for bit in bits)], dtype=pl.UInt64)
        self._nothing = pl.Series([0], dtype=pl.UInt64)
        self._seen = np.empty(0, dtype=np.uint64)

    def masks(self, products: pl.DataFrame) -> pl.Series:
        """The rules that each product breaks, as bits."""
        masks = broken(products)[self._channel]
        ready = is_ready(masks, self._channel)
        again = self._again(products.filter(ready).select(FEED_ID).to_series())
        if not again.any():
            return masks
        places = pl.Series(np.flatnonzero(ready.to_numpy())[again])
        return masks | self._nothing.new_from_index(0, len(masks)).scatter(places, self._repeated[0])

    def _again(self, ids: pl.Series) -> npt.NDArray[np.bool_]:
        """Which of these ids came before, here or earlier."""
        hashes = ids.hash().to_numpy()
        places = np.searchsorted(self._seen, hashes)
        known = np.append(self._seen, np.uint64(0))[places] == hashes
        known &= places < len(self._seen)
        fresh = np.unique(hashes[~known])
        self._seen = np.insert(self._seen, np.searchsorted(self._seen, fresh), fresh)
        again: npt.NDArray[np.bool_] = known | ~ids.is_first_distinct().to_numpy()
        return again
