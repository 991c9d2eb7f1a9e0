import pytest

PLAIN = "Lumina Floor Lamp of Walnut with Linen Shade"


@pytest.mark.parametrize(
    ("title", "why"),
    [
        (PLAIN, None),
        (None, "absent"),
        ("PRODUCT 1", "placeholder text"),
        ("Your product title here", "placeholder text"),
        ("Lamp", "shorter than 10 characters"),
        ("Lumina floor lamp", "shorter than 30 characters"),
        ("Lumina floor lamp with many words" + " of oak or ash or of" * 6, "longer than 150 characters"),
        ("LUMINA FLOOR LAMP OF WALNUT WITH LINEN SHADE", "all in capitals"),
        ("<b>Lumina</b> floor lamp with warm light", "HTML left in the text"),
        ("Lumina salt &amp; pepper mill of walnut, two pieces", "HTML left in the text"),
        ("Lumina lampe de salon en noyer & lin – éclairage chaud", None),
        ("Lumina 胡桃木落地灯 USB 可调光暖光客厅卧室办公室现代简约风格温馨优雅小巧设计师款", None),
        ("LMN-4711-00 / 88.123-B (4006381333931)", "only codes, no word"),
        ("Lumina 4711-00 / 88.123-B (4006381333931)", None),
        ("Lumina lamp, floor lamp, desk lamp, wall lamp", "the same words again and again"),
        ("Lumina Lamp for the floor, the desk and the wall", None),
        (f"{PLAIN}, with oiled foot and walnut stand, with silken cord, dimmed with a foot switch", None),
        ("Lumina lamp, oak, ash, elm, fir, yew, walnut", "a list of keywords"),
        ("Lumina lamp with shade, oak, 40 W, dimmable", None),
        (PLAIN + " ★★★", "characters that only catch the eye"),
        (PLAIN + " 🔥", "characters that only catch the eye"),
        (PLAIN + "!!", "characters that only catch the eye"),
        (PLAIN + "!", None),
    ],
)
def test_title(gap_of, title, why):
    gap = gap_of("title", {"title": title})

    assert (gap and gap[2]) == why


@pytest.mark.parametrize(
    "words",
    [
        *("free shipping", "FREE SHIPPING", "Ships Free", "Sale!", "on sale", "best price", "20% off", "20 % OFF"),
        *("-50%", "buy one get one", "clearance", "save $20", "only today only", "limited time", "buy now"),
        *("versandkostenfrei", "kostenloser Versand", "20% Rabatt", "bester Preis", "Sonderangebot", "nur heute"),
        *("livraison gratuite", "meilleur prix", "soldes", "20% de réduction", "offre spéciale", "offre speciale"),
        *("envío gratis", "mejor precio", "rebajas", "20% de descuento", "oferta especial"),
        *("frete grátis", "melhor preço", "20% de desconto", "spedizione gratuita", "miglior prezzo", "20% di sconto"),
        *("gratis verzending", "beste prijs", "20% korting", "uitverkoop", "aanbieding"),
    ],
)
@pytest.mark.parametrize("form", ["{} {}", "{} – {}"])
def test_promotional_words_of_seven_languages(gap_of, words, form):
    assert gap_of("title", {"title": form.format(PLAIN, words)})[2] == "promotional words"


@pytest.mark.parametrize(
    "words",
    [
        *("free-standing", "sugar free", "sales counter bell", "50% cotton", "100 % Wolle", "-30% de sel por ración"),
        *("priced gallery book", "Freizeit", "kostbar", "gratin dish", "offering bowl", "wholesale pack", "price tag"),
        *("Saldo", "promontory print", "heute show DVD", "soldered joints", "Clear Glass"),
    ],
)
def test_words_that_only_look_promotional(gap_of, words):
    assert gap_of("title", {"title": f"{PLAIN} {words}"}) is None


@pytest.mark.parametrize(
    ("brand", "title", "named"),
    [
        ("Lumina", "Floor Lamp of Walnut with Linen Shade", False),
        ("Lumina", "LUMINA: Floor Lamp of Walnut with Linen Shade", True),
        ("Lumina Lighting GmbH", "Floor Lamp of Walnut by Lumina, with Linen Shade", True),
        ("L'Oréal", "Loreal Floor Lamp of Walnut with Linen Shade", True),
        ("Coca-Cola", "Coca Cola Floor Lamp of Walnut with Shade", True),
        ("3M", "Floor Lamp of Walnut with a Shade by 3M", True),
        ("3M", "Floor Lamp of Walnut with a Linen Shade", False),
        ("N/A", "Floor Lamp of Walnut with a Linen Shade", True),  # a placeholder needs no naming
        ("&", "Floor Lamp of Walnut with a Linen Shade", True),
        (None, "Floor Lamp of Walnut with a Linen Shade", True),
        ("無印良品", "無印良品 Floor Lamp of Walnut with a Linen Shade", True),
    ],
)
def test_a_title_names_the_brand(gap_of, brand, title, named):
    gap = gap_of("title", {"title": title, "brand": brand})

    assert gap == (None if named else (1.0, "weak", "does not name the brand"))


@pytest.mark.parametrize(
    ("values", "title", "named"),
    [
        ({}, "Lumina Overshirt with Two Pockets", False),
        ({"color": "walnut"}, "Lumina Overshirt in Walnut, Two Pockets", True),
        ({"color": "navy/white"}, "Lumina Overshirt in Navy, Two Pockets", True),
        ({"material": "organic cotton"}, "Lumina Overshirt of Cotton, Two Pockets", True),
        ({"size": "XL"}, "Lumina Overshirt with Pockets (XL)", True),
        ({"size": "M"}, "Lumina Overshirt with Many Pockets", False),
        ({"size": "M"}, "Lumina Overshirt with Pockets, M", True),
        ({"color": None, "size": None, "material": None}, "Lumina Overshirt with Two Pockets", True),
    ],
)
def test_a_title_of_clothes_names_what_tells_variants_apart(gap_of, values, title, named):
    known = {"color": "blue", "size": "S", "material": "linen"} | values
    gap = gap_of("title", {"categoryPath": "Apparel > Clothing > Shirts", "title": title} | known)

    assert gap == (None if named else (1.0, "weak", "names neither its colour, its size nor its material"))


@pytest.mark.parametrize(
    ("path", "title", "why"),
    [
        (
            "Electronics > Audio > Speakers",
            "Lumina Loudspeaker in a Walnut Case",
            "names neither a model nor a measure",
        ),
        ("Electronics > Audio > Speakers", "Lumina Loudspeaker L2 in a Walnut Case", None),
        ("Food > Oils > Olive Oil", "Lumina Olive Oil of the First Pressing", "names no amount"),
        ("Food > Oils > Olive Oil", "Lumina Olive Oil of the First Pressing, 500 ml", None),
        ("Books > Cooking > Pasta", "Lumina Olive Oil and Everything About It", None),
    ],
)
def test_a_title_names_model_or_amount_where_buyers_need_it(gap_of, path, title, why):
    gap = gap_of("title", {"categoryPath": path, "title": title})

    assert (gap and gap[2]) == why
