import pytest


@pytest.mark.parametrize(
    ("size", "sources"),
    [
        ("XL", "Extra Large; x-large; XL; xl; Extra-Large; Xtra Large"),
        ("XXL", "2XL; XXL; xx-large; 2X-Large"),
        ("3XL", "XXXL; 3xl; 3 XL"),
        ("S", "Small; s; SMALL"),
        ("L", "Large; groß; groot; grande"),
        (
            "One Size",
            "One size; ONE SIZE; one-size; O/S; OSFA; Einheitsgröße; Taille unique; TU; Talla única; Tamanho único;"
            " Taglia unica; Eén maat",
        ),
        ("EU 42", "EU 42; 42 EU; EU42; eur 42; EUR42; 42EU; EU: 42"),
        ("UK 9.5", "UK 9.5; UK 9,5; 9.5 UK; GB 9,5"),
        ("US M", "US M; us m"),
        ("42.5", "42,5; 42.5; Gr. 42,5; Größe 42.5; Taille 42,5; T.42.5; Talla: 42,5; size 42.5"),
        ("S-M", "S - M; S–M; small - medium"),
        ("36-38", "36-38; 36 – 38"),
        ("S/M", "S/M; S / M; Small/Medium"),
        ("EU 42/UK 8", "EU 42 / UK 8; 42 EU/8 UK"),
        ("W32/L34", "W32 L34; W32/L34; w32 x l34"),
        ("L, M, S", "Large, Medium, Small; L, M, S"),
        ("38, 39, 40.5", "38, 39, 40,5"),
        ("500 ml", "500ml; 500 ML; 500 ml"),
        ("10 x 20 cm", "10x20cm; 10 x 20 cm"),
    ],
)
def test_each_size_has_one_spelling(column, size, sources):
    assert set(column("size", *sources.split("; "))) == {size}


@pytest.mark.parametrize(
    "source", ["32/34", "32 L", "12M", "3-4 years", "42½", "Queen", "A4", "7", "32x34", "P", "Petite"]
)
def test_what_has_no_other_spelling_stays(run, source):
    (product,) = run({"size": source})
    assert (product["size"], product["changes"], product["rules"]) == (source, [], [])


def test_the_change_is_explained(run):
    (product,) = run({"Größe": "Einheitsgröße"})
    assert product["changes"] == [
        {"field": "size", "before": "Einheitsgröße", "after": "One Size", "rule": "size.spelling"}
    ]


@pytest.mark.parametrize("source", ["N/A", "none", "Default", "TBD"])
def test_what_is_no_size_is_flagged(run, source):
    (product,) = run({"size": source})
    assert (product["size"], product["rules"]) == (source, ["size.placeholder"])


@pytest.mark.parametrize("source", ["16 GB", "256GB", "8-10 UK"])
def test_a_country_is_read_only_where_it_stands_by_its_own_figure(column, source):
    assert column("size", source) == [source]
