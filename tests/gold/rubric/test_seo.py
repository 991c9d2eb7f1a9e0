import pytest


@pytest.mark.parametrize(("url", "lost"), [("http://shop.example.com/1", None), ("/lamps/42", 2.0), (None, 2.0)])
def test_url(gap_of, url, lost):
    gap = gap_of("url", {"url": url})

    assert (gap and gap[0]) == lost


@pytest.mark.parametrize(
    ("meta_title", "why"),
    [
        ("WALNUT lamp for you", None),
        (None, "absent"),
        ("Walnut", "shorter than 15 characters"),
        ("Walnut lamp " * 6, "longer than 60 characters"),
        ("Something else entirely", "holds none of the title's words"),
        ("-", "placeholder text"),
        ("LUMINA WALNUT FLOOR LAMP", "all in capitals"),
        ("Walnut &amp; linen floor lamp", "HTML left in the text"),
        ("Floorlamps for everyone", None),  # the word as a part of another
    ],
)
def test_meta_title(gap_of, meta_title, why):
    gap = gap_of("metaTitle", {"metaTitle": meta_title})

    assert (gap and gap[2]) == why


@pytest.mark.parametrize(
    ("meta_description", "why"),
    [
        ("Floor lamp of walnut. " * 3, None),
        ("Floor lamp of walnut.", "shorter than 50 characters"),
        ("Floor lamp of walnut. " * 10, "longer than 160 characters"),
        ("Anything that one could want, at prices that one can pay.", "holds none of the title's words"),
    ],
)
def test_meta_description(gap_of, meta_description, why):
    gap = gap_of("metaDescription", {"metaDescription": meta_description})

    assert (gap and gap[2]) == why


def test_without_a_title_no_word_can_be_common(gap_of):
    assert gap_of("metaTitle", {"title": None})[2] == "holds none of the title's words"


def test_meta_description_says_more_than_the_meta_title(gap_of):
    text = "Floor lamp of oiled walnut, dimmable, with a linen shade"
    gap = gap_of("metaDescription", {"metaTitle": text, "metaDescription": text})

    assert gap == (0.75, "weak", "the same text as the meta title")
