import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.silver.rules.brand import NO_BRANDS

REGISTRY = ("Acme", "Nike", "Adidas", "Hewlett-Packard", "Robert Bosch", "Philips", "Phillips 66", "Sony", "HP")


@pytest.fixture(scope="module")
def brands():
    spellings = [(f"b{number}", name, name) for number, name in enumerate(REGISTRY)]
    return NO_BRANDS.extended([*spellings, ("b3", "Hewlett-Packard", "Hewlett Packard Enterprise")])


@pytest.mark.parametrize(
    ("unknown", "suggested"),
    [
        ("AcmeCorp", ["Acme"]),
        ("Addidas", ["Adidas"]),
        ("Hewlet Packard GmbH", ["Hewlett-Packard"]),
        ("Hewlett Packard Enterprises", ["Hewlett-Packard"]),
        ("Phillips", ["Philips", "Phillips 66"]),
        ("Nike Sportswear", ["Nike"]),
        ("Nobody", []),
        ("Sonos", []),
        ("", []),
        ("x" * 10_000, []),
    ],
)
def test_names_like_the_unknown_one(brands, unknown, suggested):
    assert list(brands.suggestions(unknown)) == suggested


def test_at_most_three_are_named():
    brands = NO_BRANDS.extended((str(number), f"Alderwood {number}", f"Alderwood {number}") for number in range(9))
    assert len(brands.suggestions("Alderwood")) == 3


def test_an_empty_registry_has_nothing_to_suggest():
    assert NO_BRANDS.suggestions("Acme") == ()


@given(st.text())
def test_every_name_may_be_asked_about(name):
    brands = NO_BRANDS.extended([("b", "Acme", "Acme"), ("c", "Łódź AG", "Łódź AG")])
    assert set(brands.suggestions(name)) <= {"Acme", "Łódź AG"}


def test_a_large_registry_is_asked_quickly():
    syllables = [first + vowel for first in "bdfgklmnprst" for vowel in "aeiou"]
    names = [f"{one}{two}{three}worth" for one in syllables for two in syllables for three in syllables[::18]]
    brands = NO_BRANDS.extended((name, name, name) for name in names)
    start = time.process_time()
    for name in names[:2_000:20]:
        assert name in brands.suggestions(f"{name} Lamps")
    assert time.process_time() - start < 3
