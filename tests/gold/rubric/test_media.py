import pytest

CDN = "https://cdn.example.com"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://cdn.example.com/a.jpg?w=500#x", None),
        ("http://127.0.0.1:8000/a.jpg", None),
        (None, (10.0, "missing", "absent")),
        ("cdn.example.com/a.jpg", (10.0, "weak", "not a well-formed http(s) URL")),
        ("ftp://cdn.example.com/a.jpg", (10.0, "weak", "not a well-formed http(s) URL")),
        ("https://cdn.example.com/a b.jpg", (10.0, "weak", "not a well-formed http(s) URL")),
        ("https://cdn/a.jpg", (10.0, "weak", "not a well-formed http(s) URL")),
        ("https://cdn.example.com/" + "a" * 2000, (10.0, "weak", "not a well-formed http(s) URL")),
        ("https://cdn.example.com/no-image.png", (7.5, "weak", "a placeholder image")),
    ],
)
def test_primary_image(gap_of, url, expected):
    assert gap_of("images", {"primaryImageUrl": url}) == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("status", (10.0, "weak", "known not to be reachable")),
        ("dns", (10.0, "weak", "known not to be reachable")),
        ("", None),
        (None, None),
    ],
)
def test_a_primary_image_known_to_be_broken_counts_for_nothing(gap_of, fault, expected):
    assert gap_of("images", {"primaryImageUrl": f"{CDN}/a.jpg", "_image_fault": fault}) == expected


def test_a_placeholder_that_is_broken_counts_for_nothing(gap_of):
    document = {"primaryImageUrl": f"{CDN}/no-image.png", "_image_fault": "timeout"}
    assert gap_of("images", document)[0] == 10.0


@pytest.mark.parametrize(
    ("urls", "lost"),
    [
        (None, 10.0),
        ([], 10.0),
        ([f"{CDN}/1.jpg"], 5.0),
        ([f"{CDN}/1.jpg", f"{CDN}/2.jpg"], 2.5),
        ([f"{CDN}/{n}.jpg" for n in range(3)], None),
        ([f"{CDN}/{n}.jpg" for n in range(9)], None),
        ([f"{CDN}/1.jpg"] * 3, 5.0),  # each counts once
        ([f"{CDN}/lamp.jpg", f"{CDN}/1.jpg"], 5.0),  # the primary one does not count again
        (["broken", None, f"{CDN}/1.jpg"], 5.0),  # only URLs count
    ],
)
def test_secondary_images_count(gap_of, urls, lost):
    gap = gap_of("secondaryImages", {"secondaryImages": urls})

    assert (gap and gap[:2]) == (lost and (lost, "weak"))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (500, 500, None),
        (None, None, None),
        (1500, 499, (3.0, "weak", "smaller than 500 pixels")),
        (499, None, (3.0, "weak", "smaller than 500 pixels")),
        (250, 2000, (3.0, "weak", "smaller than 500 pixels")),
        (249, 2000, (6.0, "weak", "smaller than 250 pixels")),
    ],
)
def test_a_primary_image_has_at_least_500_pixels_a_side(gap_of, width, height, expected):
    assert gap_of("images", {"_image_width": width, "_image_height": height}) == expected


@pytest.mark.parametrize(
    ("urls", "faults", "expected"),
    [
        ([f"{CDN}/{n}.jpg" for n in range(3)], 0, None),
        ([f"{CDN}/{n}.jpg" for n in range(3)], 1, (2.5, "two further images, three are wanted")),
        ([f"{CDN}/{n}.jpg" for n in range(3)], 3, (10.0, "no further image, three are wanted")),
        ([f"{CDN}/{n}.jpg" for n in range(5)], 1, (1.0, "some are known not to be reachable")),
        ([*(f"{CDN}/{n}.jpg" for n in range(3)), "broken"], 1, (1.0, "some are known not to be reachable")),
        (
            [*(f"{CDN}/{n}.jpg" for n in range(3)), f"{CDN}/1.jpg"],
            0,
            (1.0, "some repeat others or the primary one, or are no URL"),
        ),
        ([], 2, (10.0, "no further image, three are wanted")),
    ],
)
def test_secondary_images_that_cannot_be_shown_do_not_count(gap_of, urls, faults, expected):
    gap = gap_of("secondaryImages", {"secondaryImages": urls, "_secondary_faults": faults})

    assert (gap and (gap[0], gap[2])) == expected
