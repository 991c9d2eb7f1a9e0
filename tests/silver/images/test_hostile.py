"""Servers that do what no server should: nothing of it fails a run, or costs more than a picture's time."""

import gzip
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.silver.images import DatabaseCache, Reason
from services.silver.images.answers import retry_after, size_of
from tests.silver.images.conftest import png

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
NO_HEAD = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"


class RawServer:
    """Answers each request with bytes, or again and again with the second of two; then hangs up."""

    def __init__(self, get, head=NO_HEAD):
        self.answers = {"GET": get, "HEAD": head}
        self.asked = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://shop.example:{self._listener.getsockname()[1]}/a.png"
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def _listen(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=[connection]))
                self._threads[-1].start()

    def _serve(self, connection):
        with suppress(OSError), connection:
            connection.settimeout(10)
            while request := connection.recv(65_536):  # a request without a body comes in one piece
                method = request.split()[0].decode()
                self.asked.append(method)
                answer = self.answers[method]
                if answer == NO_HEAD:
                    connection.sendall(answer)
                    continue
                first, again = answer if isinstance(answer, tuple) else (answer, b"")
                connection.sendall(first)
                while again:
                    connection.sendall(again)
                return

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def asked(make_checker):
    """The fact of a server with those answers, and the methods it was asked with."""
    servers = []

    def run(get, head=NO_HEAD, cache=None, **limits):
        servers.append(server := RawServer(get, head))
        checker = make_checker(cache, ports=[server.port], **limits)
        fact = checker.check([server.url])[server.url]
        checker.close()
        return fact, server.asked

    yield run
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff\r\n\r\n",
        b"HTTP/1.1 2",
        b"HTTP/1.1 9999 OK\r\n\r\n",
        png(4, 3),
        (b"HTTP/1.1 200 ", b"a" * 10_000),
        (OK, b"X-A: b\r\n" * 1_000),
        (OK + b"X-A: ", b"a" * 10_000),
        OK + b"Content-Length: -5\r\n\r\n",
        OK + b"Content-Length: 99999999999999999999999\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabcde",
        OK + b"Content-Length: 500\r\n\r\n" + png(4, 3),
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\x00\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
@pytest.mark.parametrize("head", [False, True])
def test_what_is_no_http_is_no_connection(asked, answer, head):
    fact, _ = asked(answer, answer) if head else asked(answer)
    assert (fact.reason, fact.width) == (Reason.CONNECTION, None)


def test_endless_preliminary_answers_end_with_the_time_out(asked):
    fact, _ = asked((b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100), total_seconds=0.5)
    assert fact.reason is Reason.TIMEOUT


@pytest.mark.parametrize(
    "head", [b"", b"\x00\r\n\r\n", b"HTTP/1.1 501 No", OK + b"Content-Length: 5\r\n\r\nabcde", png(4, 3)]
)
def test_where_head_breaks_the_connection_the_first_bytes_decide(asked, head):
    body = png(40, 30)
    fact, methods = asked(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body, head)
    assert (fact.reachable, fact.width, set(methods)) == (True, 40, {"HEAD", "GET"})


def test_a_server_that_hangs_up_on_head_is_asked_with_head_by_the_first_attempt_only(asked):
    fact, methods = asked(b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b"")
    assert (fact.reason, fact.status, methods.count("GET")) == (Reason.STATUS, 500, 3)
    assert methods[-3:] == ["GET"] * 3


