"""A server that answers as told, on a real port: what the command does with answers, without the stack."""

import json
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from cli.main import main

BREAK = object()
"""As the last line of a stream: the connection is closed in the middle."""


@dataclass
class Answer:
    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    lines: list[object] | None = None
    content: bytes | None = None
    """Bytes instead of `body`; a Content-Length among the headers goes before their own."""


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Script:
    """Answers by method and path; the last answer of a list is given again and again."""

    answer = Answer
    BREAK = BREAK

    def __init__(self):
        self.answers = {}
        self.seen = []
        self.url = ""

    def on(self, method, path, *answers):
        self.answers[method, path] = list(answers)

    def next(self, method, path):
        answers = self.answers.get((method, path))
        if not answers:
            return Answer(404, {"error": {"code": "NOT_FOUND", "message": f"{method} {path}", "request_id": "r"}})
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def requests(self, method, path):
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]


@pytest.fixture
def server():
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self):
            parts = urlsplit(self.path)
            body = self._body()
            script.seen.append(Seen(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body))
            answer = script.next(self.command, parts.path)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.lines is None:
                data = json.dumps(answer.body).encode() if answer.content is None else answer.content
                told = int(answer.headers.get("Content-Length", len(data)))
                if told == len(data):
                    self.send_header("Content-Length", str(told))
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = self.close_connection or told != len(data)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in answer.lines:
                if line is BREAK:
                    self.close_connection = True
                    return
                data = json.dumps(line).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.write(b"0\r\n\r\n")

        def _body(self):
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    script.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield script
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def assay(monkeypatch, tmp_path, capsys):
    """Runs the command in this process; gives exit code, standard output, standard error."""
    for name in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    before = signal.getsignal(signal.SIGTERM)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["assay", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    yield run
    signal.signal(signal.SIGTERM, before)
