"""Where the checker must not go, whatever a catalog, a server or a name server says."""

import ipaddress

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from services.silver.images import ImageChecker, ImageLimits, Reason
from services.silver.images.guard import ForbiddenAddressError, Guard, GuardedResolver, InvalidUrlError
from tests.silver.images.conftest import LOOPBACK, Names

REFUSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "1::1",
    "4000::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "shop.example",
    "",
]


def guard(*networks):
    return Guard({80, 443}, [ipaddress.ip_network(network) for network in networks])


@pytest.mark.parametrize("address", REFUSED)
def test_reserved_addresses_are_refused(address):
    assert not guard().permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_permitted(address):
    assert guard().permits(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_an_allowed_network_is_permitted_in_every_spelling(address):
    assert guard("10.0.0.0/8").permits(address)
    assert not guard("10.2.0.0/16").permits(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no address",
        "ftp://shop.example/a.png",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "http://",
        "http:///a.png",
        "http://user@shop.example/a.png",
        "http://user:word@shop.example/a.png",
        "http://:word@shop.example/a.png",
        "http://shop.example:22/a.png",
        "http://shop.example:99999/a.png",
        "http://[::1/a.png",
        "http:shop.example/a.png",
        "http:/shop.example/a.png",
        "http://shop.example:0/a.png",
        "http://shop.example:-1/a.png",
        "http://shop.example\\@127.0.0.1/a.png",
        "http://127.0.0.1\\.shop.example/a.png",
        "http://127.0.0.1%2f@shop.example/a.png",
        "http://\u202eshop.example/a.png",
        "data:image/png;base64,AAAA",
        "ws://shop.example/a.png",
        "//shop.example/a.png",
    ],
)
def test_what_is_no_plain_web_address_is_never_asked(url):
    with pytest.raises(InvalidUrlError):
        guard().url(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1.", "127.0.0.1:080", "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "169.254.169.254"),
        *("[::1]", "[::1%25lo]", "[::ffff:10.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "[fe80::1]"),
    ],
)
def test_literal_addresses_are_refused(host):
    with pytest.raises(ForbiddenAddressError):
        guard().url(f"http://{host}/a.png")


def test_the_socket_looks_once_more():
    with pytest.raises(ForbiddenAddressError):
        guard().socket((2, 1, 6, "", ("127.0.0.1", 80)))


async def test_of_mixed_answers_only_the_public_ones_are_left():
    resolver = GuardedResolver(Names({"a.example": ["10.0.0.1", "8.8.8.8", "::1"]}), guard())
    assert [one["host"] for one in await resolver.resolve("a.example", 80)] == ["8.8.8.8"]
    await resolver.close()


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
def test_a_name_of_a_private_address_is_refused(check, site, address):
    fact = check(site.url("/a.png"), names={"shop.example": [address]})
    assert (fact.reason, fact.status) == (Reason.FORBIDDEN_ADDRESS, None)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost.", "LOCALHOST", "127.0.0.1", "[::1]", "[::ffff:7f00:1]", "0", "127.1", "127.0.0.1."),
        *("2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "①②⑦.1", "%31%32%37.0.0.1"),
    ],
)
def test_loopback_is_refused_in_every_spelling(image, site, host):
    image("/a.png")
    checker = ImageChecker(ImageLimits(ports=frozenset({site.port})))
    url = site.url("/a.png", host)
    fact = checker.check([url])[url]
    checker.close()
    assert (fact.reachable, site.asked) == (False, [])
    assert fact.reason in {Reason.FORBIDDEN_ADDRESS, Reason.INVALID_URL, Reason.DNS}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", Reason.FORBIDDEN_ADDRESS),
        ("http://[::ffff:10.0.0.1]/a.png", Reason.FORBIDDEN_ADDRESS),
        ("//10.0.0.1/a.png", Reason.FORBIDDEN_ADDRESS),
        ("http://inside.example/a.png", Reason.FORBIDDEN_ADDRESS),
        ("http://[64:ff9b::a9fe:a9fe]/a.png", Reason.FORBIDDEN_ADDRESS),
        ("http://10.0.0.1./a.png", Reason.FORBIDDEN_ADDRESS),
        ("http://mapped.example/a.png", Reason.FORBIDDEN_ADDRESS),
        ("file:///etc/passwd", Reason.INVALID_URL),
        ("ftp://shop.example/a.png", Reason.INVALID_URL),
        ("data:image/png;base64,AAAA", Reason.INVALID_URL),
        ("http://[::1", Reason.INVALID_URL),
        ("http://user@shop.example/", Reason.INVALID_URL),
        ("http://shop.example:22/", Reason.INVALID_URL),
    ],
)
@pytest.mark.parametrize("refuses_head", [False, True])
def test_a_redirect_is_guarded_as_the_first_address_is(check, site, target, reason, refuses_head):
    def page(request):
        if refuses_head and request.method == "HEAD":
            return web.Response(status=405)
        return web.Response(status=302, headers={"Location": target})

    url = site.page("/a.png", page)
    names = {"inside.example": ["10.0.0.1"], "mapped.example": ["::ffff:10.0.0.1", "64:ff9b::a00:1"]}
    fact = check(url, ports=[80], names=names)
    assert fact.reason is reason