def test_of_a_large_answer_no_more_than_the_first_bytes_are_taken(asked):
    fact, _ = asked((OK + b"\r\n" + png(40, 30), bytes(100_000)))
    assert (fact.reachable, fact.width) == (True, 40)
    fact, _ = asked((b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n", bytes(100_000)))
    assert (fact.reason, fact.status) == (Reason.STATUS, 404)


def test_what_is_packed_is_not_unpacked(asked):
    bomb = gzip.compress(bytes(50_000_000))
    fact, _ = asked(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)
    assert (fact.reachable, fact.width) == (True, None)


def test_a_part_of_what_was_asked_for_as_a_whole_is_no_answer(asked):
    body = png(40, 30)
    part = b"HTTP/1.1 206 Partial Content\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % len(body)
    fact, methods = asked(part + body, part)
    assert (fact.reachable, fact.status, methods) == (True, 206, ["HEAD", "GET"])


@pytest.mark.parametrize("status", [0, 99, 101, 204, 206, 304, 999])
def test_a_status_other_than_200_is_told(asked, status):
    head = (
        f"HTTP/1.1 {status:03} ?\r\nContent-Type: image/png\r\nContent-Length: 5\r\nConnection: close\r\n\r\n".encode()
    )
    get = b"HTTP/1.1 416 ?\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" if status == 206 else head
    fact, _ = asked(get, head)
    assert fact.reason in {Reason.STATUS, Reason.CONNECTION}


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"Content-Type: image/p\xffng", "image/p??ng"),
        (b"Content-Type: image/\xed\xa0\x80", None),
        (b"Content-Type: IMAGE/PNG ; charset=\xff;;=;", "image/png"),
        (b"Content-Type: image/" + b"x" * 5_000, "image/" + "x" * 94),
        (b"Content-Type:", None),
        (b"Content-Type: text/html\r\nContent-Type: image/png", None),
    ],
)
def test_any_type_can_be_kept(asked, database, header, kept):
    cache = DatabaseCache(database)
    fact, _ = asked(b"HTTP/1.1 200 OK\r\n" + header + b"\r\nContent-Length: 5\r\n\r\nabcde", cache=cache)
    assert cache.get_many([fact.url]) == {fact.url: fact}
    assert (fact.content_type or "").isascii()
    if kept and b"\xff" not in header:
        assert (fact.reachable, fact.content_type) == (True, kept)


@pytest.mark.parametrize(
    "body",
    [
        b"P6 " + b"9" * 30 + b" 1 255 ",
        b"P6 " + b"9" * 20_000 + b" 1 255 ",
        b"<svg width='" + b"9" * 400 + b"' height='1'/>",
        b"<svg width='nan' height='inf'/>",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\x00\x00\x00",
        b"GIF89a\xff\xff\xff\xff\x00\x00\x00",
        b"BM" + bytes(16) + b"\x00\x00\x00\x80" * 2 + bytes(40),
    ],
)
def test_a_size_that_no_picture_has_is_none(asked, database, body):
    fact, _ = asked(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body, cache=DatabaseCache(database))
    assert (fact.reachable, fact.width, fact.height) == (True, None, None)


STARTS = (
    *(b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"BM", b"RIFF\x00\x00\x00\x00WEBPVP8", b"II*\x00", b"MM\x00*"),
    *(b"P6 ", b"<svg ", b"<?xml ", b"\x00\x00\x00\x0cjP  ", b"\x00\x00\x00\x18ftypavif", b"\x00\x00\x00\x18ftypheic"),
)


@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_first_bytes_have_a_size_or_none(start, rest):
    width, height = size_of(start + rest, "image/png")
    assert (width is None) is (height is None)
    assert width is None or (0 < width < 2**31 and 0 < height < 2**31)


DATES = st.tuples(*(st.integers(-(10**6), 10**6) for _ in range(5))).map(
    lambda numbers: "Wed, {} Oct {} {}:{}:07 {:+}".format(*numbers)
)


@given(st.text() | st.integers().map(str) | st.floats().map(str) | DATES)
def test_any_retry_after_is_a_number_of_seconds(text):
    assert 0 <= retry_after(text, datetime(2026, 10, 21, 7, 28, tzinfo=UTC)) < float("inf")


def throttled(retry_after):
    return b"HTTP/1.1 429 Slow\r\nRetry-After: " + retry_after + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        *((b"-5", 3), (b"0", 3), (b"soon", 3), (b"\xff\xb2", 3), (b"Wed, 21 Oct 2015 07:28:00 GMT", 3), (b"1.5e9", 3)),
        *((b"99999999999999999999", 1), (b"Fri, 31 Dec 9999 23:59:59 GMT", 1)),
    ],
)
def test_a_pause_that_is_none_or_past_is_none_and_one_without_end_is_not_waited_for(asked, text, requests):
    fact, methods = asked(throttled(text), throttled(text))
    assert (fact.reason, fact.status, methods) == (Reason.THROTTLED, 429, ["HEAD"] * requests)
