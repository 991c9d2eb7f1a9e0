import pytest


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("  Two   spaces ", "Two spaces"),
        ("No\u00a0break\u2009here", "No break here"),
        ("Zero\u200bwidth\ufeff", "Zerowidth"),
        ("So\u00adft", "Soft"),
        ("Bell\x07 and NUL\x00", "Bell and NUL"),
        ("Cafe\u0301", "Café"),
        ("Salt &amp; Pepper", "Salt & Pepper"),
        ("5 &euro; &#8211; cheap", "5 € – cheap"),
        ("Twice &amp;lt;b&amp;gt;escaped&amp;lt;/b&amp;gt;", "Twice escaped"),
        ("<b>Bold</b> <i class='x'>move</i>", "Bold move"),
        ("a < b and c > d", "a < b and c > d"),
        ("R&D kit", "R&D kit"),
        ("½ m² ™", "½ m² ™"),
        ("👩\u200d🔧 set", "👩\u200d🔧 set"),
        ("&nbsp;", None),
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
