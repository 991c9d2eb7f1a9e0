import pytest

OAK = "Solid oak from sustained forests, oiled by hand and delivered in one piece by two people. "
LONG = OAK + "It keeps its shape through years of daily use and is easy to repair when it does not."
NO_TWO = "".join(f"The {number}th drawer holds {number * 7} pencils and a rubber. " for number in range(1, 300))


@pytest.mark.parametrize(
    ("description", "why"),
    [
        (LONG, None),
        ("Short.", "shorter than 40 characters"),
        (OAK, "shorter than 100 characters"),
        (LONG[:130], "shorter than 160 characters"),
        (NO_TWO, "longer than 5000 characters"),
        (LONG.upper(), "all in capitals"),
        (f"<p>{LONG}</p>", "HTML left in the text"),
        (OAK * 3, "the same sentences again and again"),
        (OAK * 2 + LONG, "the same sentences again and again"),
        ((OAK.strip() + "\n") * 3, "the same sentences again and again"),
        (OAK + LONG, None),  # once again is not again and again
        (LONG + " Ca. 3 kg. Ca. 4 kg. Ca. 5 kg.", None),
        (LONG + " More on www.example.com.", "a web or mail address"),
        (LONG + " See HTTPS://example.com/a", "a web or mail address"),
        (LONG + " Ask shop@example.com", "a web or mail address"),
        (LONG + " Free shipping on all orders!", "promotional words"),
        (LONG + " Jetzt kaufen!", "promotional words"),
        ("Lorem ipsum dolor sit amet, " * 10, "placeholder text"),
        (
            "Pellentesque habitant morbi tristique senectus et netus et malesuada fames ac turpis egestas. " * 3,
            "placeholder text",
        ),
        ("lumina walnut floor lamp with dimmable warm light", "the same text as the title"),
    ],
)
def test_description(gap_of, description, why):
    gap = gap_of("description", {"description": description})

    assert (gap and gap[2]) == why


@pytest.mark.parametrize(
    ("short", "why"),
    [
        (OAK, None),
        (OAK.upper(), "all in capitals"),
        (OAK + "&nbsp;", "HTML left in the text"),
        (OAK + "Best price!", "promotional words"),
        ("Nice lamp", "shorter than 30 characters"),
        (OAK * 6, "longer than 500 characters"),
        ("Lumina Walnut Floor Lamp with Dimmable Warm Light", "the same text as the title or the description"),
    ],
)
def test_short_description(gap_of, short, why):
    gap = gap_of("shortDescription", {"shortDescription": short})

    assert (gap and gap[2]) == why


def test_short_description_alone_repeats_nothing(gap_of):
    assert gap_of("shortDescription", {"title": None, "description": None}) is None


def test_short_description_does_not_repeat_the_description(gap_of, flawless_product):
    gap = gap_of("shortDescription", {"shortDescription": flawless_product["description"].upper()})

    assert gap[2] == "the same text as the title or the description"
