import pytest


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("MÃ¼ller", "Müller"),
        ("Menâ€™s shoe", "Men’s shoe"),
        ("Â£5 voucher", "£5 voucher"),
        ("ÃƒÂ¼ber", "über"),
        ("WeiÃŸ", "Weiß"),
        ("Gro\u00c3\u009f", "Groß"),
        ("Ð¡Ñ‚Ð¾Ð»", "Стол"),
        ("M&Atilde;&frac14;ller", "Müller"),
        ("SÃO PAULO", "SÃO PAULO"),
        ("CAFÉ™", "CAFÉ™"),
        ("Müller", "Müller"),
    ],
)
def test_misread_encodings(column, source, meant):
    assert column("brand", source) == [meant]
    assert column("description", source) == [meant]


def test_the_change_names_the_rule(run):
    (product,) = run({"title": "MÃ¼ller", "tags": "BebÃ©|Kind"})
    assert product["changes"] == [
        {"field": "title", "before": "MÃ¼ller", "after": "Müller", "rule": "text.mojibake"},
        {"field": "tags", "before": ["BebÃ©", "Kind"], "after": ["Bebé", "Kind"], "rule": "text.mojibake"},
    ]
