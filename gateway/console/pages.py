"""Serves the console's files: `/` and `/console/…`."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from gateway.errors import ApiError
from gateway.requests import ApiRequest
from gateway.routes import Route

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Nothing but our own files is run or asked; images are those of products, wherever they are.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' https: http:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    # Asked each time whether it is still the same, which is answered in a few bytes.
    "cache-control": "no-cache",
    "vary": "accept-encoding",
}


@dataclass(frozen=True)
class _File:
    content: bytes
    packed: bytes
    kind: str
    tag: str


def console_routes() -> list[Route]:
    """Those of the console's files, which are read once."""
    files = {
        path.relative_to(STATIC).as_posix(): _read(path)
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }

    async def index(request: ApiRequest) -> Response:
        return _answer(files[INDEX], request)

    async def asset(request: ApiRequest) -> Response:
        found = files.get(request.parameters["file"])
        if found is None:
            raise ApiError(404, "NOT_FOUND", "There is nothing at this address.")
        return _answer(found, request)

    return [Route("GET", "/", index, scope=None), Route("GET", "/console/{file=**}", asset, scope=None)]


def _read(path: Path) -> _File:
    content = path.read_bytes()
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    return _File(content, gzip.compress(content, mtime=0), TYPES[path.suffix], tag)


def _answer(file: _File, request: ApiRequest) -> Response:
    headers = HEADERS | {"etag": file.tag}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = file.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["content-encoding"] = file.packed, "gzip"
    return Response(content, headers=headers | {"content-type": file.kind})
