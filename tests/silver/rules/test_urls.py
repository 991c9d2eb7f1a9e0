import polars as pl
import pytest

from services.silver.rules.sheet import Sheet
from services.silver.rules.urls import normalize_urls


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("https://a.example.com/p?x=1&amp;y=2", "https://a.example.com/p?x=1&y=2"),
        ("//cdn.example.com/a.jpg", "https://cdn.example.com/a.jpg"),
        (' "https://a.de/1.jpg" ', "https://a.de/1.jpg"),
        ("https://a.de/my image.jpg", "https://a.de/my%20image.jpg"),
        ("https://bücher.example/ä.jpg", "https://bücher.example/ä.jpg"),
        ("http://localhost:8080/x", "http://localhost:8080/x"),
    ],
)
def test_sound_addresses(run, source, url):
    (product,) = run({"url": source})
    assert (product["url"], product["rules"]) == (url, [])


@pytest.mark.parametrize(
    "source", ["www.example.com/a", "ftp://a.de/x", "https://", "https://nodots/x", "n/a", "C:\\a.jpg"]
)
def test_broken_addresses_stay_and_are_flagged(run, source):
    (product,) = run({"url": source})
    assert (product["url"], product["rules"]) == (source, ["urls.broken"])


def test_lists_split_only_where_an_address_starts(run):
    (product,) = run(
        {
            "additional_image_link": "https://a.de/w_300,h_200/1.jpg,https://a.de/2.jpg | https://a.de/3.jpg https://a.de/2.jpg"
        }
    )
    assert product["secondaryImages"] == ["https://a.de/w_300,h_200/1.jpg", "https://a.de/2.jpg", "https://a.de/3.jpg"]
    assert product["_fields_normalized"] == 0


def test_checked_image_addresses_are_counted_and_broken_ones_too(run):
    (product,) = run(
        {"image_link": "https://a.de/1.jpg", "additional_image_link": "https://a.de/2.jpg,x", "link": "bad"}
    )
    assert product["_urls_validated"] == 3 or product["_urls_validated"] == 2
    assert "urls.broken" in product["rules"]


def test_the_primary_image_is_not_repeated(run):
    (product,) = run({"image_link": "https://a.de/1.jpg", "images": ["https://a.de/1.jpg", "https://a.de/2.jpg"]})
    assert product["secondaryImages"] == ["https://a.de/2.jpg"]
    assert product["_urls_validated"] == 2


def test_too_long(run):
    assert run({"url": "https://a.de/" + "x" * 2000})[0]["rules"] == ["urls.broken"]


@pytest.mark.parametrize(
    "source", ["https://a.de/1\nhttps://a.de/2", "https://a.de/1 https://a.de/2", "https://a.de/1\n."]
)
def test_two_addresses_in_one_field_are_never_taken_for_a_plain_one(source):
    sheet = Sheet(pl.Series(["p"]))
    sheet.load("url", pl.Series([source]))
    normalize_urls(sheet)
    assert sheet.changes("url") is not None or len(sheet.issues()) == 1


def test_images_that_are_the_same_once_tidy_stand_once(run):
    (product,) = run({"image_link": "https://a.de/1.jpg\x1f", "additional_image_link": "https://a.de/1.jpg"})
    assert (product["primaryImageUrl"], product["secondaryImages"]) == ("https://a.de/1.jpg", None)
