"""JSON Web Tokens against a real key server on loopback."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.runtime.errors import Unauthorized, UpstreamUnavailable
from services.workspace.auth import JwtSettings, JwtVerifier
from services.workspace.auth import jwt_verifier as module
from tests.workspace.auth.key_server import AUDIENCE, CLAIM, ISSUER, claims, public, signed


@pytest.fixture
def verifier(server):
    return make(server)


def make(server, **changes):
    settings = {"refetch_seconds": 0.0, "timeout_seconds": 2.0, "tier": 2} | changes
    return JwtVerifier(JwtSettings(server.url, ISSUER, AUDIENCE, CLAIM, **settings))


def segment(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(verifier, token):
    with pytest.raises(Unauthorized) as caught:
        verifier.verify(token)
    assert caught.value.message == "Invalid or expired token."
    return True


def test_a_good_token_says_who_where_and_what(verifier, private):
    principal = verifier.verify(signed(private))
    assert principal.subject == "auth0|ada"
    assert principal.workspace_ids == {"ws_a", "ws_b"}
    assert principal.scopes == {"jobs:read", "brands:read"}
    assert (principal.tier, principal.internal) == (2, False)


def test_one_audience_of_several_is_enough(verifier, private):
    assert verifier.verify(signed(private, aud=["https://other.example.com", AUDIENCE])).subject == "auth0|ada"


def test_scopes_nobody_knows_are_dropped(verifier, private):
    token = signed(private, permissions=["internal", "jobs:read", "everything"], scope="internal admin")
    assert verifier.verify(token).scopes == {"jobs:read"}


@pytest.mark.parametrize("value", [None, "ws_a", {"ws_a": 1}, [1, None], 7])
def test_a_strange_workspaces_claim_reaches_no_workspace(verifier, private, value):
    assert verifier.verify(signed(private, **{CLAIM: value})).workspace_ids == frozenset()


@pytest.mark.parametrize(
    "changes", [{"permissions": None, "scope": None}, {"permissions": "jobs:read", "scope": ["x"]}]
)
def test_strange_scope_claims_give_nothing(verifier, private, changes):
    assert verifier.verify(signed(private, **changes)).scopes == frozenset()


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_000_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_000_000_000},
        {"iss": "https://evil.example.com/"},
        {"iss": ISSUER.rstrip("/")},
        {"iss": None},
        {"aud": "https://other.example.com"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": ""},
    ],
    ids=str,
)
def test_wrong_claims_are_refused(verifier, private, changes):
    assert refused(verifier, signed(private, **changes))


def test_an_issuer_that_only_contains_ours_is_refused(verifier, private):
    assert refused(verifier, signed(private, iss=ISSUER + "x"))


def test_a_signature_of_another_key_is_refused(verifier, stranger):
    assert refused(verifier, signed(stranger))


def test_changed_claims_are_refused(verifier, private):
    head, _, signature = signed(private).split(".")
    forged = segment(claims(permissions=["keys:write"]))
    assert refused(verifier, f"{head}.{forged}.{signature}")


def test_no_algorithm_is_refused(verifier, server):
    for name in ("none", "None", "nOnE"):
        assert refused(verifier, f"{segment({'alg': name, 'typ': 'JWT', 'kid': 'one'})}.{segment(claims())}.")
    assert server.asked == 0


def test_hs256_signed_with_the_public_key_is_refused(verifier, server, private):
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), json.dumps(server.keys[0]).encode()):
        body = f"{segment({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{segment(claims())}"
        token = f"{body}.{segment(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"
        assert refused(verifier, token)
    assert server.asked == 0


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithms_of_the_same_key_are_refused(verifier, private, algorithm):
    assert refused(verifier, signed(private, algorithm=algorithm))


def test_a_key_in_the_token_is_not_believed(verifier, stranger):
    extra = {"jwk": public(stranger, "one"), "jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/x"}
    assert refused(verifier, signed(stranger, headers=extra))


def test_a_key_of_another_kind_under_the_same_id_is_refused(server, private):
    curve = ec.generate_private_key(ec.SECP256R1())
    server.keys = [ECAlgorithm.to_jwk(curve.public_key(), as_dict=True) | {"kid": "one", "use": "sig"}]
    assert refused(make(server), signed(private))


def test_an_encryption_key_does_not_sign(server, private):
    server.keys = [public(private, "one", use="enc"), public(private, "two")]
    assert refused(make(server), signed(private, kid="one"))


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "eyJhbGciOiJSUzI1NiJ9.e30."])
def test_nonsense_is_refused_without_asking_for_keys(verifier, server, token):
    assert refused(verifier, token)
    assert server.asked == 0


@pytest.mark.parametrize("kid", [None, "", 7, ["one"]])
def test_a_token_without_a_usable_key_id_is_refused(verifier, private, kid):
    header = {"alg": "RS256"} | ({} if kid is None else {"kid": kid})
    assert refused(verifier, f"{segment(header)}.{segment(claims())}.{segment(b'x' * 256)}")


def test_an_unknown_key_id_is_refused(verifier, stranger):
    assert refused(verifier, signed(stranger, kid="unknown"))


def test_keys_are_fetched_once_for_many_tokens(verifier, server, private):
    for _ in range(20):
        verifier.verify(signed(private))
    assert server.asked == 1


def test_unknown_key_ids_do_not_flood_the_key_server(server, private, stranger):
    verifier = make(server, refetch_seconds=60.0)
    verifier.verify(signed(private))
    for number in range(10):
        assert refused(verifier, signed(stranger, kid=f"unknown-{number}"))
    assert server.asked == 1


def test_a_rotated_key_is_found_and_the_old_one_stays_while_it_is_published(verifier, server, private, stranger):
    verifier.verify(signed(private))
    server.keys = [public(private, "one"), public(stranger, "two")]
    assert verifier.verify(signed(stranger, kid="two")).subject == "auth0|ada"
    assert verifier.verify(signed(private, kid="one")).subject == "auth0|ada"


def test_a_withdrawn_key_is_refused_once_the_set_is_fetched_anew(verifier, server, private, stranger):
    verifier.verify(signed(private))
    server.keys = [public(stranger, "two")]
    verifier.verify(signed(stranger, kid="two"))
    assert refused(verifier, signed(private, kid="one"))


def test_a_withdrawn_key_is_refused_when_the_set_has_grown_old(server, private, stranger):
    verifier = make(server, key_set_seconds=0.05)
    verifier.verify(signed(private))
    server.keys = [public(stranger, "two")]
    time.sleep(0.1)
    assert refused(verifier, signed(private))


def test_a_key_server_that_is_down_makes_tokens_neither_good_nor_bad(server, private):
    verifier = make(server)
    server.close()
    with pytest.raises(UpstreamUnavailable):
        verifier.verify(signed(private))


def test_known_keys_outlive_the_key_server(verifier, server, private):
    verifier.verify(signed(private))
    server.close()
    assert verifier.verify(signed(private)).subject == "auth0|ada"


def test_after_a_failure_the_next_ones_do_not_wait_and_a_later_one_tries_again(server, private, monkeypatch):
    monkeypatch.setattr(module, "DOWN_SECONDS", 0.2)
    server.status = 500
    verifier = make(server)
    for _ in range(5):
        with pytest.raises(UpstreamUnavailable):
            verifier.verify(signed(private))
    assert server.asked == 1
    server.status = 200
    time.sleep(0.25)
    assert verifier.verify(signed(private)).subject == "auth0|ada"


def test_a_slow_key_server_is_given_up(server, private):
    server.delay_seconds = 1.0
    with pytest.raises(UpstreamUnavailable):
        make(server, timeout_seconds=0.1).verify(signed(private))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys": []}', b"{}", b'{"keys": "none"}', b"\xff\xfe"])
def test_a_broken_key_set_accepts_nobody(server, private, body):
    server.body = body
    with pytest.raises((UpstreamUnavailable, Unauthorized)):
        make(server).verify(signed(private))


def test_a_redirect_of_the_key_server_is_not_followed(server, private):
    server.status = 302
    with pytest.raises(UpstreamUnavailable):
        make(server).verify(signed(private))
