"""The gateway as a process: uvicorn with uvloop and httptools, drained on SIGTERM and SIGINT."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn

from gateway.app import build
from gateway.log import logger
from gateway.settings import GatewaySettings

BACKLOG = 2048


class PortTakenError(RuntimeError):
    """Somebody else listens on the port."""


class Server(uvicorn.Server):
    """Says when it serves, breaks off what has no end in sight when told to stop, and ends with exit code 0 then."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn."""
        self._stopping.set()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but a signal that was obeyed is not raised again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        for listening in sockets or []:
            logger().info("serving", address="{}:{}".format(*listening.getsockname()[:2]))


def make_server(settings: GatewaySettings) -> tuple[Server, socket.socket]:
    """A server and the socket it will listen on, bound already: port 0 has become a real one."""
    config: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "lifespan": "on"}
    application = build(settings)
    server = Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
            **config,
        ),
        application.context.stopping,
    )
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    # A restart must not wait for the kernel to forget closed connections; two servers on one port still fail.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.http_port))
        # Already here: with SO_REUSEADDR only listening tells whether the port is really ours.
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise PortTakenError(f"cannot listen on {settings.host}:{settings.http_port}: {error.strerror}") from error
    return server, listening
