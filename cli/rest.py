"""The public REST API, as the command uses it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx

from cli.errors import CannotConnect, CliError, ServerRefused
from cli.settings import Settings

Json = dict[str, Any]

CONNECT_SECONDS = 5.0
READ_SECONDS = 120.0
# A run's stream is silent for about a second at most; imports of large files take their time to be accepted.
STREAM_READ_SECONDS = 600.0
PAGE = 100
RESULTS_PAGE = 1000
MAX_WAITS = 10
# Between two looks at a list that still grows.
GROWING_SECONDS = 1.0


class CountedFile:
    """A file that tells how far it was read. httpx sends what it reads, so this is the upload's progress."""

    def __init__(self, file: IO[bytes], on_read: Callable[[int], None]) -> None:
        self._file = file
        self._on_read = on_read

    def read(self, size: int = -1) -> bytes:
        """Reads on."""
        data = self._file.read(size)
        self._on_read(self._file.tell())
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves; httpx goes back to the start before it sends."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where reading goes on."""
        return self._file.tell()

    def fileno(self) -> int:
        """The descriptor, from which httpx learns the size."""
        return self._file.fileno()


class Api:
    """Calls of one workspace. Errors: ServerRefused, CannotConnect."""

    def __init__(
        self, base_url: str, key: str, workspace: str, *, on_wait: Callable[[float], None] = lambda _seconds: None
    ) -> None:
        self.base_url = base_url
        self.workspace = workspace
        self._on_wait = on_wait
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "assay-cli"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Json:
        """GET below the workspace; parameters that are None are left out."""
        return self._json("GET", path, params=_given(params))

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, prefer: str | None = None) -> Json:
        """POST of a JSON body below the workspace. `prefer` as in RFC 7240."""
        headers = {"Prefer": prefer} if prefer else {}
        return self._json("POST", path, json=dict(body or {}), headers=headers)

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        """PUT of a JSON body below the workspace."""
        return self._json("PUT", path, json=dict(body))

    def pages(self, path: str, *, limit: int = PAGE, **params: Any) -> Iterator[Json]:
        """Every entry of a list, page by page; one that still grows (not full, and more comes) is waited for."""
        cursor: str | None = None
        while True:
            page = self.get(path, limit=limit, cursor=cursor, **params)
            yield from page["data"]
            cursor = page["pagination"].get("cursor")
            if not page["pagination"]["has_more"] or not cursor:
                return
            if len(page["data"]) < page["pagination"].get("limit", 0):
                time.sleep(GROWING_SECONDS)

    def upload(
        self,
        file: Path,
        *,
        catalog_id: str | None,
        file_format: str | None,
        notify_email: bool = False,
        on_sent: Callable[[int], None] = lambda _sent: None,
    ) -> Json:
        """Sends a file of products; the answer names the job. `on_sent` is told the bytes sent so far."""
        params = {"catalog_id": catalog_id} if catalog_id else {}
        data = {"format": file_format} if file_format else {}
        if notify_email:
            data["notify_email"] = "true"
        with file.open("rb") as opened:
            counted: Any = CountedFile(opened, on_sent)

            def send() -> httpx.Response:
                return self._http.post(
                    self._path("catalog/products/import"),
                    params=params,
                    data=data,
                    files={"file": (file.name, counted, "application/octet-stream")},
                    timeout=httpx.Timeout(STREAM_READ_SECONDS, connect=CONNECT_SECONDS),
                )

            return _body(self._patiently(send))

    @contextmanager
    def stream(self, path: str, body: Mapping[str, Any]) -> Iterator[Iterator[Json]]:
        """POSTs and yields the lines of the NDJSON answer as they come. An error line is raised."""

        def send() -> httpx.Response:
            request = self._http.build_request(
                "POST",
                self._path(path),
                json=dict(body),
                headers={"Accept": "application/x-ndjson"},
                timeout=httpx.Timeout(STREAM_READ_SECONDS, connect=CONNECT_SECONDS),
            )
            return self._http.send(request, stream=True)

        response = self._patiently(send)
        try:
            yield self._lines(response)
        finally:
            response.close()

    @contextmanager
    def download(self, path: str, headers: Mapping[str, str], **params: Any) -> Iterator[httpx.Response]:
        """GETs what is read piece by piece. CannotConnect also when it breaks off on the way."""

        def send() -> httpx.Response:
            request = self._http.build_request(
                "GET",
                self._path(path),
                params=_given(params),
                headers=dict(headers),
                timeout=httpx.Timeout(STREAM_READ_SECONDS, connect=CONNECT_SECONDS),
            )
            return self._http.send(request, stream=True)

        response = self._patiently(send)
        try:
            yield response
        except httpx.HTTPError as error:
            raise CannotConnect(f"the connection to {self.base_url} broke: {error}") from None
        finally:
            response.close()

    def _lines(self, response: httpx.Response) -> Iterator[Json]:
        try:
            for line in response.iter_lines():
                if not line.strip():
                    continue
                entry: Json = json.loads(line)
                if isinstance(entry.get("error"), dict):
                    raise _refusal(response, entry)
                yield entry
        except httpx.HTTPError as error:
            raise CannotConnect(f"the connection to {self.base_url} broke: {error}") from None

    def _json(self, method: str, path: str, **request: Any) -> Json:
        return _body(self._patiently(lambda: self._http.request(method, self._path(path), **request)))

    def _path(self, path: str) -> str:
        """Below the workspace, unless the path begins with a slash."""
        if path.startswith("/"):
            return path
        return f"/api/workspace/{segment(self.workspace)}/{path}".rstrip("/")

    def _patiently(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Sends; waits as long as the server says when the key's rate is used up: nothing was done then."""
        for _attempt in range(MAX_WAITS):
            try:
                response = send()
                if response.is_error:
                    response.read()
            except httpx.TransportError as error:
                raise self._unreachable(error) from None
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            seconds = float(response.headers.get("Retry-After", "1"))
            self._on_wait(seconds)
            time.sleep(seconds)
        if response.is_error:
            raise _refusal(response, _parsed(response))
        return response

    def _unreachable(self, error: httpx.TransportError) -> CliError:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return CannotConnect(
                f"nobody answers at {self.base_url}", "start the stack with `assay serve`, or name it with --url"
            )
        return CannotConnect(f"the connection to {self.base_url} broke: {error}")


def segment(text: str) -> str:
    """One path segment; ids may hold slashes and anything else."""
    return quote(text, safe="")


def _given(params: Mapping[str, Any]) -> Json:
    return {name: value for name, value in params.items() if value is not None}


def _parsed(response: httpx.Response) -> Json:
    try:
        value = response.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _body(response: httpx.Response) -> Json:
    value = _parsed(response)
    if not value and response.content:
        raise CliError(f"{response.url} answered {response.status_code} with something that is no JSON object")
    return value


def _refusal(response: httpx.Response, body: Json) -> ServerRefused:
    error = body.get("error")
    if not isinstance(error, dict):
        return ServerRefused(
            response.status_code, "HTTP_ERROR", f"HTTP {response.status_code} {response.reason_phrase}"
        )
    details = error.get("details") or []
    return ServerRefused(
        response.status_code,
        str(error.get("code", "UNKNOWN")),
        str(error.get("message", "")),
        [(str(item.get("field", "")), str(item.get("message", ""))) for item in details if isinstance(item, dict)],
        str(error.get("request_id") or response.headers.get("x-request-id", "")),
    )


def connect(settings: Settings, *, key: str | None, on_wait: Callable[[float], None]) -> Api:
    """The API with the key that was given, that of the environment, or that of the demo."""
    return Api(settings.base_url, key or find_key(settings), settings.workspace, on_wait=on_wait)


def find_key(settings: Settings) -> str:
    """ASSAY_API_KEY, else the demo's key."""
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    try:
        return settings.demo_key_file.read_text(encoding="utf-8").strip()
    except OSError:
        raise CannotConnect(
            "no API key: none was given and there is no demo key",
            f"looked in ASSAY_API_KEY and {settings.demo_key_file}",
            "start the stack with `assay serve` (makes the demo key), or make one with `assay keys create`",
        ) from None