def test_a_name_that_changes_is_resolved_and_checked_anew_for_each_connection(check, site):
    """A server of the attacker redirects to itself while its name moves inside: each connection is guarded."""
    answers = iter([["127.0.0.1"]])
    names = {
        "shop.example": lambda: next(answers),
        "moving.example": lambda: next(moves, ["10.0.0.1"]),
    }
    moves = iter([["10.0.0.1"], ["127.0.0.1"]])
    target = site.url("/b.png", "moving.example")
    url = site.page("/a.png", status=302, headers={"Location": target})
    fact = check(url, names=names)
    assert (fact.reason, site.count("/b.png")) == (Reason.FORBIDDEN_ADDRESS, 0)


def test_a_name_is_not_asked_again_between_check_and_connection(make_checker, image):
    """The connection goes to the address that was checked: a second, other answer is never waited for."""
    asked = []

    def rebinding():
        asked.append(None)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    checker = make_checker(names={"shop.example": rebinding})
    url = image("/a.png")
    assert checker.check([url])[url].reachable
    assert len(asked) == 1


@pytest.mark.parametrize(
    "host", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "xn--bcher-kva.example."]
)
def test_a_name_in_any_script_is_asked_for_by_its_ascii_form(image, site, host):
    image("/a.png")
    resolver = Names({})
    checker = ImageChecker(
        ImageLimits(ports=frozenset({site.port}), allowed_networks=(LOOPBACK,)), make_resolver=lambda: resolver
    )
    url = site.url("/a.png", host)
    fact = checker.check([url])[url]
    checker.close()
    assert (fact.reachable, {name.rstrip(".") for name in resolver.asked}) == (True, {"xn--bcher-kva.example"})


def test_names_that_no_resolver_takes_are_told_as_such():
    checker = ImageChecker(ImageLimits(ports=frozenset({80}), retry_seconds=0.01))
    urls = ["http://" + "a" * 64 + ".example/a.png", "http://a..example/a.png", "http://nowhere.invalid/a.png"]
    facts = checker.check(urls)
    checker.close()
    assert {fact.reason for fact in facts.values()} <= {Reason.DNS, Reason.INVALID_URL}


@given(st.text() | st.text().map("http://{}".format) | st.text().map("http://shop.example/{}".format))
def test_any_text_is_an_address_or_refused(text):
    try:
        url = guard().url(text)
    except (InvalidUrlError, ForbiddenAddressError):
        return
    assert url.scheme in {"http", "https"}
    assert url.host
    assert url.user is None
