"""Whatever could be accepted meets: comparing all pairs of a catalog with each other finds nothing more."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.duplicates import generated
from services.silver.matching import PRODUCT_SCHEMA, Pairs, Strictness, accepted, all_accepted, promising, read_catalog
from services.silver.matching import commonness as commonness_module
from services.silver.matching import meeting as meeting_module

WORDS = ("Zorvex", "Kelvaro", "QX-100", "QX100", "QX-100B", "DSC W120", "D90", "VLT-3310", "desk", "lamp", "camera")
WORDS += ("portable", "classic", "black", "white", "500 ml", "1 l", "Sunrise", "2", "1999", "MBA-PNK-SEE")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
PRODUCTS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "brand": st.sampled_from(("Zorvex", "Kelvaro", "Desk Lamp", "", None)),
        "description": TEXTS,
        "mpn": st.sampled_from(("QX100", "MP6207", None)),
        "price": st.sampled_from(("10.00", "12.00", "99.00", None)),
    }
)


def frame(products):
    rows = [{"product_id": f"P{place}", "sequence": place, **product} for place, product in enumerate(products)]
    return pl.DataFrame(rows, schema=PRODUCT_SCHEMA)


def by_all_pairs(products, strictness):
    read, _ = read_catalog([products], threads=1)
    left, right = (ends.astype(np.int64) for ends in np.triu_indices(products.height, 1))
    pairs = promising(Pairs(left, right, np.ones(len(left), dtype=np.float32)), read.profile)
    return accepted(read, pairs, strictness).sort("left", "right")


def by_meeting(products, strictness):
    read, blocks = read_catalog([products], threads=1)
    return all_accepted(read, blocks, strictness, threads=1).sort("left", "right")


@settings(max_examples=150)
@given(products=st.lists(PRODUCTS, min_size=1, max_size=40), strictness=st.sampled_from(Strictness))
def test_all_pairs_find_nothing_more(products, strictness):
    catalog = frame(products)
    assert by_meeting(catalog, strictness).equals(by_all_pairs(catalog, strictness))


@settings(max_examples=25)
@given(products=st.lists(PRODUCTS, min_size=30, max_size=120))
def test_nor_where_words_and_codes_are_common(products):
    """With steps so low that many words and codes are of the last one."""
    with _LowSteps():
        catalog = frame(products)
        assert by_meeting(catalog, Strictness.LOOSE).equals(by_all_pairs(catalog, Strictness.LOOSE))


class _LowSteps:
    def __enter__(self):
        self.words, self.codes = commonness_module.WORD_STEPS.copy(), commonness_module.CODE_STEPS.copy()
        commonness_module.WORD_STEPS[:] = (2, 3, 4, 6, 9)
        commonness_module.CODE_STEPS[:] = (2, 3, 5)

    def __exit__(self, *_error):
        commonness_module.WORD_STEPS[:] = self.words
        commonness_module.CODE_STEPS[:] = self.codes


def test_nor_in_a_larger_catalog(monkeypatch):
    monkeypatch.setattr(meeting_module, "AT_ONCE", 500)
    monkeypatch.setattr(commonness_module, "LINES", 300)
    catalog = generated(1200).sort("sequence")
    found = by_meeting(catalog, Strictness.NORMAL)
    assert found.height >= 10
    assert found.equals(by_all_pairs(catalog, Strictness.NORMAL))


def test_of_titles_of_common_words_alone_only_equal_ones_meet_and_no_crowds():
    """A thousand wallets say nothing of which of them are one; two of one title do."""
    crowd = [{"title": "Black leather wallet"}] * 300
    catalog = frame([*crowd, *[{"title": "Leather wallet"}] * 2, *[{"title": "Red Sunrise wallet"}] * 2])
    assert by_meeting(catalog, Strictness.LOOSE).select("left", "right").rows() == [(300, 301), (302, 303)]


def test_what_only_looks_the_same_in_size_or_colour_is_not_one_crowd():
    """Variants without a parent: one title, sizes apart, and one of them told twice."""
    variants = [{"title": "Zorvex Sunrise shirt", "brand": "Zorvex", "size": str(number)} for number in range(30)]
    catalog = frame([*variants, variants[7]])
    assert by_meeting(catalog, Strictness.NORMAL).select("left", "right").rows() == [(7, 30)]


def test_the_last_code_is_one_as_any_other():
    """That of the next one would be beyond the numbers there are."""
    last = np.array([0xFFFFFFFF], dtype=np.uint32)
    asking = np.array([3, 4])
    index = meeting_module._index(last.repeat(2), asking)
    found = [(one.tolist(), other.tolist()) for one, other in meeting_module._expanded(asking, index, last.repeat(2))]
    assert found == [([3, 3, 4, 4], [3, 4, 3, 4])]
