"""`python -m gateway` as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys

import httpx

from tests.gateway.support import INTERNAL_TOKEN


def started(**names):
    environment = {"PATH": os.environ["PATH"], "ASSAY_INTERNAL_TOKEN": INTERNAL_TOKEN, "ASSAY_HTTP_PORT": "0", **names}
    return subprocess.Popen([sys.executable, "-m", "gateway"], stderr=subprocess.PIPE, env=environment, text=True)


def test_it_serves_until_sigterm_and_ends_well():
    with started() as process:
        line = json.loads(process.stderr.readline())
        assert line["event"] == "serving"
        assert httpx.get(f"http://{line['address']}/healthz").status_code == 200
        process.send_signal(signal.SIGTERM)
        *_, last = process.stderr.read().splitlines()
        assert json.loads(last)["event"] == "stopped"
        assert process.wait() == 0


def test_what_libraries_say_is_structured_too():
    with started() as process:
        host, port = json.loads(process.stderr.readline())["address"].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"this is not HTTP\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 400")
        process.send_signal(signal.SIGTERM)
        lines = [json.loads(line) for line in process.stderr.read().splitlines()]
        assert ("warning", "uvicorn.error") in [(line["level"], line.get("library")) for line in lines]


def test_it_says_why_it_cannot_start():
    with started(ASSAY_GATEWAY_INLINE_LIMITS="5") as process:
        line = json.loads(process.stderr.readline())
        assert (line["event"], "ASSAY_GATEWAY_INLINE_LIMITS" in line["reason"]) == ("cannot start", True)
        assert process.wait() == 1
