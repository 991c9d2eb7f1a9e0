import pytest


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("★ Red shoe ★", "Red shoe"),
        ("►Red✔shoe", "Red shoe"),
        ("Red shoe!!!", "Red shoe!"),
        ("~*~ Red shoe ~*~", "Red shoe"),
        ("👩\u200d🔧 set 👍🏽", "set"),
        ("Flag 🇩🇪 shirt ❤️", "Flag shirt"),
        ("★★★", None),
        ("Acme® pipe ⌀ 5 °C ♯ ♂ 4 ✕ 5 → 6 ①", "Acme® pipe ⌀ 5 °C ♯ ♂ 4 ✕ 5 → 6 ①"),
        ("<★b>x", "< b>x"),
        ("★RED SHOES★", "Red Shoes"),
    ],
)
def test_titles_lose_what_says_nothing(column, source, clean):
    assert column("title", source) == [clean]


def test_descriptions_keep_it(run):
    (product,) = run({"title": "★ Shoe", "description": "★ Shoe!!!"})
    assert product["description"] == "★ Shoe!!!"
    assert [change["rule"] for change in product["changes"]] == ["text.decoration"]


def test_paragraphs_are_lines_in_descriptions_and_none_in_titles(column):
    source = "<p>One</p><ul><li>Two</li><li>Three</li></ul>"
    assert column("title", source) == ["One Two Three"]
    assert column("description", source) == ["One\n\nTwo\n\nThree"]
