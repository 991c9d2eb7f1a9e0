"""What is kept of feeds, for how long, and who makes them."""

import threading

import pytest

from services.gold.feeds.making import Made, Wanted
from services.gold.feeds.shelf import Shelf
from services.runtime.errors import DeadlineExceeded

GOOGLE = Wanted("ws_a", "google", "rss")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "feeds"


@pytest.fixture
def shelf(folder):
    return Shelf(folder, keep_seconds=3600, most_feeds=3, most_bytes=1000)


def writes(text, calls=None):
    """Makes a feed that says this."""

    def make(path):
        if calls is not None:
            calls.append(path)
        path.write_text(text)
        return Made(1, len(text), f"{hash(text):064x}")

    return make


def read(shelf, wanted, make, *, anew=False):
    feed, content = shelf.get(wanted, make, anew=anew, wanted_still=lambda: True)
    with content:
        return feed, content.read().decode()


def files(folder):
    return {path.read_text() for path in folder.iterdir()}


def test_what_an_earlier_life_left_is_removed(folder):
    folder.mkdir()
    (folder / "left.feed").write_text("old")
    Shelf(folder, keep_seconds=1, most_feeds=1, most_bytes=1)
    assert files(folder) == set()


def test_a_kept_feed_is_not_made_again(shelf, folder):
    calls = []
    first = read(shelf, GOOGLE, writes("a", calls))
    assert read(shelf, GOOGLE, writes("b", calls)) == first
    assert len(calls) == 1
    assert read(shelf, GOOGLE, writes("b", calls), anew=True)[1] == "b"
    assert files(folder) == {"b"}


def test_what_is_over_age_is_made_again(folder):
    shelf = Shelf(folder, keep_seconds=0, most_feeds=3, most_bytes=1000)
    assert [read(shelf, GOOGLE, writes(text))[1] for text in "ab"] == ["a", "b"]


def test_unchanged_content_keeps_its_time(shelf):
    first, _ = read(shelf, GOOGLE, writes("a"))
    second, _ = read(shelf, GOOGLE, writes("a"), anew=True)
    assert (first.changed_at, first.etag) == (second.changed_at, second.etag)
    assert first.path != second.path


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [([1, 1, 1], 3), ([1, 1, 1, 1], 3), ([600, 500, 400], 2), ([600, 500, 600], 1), ([5000], 1), ([1, 5000], 1)],
)
def test_the_oldest_go_where_there_is_no_room(shelf, folder, sizes, kept):
    texts = [str(place) * size for place, size in enumerate(sizes)]
    for offset, text in enumerate(texts):
        read(shelf, Wanted("ws_a", "google", "rss", offset=offset), writes(text))
    assert files(folder) == set(texts[-kept:])


def test_a_feed_that_goes_while_it_is_read_is_read_to_its_end(shelf):
    _, content = shelf.get(GOOGLE, writes("first"), anew=False, wanted_still=lambda: True)
    with content:
        read(shelf, GOOGLE, writes("second"), anew=True)
        assert content.read() == b"first"


def test_a_making_that_fails_leaves_nothing(shelf, folder):
    def breaks(path):
        path.write_text("half")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        read(shelf, GOOGLE, breaks)
    assert files(folder) == set()
    assert read(shelf, GOOGLE, writes("whole"))[1] == "whole"


class Slow:
    """A making that goes on until it is let."""

    def __init__(self, text):
        self.text = text
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.calls = []

    def __call__(self, path):
        self.begun.set()
        self.go_on.wait(20)
        return writes(self.text, self.calls)(path)


@pytest.fixture
def slow(shelf):
    making = Slow("a")
    thread = threading.Thread(target=read, args=(shelf, GOOGLE, making))
    thread.start()
    making.begun.wait(20)
    yield making
    making.go_on.set()
    thread.join()


def test_who_asks_meanwhile_waits_for_it(shelf, slow):
    found, waiting = [], threading.Event()

    def still():
        waiting.set()
        return True

    def second():
        feed, content = shelf.get(GOOGLE, slow, anew=False, wanted_still=still)
        with content:
            found.append((feed, content.read()))

    thread = threading.Thread(target=second)
    thread.start()
    assert waiting.wait(20)
    slow.go_on.set()
    thread.join()
    assert len(slow.calls) == 1
    assert found[0][1] == b"a"


def test_who_has_gone_waits_no_longer(shelf, slow):
    with pytest.raises(DeadlineExceeded):
        shelf.get(GOOGLE, slow, anew=False, wanted_still=lambda: False)


def test_another_feed_is_made_meanwhile(shelf, slow):
    assert read(shelf, Wanted("ws_b", "google", "rss"), writes("b"))[1] == "b"


def test_who_wants_it_anew_does_not_take_what_began_before(shelf, slow):
    found, waiting = [], threading.Event()

    def still():
        waiting.set()
        return True

    def second():
        _, content = shelf.get(GOOGLE, writes("anew"), anew=True, wanted_still=still)
        with content:
            found.append(content.read())

    thread = threading.Thread(target=second)
    thread.start()
    assert waiting.wait(20)
    slow.go_on.set()
    thread.join()
    assert found == [b"anew"]
