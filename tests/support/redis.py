"""A real redis-server for tests, on a free port, with a password."""

import contextlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

STARTED_SECONDS = 30


class Server:
    """Starts and stops on one port. What was counted is gone after a stop."""

    def __init__(self, folder: str) -> None:
        self.password = f"redis-{secrets.token_hex(8)}"
        self.port = low_port()
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder]
        self._process = subprocess.Popen([*command, "--requirepass", self.password], stdout=subprocess.DEVNULL)
        pause = redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), STARTED_SECONDS * 20)
        with redis.Redis.from_url(self.url, retry=pause, retry_on_error=[redis.exceptions.BusyLoadingError]) as client:
            assert client.ping()

    def stop(self) -> None:
        """At once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)


def low_port() -> int:
    """Below those that systems give to outgoing connections, so that it is still free after a stop."""
    for port in random.sample(range(10_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


@contextmanager
def serving() -> Iterator[Server]:
    """A server; the test is skipped where the program is missing, and fails in CI."""
    if shutil.which("redis-server") is None:
        reason = "NO REDIS: redis-server is not installed (apt-get install redis-server); limits in Redis stay untested"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="assay-redis-") as folder:
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
