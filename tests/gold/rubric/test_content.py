import pytest

LONG = "Solid oak from sustained forests, oiled by hand and delivered in one piece by two people. "


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("Walnut Floor Lamp with Warm Light", None),
        (None, "absent"),
        ("PRODUCT 1", "placeholder text"),
        ("Your product title here", "placeholder text"),
        ("Lamp", "shorter than 10 characters"),
        ("Walnut floor lamp", "shorter than 30 characters"),
        ("W" + "alnut lamp " * 14, "longer than 150 characters"),
        ("WALNUT FLOOR LAMP WITH WARM LIGHT", "all in capitals"),
        ("<b>Walnut</b> floor lamp with warm light", "HTML left in the text"),
        ("Salt &amp; pepper mill of walnut, two pieces", "HTML left in the text"),
        ("Lampe de salon en noyer & lin – éclairage chaud", None),
        ("胡桃木落地灯 USB 可调光暖光客厅卧室办公室现代简约风格温馨优雅小巧设计师款", None),
    ],
)
def test_title(gap_of, title, why):
    gap = gap_of("title", {"title": title})

    assert (gap and gap[2]) == why


@pytest.mark.parametrize(
    ("description", "why"),
    [
        (LONG * 2, None),
        ("Short.", "shorter than 40 characters"),
        (LONG, "shorter than 100 characters"),
        (LONG + LONG[:30], "shorter than 160 characters"),
        (LONG * 60, "longer than 5000 characters"),
        ((LONG * 2).upper(), "all in capitals"),
        (f"<p>{LONG * 2}</p>", "HTML left in the text"),
        ("Lorem ipsum dolor sit amet, " * 10, "placeholder text"),
        (
            "Pellentesque habitant morbi tristique senectus et netus et malesuada fames ac turpis egestas. " * 3,
            "placeholder text",
        ),
        ("walnut floor lamp with dimmable warm light", "the same text as the title"),
    ],
)
def test_description(gap_of, description, why):
    gap = gap_of("description", {"description": description})

    assert (gap and gap[2]) == why


@pytest.mark.parametrize(
    ("short", "why"),
    [
        (LONG, None),
        ("Nice lamp", "shorter than 30 characters"),
        (LONG * 6, "longer than 500 characters"),
        ("Walnut Floor Lamp with Dimmable Warm Light", "the same text as the title or the description"),
        ("A floor lamp of oiled walnut with a linen shade. " * 5, "the same text as the title or the description"),
    ],
)
def test_short_description(gap_of, short, why):
    gap = gap_of("shortDescription", {"shortDescription": short})

    assert (gap and gap[2]) == why


def test_short_description_alone_repeats_nothing(gap_of):
    assert gap_of("shortDescription", {"title": None, "description": None}) is None
