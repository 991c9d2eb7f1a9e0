import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workspace.names import SLUG, SLUG_LIMIT_CHARS, matching_key, slug_of


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Nike", "NIKE"),
        ("L'Oréal", "L’OREAL"),
        ("Dr. Martens", "dr martens"),
        ("H&M", "H & M"),
        ("Größe", "GROSSE"),
        ("Groß", "GROSS"),
        ("Søstrene Grene", "Sostrene Grene"),
        ("İstanbul", "istanbul"),
        ("Häagen-Dazs", "Haagen Dazs"),
        ("Ｎｉｋｅ", "nike"),
        ("ﬁla", "FILA"),
        ("Nestle\u0301", "Nestlé"),
        ("Адидас", "АДИДАС"),
        ("3M™", "3m tm"),
        ("Tab\tand\u00a0space", "tabandspace"),
    ],
)
def test_spellings_that_mean_the_same(one, another):
    assert matching_key(one) == matching_key(another)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Nike", "Nikee"),
        ("小米", "小麦"),
        ("ハ", "バ"),
        ("काका", "किकि"),
        ("กา", "กี"),
        ("3M", "M3"),
        ("!!!", "???"),
        ("Adidas", "Адидас"),
    ],
)
def test_names_that_differ(one, another):
    assert matching_key(one) != matching_key(another)


@given(st.text(min_size=1))
def test_a_key_is_its_own_key(name):
    assert matching_key(matching_key(name)) == matching_key(name)


@given(st.text(min_size=1).filter(str.strip))
def test_every_name_has_a_key(name):
    assert matching_key(name)


@given(st.text(st.characters(codec="ascii"), min_size=1))
def test_case_and_white_space_do_not_matter(name):
    assert matching_key(f" {name.upper()} ") == matching_key(name.lower())


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Nike", "nike"),
        ("L’Oréal Paris", "loreal-paris"),
        ("H&M", "h-m"),
        ("  Dr.  Martens! ", "dr-martens"),
        ("Groß", "gross"),
        ("Søstrene", "sostrene"),
        ("7-Eleven", "7-eleven"),
    ],
)
def test_slugs(name, slug):
    assert slug_of(name) == slug


def test_a_name_without_latin_letters_gets_a_stable_slug():
    assert re.fullmatch(r"brand-[0-9a-f]{8}", slug_of("小米"))
    assert slug_of("小米") == slug_of(" 小米 ") != slug_of("小麦")


@given(st.text(min_size=1))
def test_every_slug_fits_the_contract(name):
    slug = slug_of(name)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= SLUG_LIMIT_CHARS
