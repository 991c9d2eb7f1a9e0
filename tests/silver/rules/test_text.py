import unicodedata

import polars as pl
import pytest

from services.silver.rules.text import _SEEN


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("  Two   spaces ", "Two spaces"),
        ("No\u00a0break\u2009here", "No break here"),
        ("Zero\u200bwidth\ufeff", "Zerowidth"),
        ("So\u00adft", "Soft"),
        ("Bell\x07 and NUL\x00", "Bell and NUL"),
        ("Cafe\u0301", "Café"),
        ("a\u05e9\u200d\u037eb", "a\u05e9;b"),
        ("Salt &amp; Pepper", "Salt & Pepper"),
        ("5 &euro; &#8211; cheap", "5 € – cheap"),
        ("Twice &amp;lt;b&amp;gt;escaped&amp;lt;/b&amp;gt;", "Twice escaped"),
        ("<b>Bold</b> <i class='x'>move</i>", "Bold move"),
        ("a < b and c > d", "a < b and c > d"),
        ("R&D kit", "R&D kit"),
        ("½ m² ™", "½ m² ™"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("&nbsp;", None),
        ("<b>[]", "<b>[]"),
        ("<b>[New]</b> lamp", "[New] lamp"),
        ("&unknownthing;", "&unknownthing;"),
    ],
)
def test_single_line_text(column, source, clean):
    assert column("title", source) == [clean]


def test_description_keeps_paragraphs_and_loses_markup(column):
    source = "<p>Light shoe.</p><ul><li>Mesh</li><li>Foam</li></ul><script>alert(1)</script>\r\nEnd<br/>"
    assert column("description", source) == ["Light shoe.\n\nMesh\n\nFoam\n\nEnd"]


def test_description_white_space(column):
    assert column("description", " a \t b \n\n\n\n c ") == ["a b\n\nc"]


def test_the_last_rule_that_changed_the_field_is_named(run):
    (product,) = run({"title": "Cafe\u0301", "description": "<b>x</b>"})
    assert product["changes"] == [
        {"field": "title", "before": "Cafe\u0301", "after": "Café", "rule": "text.unicode"},
        {"field": "description", "before": "<b>x</b>", "after": "x", "rule": "text.html"},
    ]
    assert product["_fields_normalized"] == 2


def test_destroyed_characters_are_flagged(run):
    (product,) = run({"title": "Caf\ufffd"})
    assert (product["title"], product["rules"]) == ("Caf\ufffd", ["text.broken_encoding"])


def test_codes_are_trimmed_but_not_rewritten(column):
    assert column("sku", " A&amp;1 \u200b", "X<b>") == ["A&amp;1", "X<b>"]


def test_deeply_nested_markup_ends(column):
    (clean,) = column("title", "<b" * 500 + ">" * 500)
    assert "<" not in (clean or "")


def test_an_entity_of_no_character_destroys_nothing(run):
    (product,) = run({"description": "a &#0; b &#xD800; c"})
    assert (product["description"], product["rules"]) == ("a &#0; b &#xD800; c", [])


def test_characters_taken_for_seen_are_composed_whatever_stands_beside_them():
    ranges = [(0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x2FF), (0x2010, 0x2027), (0x20AC, 0x20AC), (0x2122, 0x2122)]
    seen = [chr(code) for first, last in ranges for code in range(first, last + 1)]
    assert pl.Series(seen).str.contains(rf"^[{_SEEN}]$").all()
    assert not any(unicodedata.combining(char) or unicodedata.category(char) in {"Cc", "Cf"} for char in seen)
    assert all(unicodedata.is_normalized("NFC", char + other) for char in seen for other in seen)


def test_fields_of_one_chunk_are_cleaned_each_under_its_own_rule(run):
    first, second = run(
        {"title": "A &amp; B", "brand": "Acme  Co", "color": "red", "description": "<p>x</p>  <p>y</p>"},
        {"title": "A & B", "brand": "&nbsp;", "color": "re\u200bd", "description": "x\n\ny"},
    )
    assert [(change["field"], change["after"], change["rule"]) for change in first["changes"]] == [
        ("brand", "Acme Co", "text.whitespace"),
        ("title", "A & B", "text.entities"),
        ("description", "x\n\ny", "text.whitespace"),
    ]
    assert [(change["field"], change["after"], change["rule"]) for change in second["changes"]] == [
        ("brand", None, "text.whitespace"),
        ("color", "red", "text.invisible"),
    ]


@pytest.mark.parametrize("spelling", ["<SCRIPT>x</script >", "<style type='a'>p{}</STYLE>", "<!-- x -->"])
def test_blocks_that_no_page_shows_go_with_their_content(column, spelling):
    assert column("title", f"a{spelling}b") == ["a b"]
    assert column("description", f"a{spelling}<br>b") == ["a\nb"]


def test_raised_figures_stay_raised(column):
    assert column("title", "Filter 10<sup>2</sup> m", "CO<sub>2</sub> 1<sup>st</sup>") == ["Filter 10² m", "CO2 1st"]
