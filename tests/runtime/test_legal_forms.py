import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.legal_forms import without_legal_form


@pytest.mark.parametrize(
    "form",
    [
        *("inc", "inc.", "ltd.", "limited", "llc", "l.l.c.", "gmbh", "gmbh & co. kg", "ag", "s.a.", "sa", "sarl"),
        *("s.a\u0300 r.l.", "s.p.a.", "b.v.", "bv", "oy", "ab", "co.", "& co", "corp.", "kg", "co., ltd.", "pty ltd"),
        *("s.a. de c.v.", "(llc)", "a/s", "n.v.", "s.r.o.", "sp. z o.o.", "& cie"),
    ],
)
def test_a_form_at_the_end_is_left_out(form):
    assert without_legal_form(f"acme {form}").rstrip(" ,.") == "acme"


def test_a_form_needs_no_space_after_a_comma():
    assert without_legal_form("acme,inc.") == "acme"


@pytest.mark.parametrize(
    "name",
    [
        *("ag", "inc.", "& co", "m & co", "the company", "the limited", "... inc", "", "   "),
        *("kg acme", "acmeinc", "beauty spa", "h&co", "coab", "acme lamps", "good as", "costco"),
    ],
)
def test_what_is_a_name_stays(name):
    assert without_legal_form(name) == name


@given(st.text(st.sampled_from("abcgik .,&()"), max_size=60))
def test_a_name_always_stays(name):
    assert any(map(str.isalnum, without_legal_form(name))) == any(map(str.isalnum, name))


@pytest.mark.parametrize("text", [" " * 100_000 + "x", "x" * 100_000 + " inc" * 9, ", inc" * 30_000])
def test_long_texts_take_no_time(text):
    assert without_legal_form(text)
