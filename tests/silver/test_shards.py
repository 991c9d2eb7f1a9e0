"""Postings that were added and taken away again."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.silver.shards import balance

PIECES = st.lists(st.lists(st.integers(0, 5), max_size=6).map(lambda values: np.array(values, dtype=np.uint64)))


@given(added=PIECES, taken=PIECES)
def test_what_was_added_more_often_than_taken_is_left_as_often(added, taken):
    more, less = balance(added, taken)
    plus, minus = (Counter(int(value) for piece in pieces for value in piece) for pieces in (added, taken))
    assert more.tolist() == sorted((plus - minus).elements())
    assert sorted(less.tolist()) == sorted((minus - plus).elements())
