"""What the checker makes of the answers of servers."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.silver.images import Reason
from services.silver.images.answers import retry_after, size_of
from tests.silver.images.conftest import jpeg, png

GOOD = {"content_type": "image/png", "body": png(40, 30)}


def by_method(**answers):
    """A page that answers HEAD and GET differently; each is the arguments of a response."""
    return lambda request: web.Response(**answers[request.method])


def in_turn(*answers):
    """A page that gives these answers, then the last one again and again."""
    left = list(answers)
    return lambda request: web.Response(**(left.pop(0) if len(left) > 1 else left[0]))


def test_an_image_is_reachable_with_its_size(check, image):
    fact = check(image("/a.png", 800, 600))
    assert (fact.reachable, fact.content_type, fact.width, fact.height) == (True, "image/png", 800, 600)


def test_without_sizes_a_good_head_is_all_that_is_asked(check, image, site):
    fact = check(image("/a.png"), sizes=False)
    assert (fact.reachable, fact.status, site.methods("/a.png")) == (True, 200, ["HEAD"])


def test_a_large_answer_without_ranges_is_not_fetched_for_its_size(check, site):
    url = site.page("/big.png", body=png(40, 30) + bytes(100_000), content_type="image/png")
    assert (check(url).reachable, site.methods("/big.png")) == (True, ["HEAD"])


@pytest.mark.parametrize("status", [403, 404, 405, 500, 501])
def test_where_head_is_refused_the_first_bytes_decide(check, site, status):
    fact = check(site.page("/a.png", by_method(HEAD={"status": status}, GET=GOOD)))
    assert (fact.reachable, fact.width, site.methods("/a.png")) == (True, 40, ["HEAD", "GET"])


def test_where_head_lies_about_the_type_the_first_bytes_decide(check, site):
    assert check(site.page("/a.png", by_method(HEAD={"content_type": "text/html"}, GET=GOOD))).reachable


def test_where_head_promises_an_image_and_get_has_none_it_is_broken(check, site):
    head = GOOD | {"headers": {"Accept-Ranges": "bytes"}}
    fact = check(site.page("/a.png", by_method(HEAD=head, GET={"status": 404})))
    assert (fact.reason, fact.status) == (Reason.STATUS, 404)


def test_a_get_asks_for_the_first_bytes_only(check, site):
    ranges = []

    def page(request):
        ranges.append(request.headers.get("Range"))
        return web.Response(status=405) if request.method == "HEAD" else web.Response(status=206, **GOOD)

    assert check(site.page("/a.png", page)).reachable
    assert ranges == [None, "bytes=0-65535"]


def test_a_server_that_cannot_do_ranges_is_asked_without(check, site):
    def page(request):
        if request.method == "HEAD":
            return web.Response(status=405)
        return web.Response(status=416) if "Range" in request.headers else web.Response(**GOOD)

    assert check(site.page("/a.png", page)).reachable


def test_a_page_that_is_not_there_is_broken(check, site):
    fact = check(site.url("/gone.png"))
    assert (fact.reason, fact.status) == (Reason.STATUS, 404)


def test_a_text_is_no_image(check, site):
    fact = check(site.page("/a.png", text="<html>", content_type="text/html"))
    assert (fact.reason, fact.status, fact.content_type) == (Reason.WRONG_TYPE, 200, "text/html")


def test_nothing_is_no_image(check, site):
    assert check(site.page("/a.png", content_type="image/png", body=b"")).reason is Reason.EMPTY


def test_a_video_is_media_but_no_image(make_checker, site):
    url = site.page("/a.mp4", content_type="video/mp4", body=b"....ftypmp42")
    checker = make_checker()
    assert checker.check([url])[url].reason is Reason.WRONG_TYPE
    assert checker.check([url], media=True)[url].reachable


def test_a_passing_failure_is_tried_again(check, site):
    bad = {"status": 500}
    assert check(site.page("/a.png", in_turn(bad, bad, GOOD))).reachable


def test_a_lasting_failure_is_told_with_its_status(check, site):
    fact = check(site.page("/a.png", status=502))
    assert (fact.reason, fact.status, site.count("/a.png")) == (Reason.STATUS, 502, 6)


def test_a_host_that_asks_for_patience_gets_it(check, site):
    times = []

    def page(request):
        times.append(datetime.now(UTC))
        if len(times) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(**GOOD)

    assert check(site.page("/a.png", page)).reachable
    assert (times[1] - times[0]).total_seconds() >= 0.99


def test_a_pause_is_of_the_whole_host_and_of_no_other(make_checker, site):
    times = {}

    def page(request):
        times.setdefault(f"{request.host.split('.')[0]}{request.path}", []).append(time.monotonic())
        busy = request.path == "/busy.png" and len(times["shop/busy.png"]) == 1
        return web.Response(**({"status": 429, "headers": {"Retry-After": "1"}} if busy else GOOD))

    busy, later = site.page("/busy.png", page), site.page("/later.png", page)
    other = later.replace("shop.", "other.")
    facts = make_checker(sizes=False).check([busy, later, other])
    assert all(fact.reachable for fact in facts.values())
    paused = times["shop/busy.png"][0]
    assert times["shop/later.png"][0] - paused >= 0.99
    assert times["other/later.png"][0] - paused < 0.9


def test_a_host_that_asks_for_too_much_patience_is_left_alone(make_checker, site, image):
    busy = site.page("/a.png", status=429, headers={"Retry-After": "3600"})
    later, elsewhere = image("/b.png"), image("/c.png").replace("shop.", "other.")
    checker = make_checker()
    assert checker.check([busy])[busy].reason is Reason.THROTTLED
    facts = checker.check([later, elsewhere])
    assert [facts[url].reason for url in (later, elsewhere)] == [Reason.HOST_GIVEN_UP, Reason.OK]
    assert (site.count("/a.png"), site.count("/b.png")) == (1, 0)


def test_five_redirects_are_followed_and_a_sixth_is_not(make_checker, site, image):
    image("/0.png")
    for hop in range(1, 7):
        site.page(f"/{hop}.png", status=302, headers={"Location": f"/{hop - 1}.png"})
    five, six = site.url("/5.png"), site.url("/6.png")
    facts = make_checker().check([five, six])
    assert [facts[url].reason for url in (five, six)] == [Reason.OK, Reason.TOO_MANY_REDIRECTS]


def test_a_loop_of_redirects_ends(check, site):
    url = site.page("/a.png", status=301, headers={"Location": "/a.png"})
    assert (check(url).reason, site.count("/a.png")) == (Reason.TOO_MANY_REDIRECTS, 6)


def test_a_server_that_hangs_up_is_told_as_such(check, site):
    def page(request):
        request.transport.close()
        return web.Response()

    assert check(site.page("/a.png", page)).reason is Reason.CONNECTION


def test_a_port_where_nobody_listens_is_told_as_such(check):
    assert check("http://shop.example:9/a.png", ports=[9]).reason is Reason.CONNECTION


@pytest.fixture
def untrusted(tmp_path):
    """The port of a TLS server whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "server.pem").write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with suppress(ssl.SSLError), connection, context.wrap_socket(connection, server_side=True):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_certificate_that_nobody_trusts_is_told_as_such(check, untrusted):
    fact = check(f"https://shop.example:{untrusted}/a.png", ports=[untrusted])
    assert (fact.reason, fact.status) == (Reason.TLS, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), (" 120 ", 120), ("Wed, 21 Oct 2026 07:28:10 GMT", 10), ("Wed, 21 Oct 2020 07:28:10 GMT", 0), ("x", 0)],
)
def test_retry_after_is_a_number_or_a_date(text, seconds):
    assert retry_after(text, datetime(2026, 10, 21, 7, 28, tzinfo=UTC)) == seconds


def test_sizes_come_from_first_bytes():
    assert size_of(png(1200, 628), "image/png") == (1200, 628)
    assert size_of(jpeg(640, 480), "image/jpeg") == (640, 480)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"", "image/png"), (b"\x89PNG", "image/png"), (b"<svg width='9'/>", "image/svg+xml"), (png(1, 1), "video/mp4")],
)
def test_what_does_not_tell_has_no_size(body, content_type):
    assert size_of(body, content_type) == (None, None)
