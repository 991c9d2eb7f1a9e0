"""Texts become tokens whose hash does not depend on where they stand."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from services.silver.matching.tokens import Text, cleaned, hash_words


def codes(*texts):
    text = Text(cleaned(pl.Series(texts, dtype=pl.String)))
    return list(zip(text.codes.document, text.hashed(text.codes.start, text.codes.end), strict=True))


def test_a_code_is_the_same_with_and_without_punctuation():
    found = codes("camera DSC-W120/B", "DSCW120B camera")
    assert found[1][1] == found[2][1]
    assert found[0][1] == found[3][1]


def test_a_code_and_another_differ():
    assert codes("DSC-W120")[0][1] != codes("DSC-W130")[0][1]


def test_documents_are_counted_with_empty_ones_between():
    assert [document for document, _ in codes("a1", None, "", "b2 c3")] == [0, 3, 3]


def test_accents_case_and_decimals_are_cleaned():
    assert cleaned(pl.Series(["Café 8.0 MP", '24" TV 1,000 g'])).to_list() == ["cafe 8 mp", "24 inch  tv 1000g"]


def test_a_decimal_is_not_the_number_without_its_mark():
    assert codes("2.5")[0][1] != codes("25")[0][1]


@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=8))
def test_any_text_is_read(texts):
    text = Text(cleaned(pl.Series(texts, dtype=pl.String)))
    for tokens in (text.words, text.codes):
        assert (tokens.end > tokens.start).all()
        assert ((tokens.document >= 0) & (tokens.document < max(len(texts), 1))).all()


def test_words_of_the_lexicon_have_one_hash_each():
    assert len(hash_words("black white schwarz")) == 3
