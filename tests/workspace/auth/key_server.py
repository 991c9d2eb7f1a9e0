"""A real key server on loopback, and tokens signed for it."""

import contextlib
import http.server
import json
import threading
import time

import jwt
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://login.example.com/"
AUDIENCE = "https://api.example.com"
CLAIM = "https://assay.dev/workspaces"


class KeyServer:
    """Serves a key set; counts how often it is asked."""

    def __init__(self):
        self.keys: list[dict] = []
        self.body: bytes | None = None
        self.status = 200
        self.delay_seconds = 0.0
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                if outer.delay_seconds:
                    time.sleep(outer.delay_seconds)
                body = outer.body if outer.body is not None else json.dumps({"keys": outer.keys}).encode()
                with contextlib.suppress(OSError):  # whoever asked may have given up
                    self.send_response(outer.status)
                    self.send_header("Content-Type", "application/json")
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/.well-known/jwks.json"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def public(key, kid, **extra):
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"} | extra


def claims(**changes):
    now = int(time.time())
    given = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "auth0|ada",
        "iat": now,
        "exp": now + 3600,
        "permissions": ["jobs:read"],
        "scope": "openid brands:read",
        CLAIM: ["ws_a", "ws_b"],
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def signed(key, kid="one", algorithm="RS256", headers=None, **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} | (headers or {}))
