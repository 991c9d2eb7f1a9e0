"""A service as a process: server, health, reflection, metrics, drain."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.runtime.contracts import scopes_of, streaming_methods_of
from services.runtime.interceptors import (
    AroundInterceptor,
    AuthAround,
    DeadlineAround,
    ErrorsAround,
    ObserveAround,
    StreamsAround,
    TextsAround,
)
from services.runtime.interceptors.auth import Authenticator
from services.runtime.log import configure_logging, logger
from services.runtime.metrics import Metrics
from services.runtime.settings import ServiceSettings, SettingError

# How long a thread may keep the interpreter while another wants it. Work on columns leaves it and comes back hundreds
# of times a partition; with Python's 5 ms each return may wait that long for a thread that builds rows.
SWITCH_SECONDS = 0.0005
# New objects between two searches for cycles. A bulk read makes thousands of rows that all live until it is answered;
# with Python's 700 a tenth of its time went into looking through them.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


@dataclass
class ServiceApp:
    """One service, put together: what it serves and what starts and stops with it."""

    name: str
    settings: ServiceSettings
    files: Sequence[FileDescriptor]
    register: Callable[[grpc.Server], None]
    authenticator: Authenticator
    metrics: Metrics
    on_start: Sequence[Callable[[], None]] = ()
    on_drain: Sequence[Callable[[], None]] = ()
    """Called as soon as it is to stop, while calls are still served; must return at once."""
    on_stop: Sequence[Callable[[], None]] = ()
    internal_token: str = field(default="", repr=False)


class PortTakenError(RuntimeError):
    """Somebody else listens on the port."""


class RunningServer:
    """A started server; `stop` drains it."""

    def __init__(self, app: ServiceApp) -> None:
        self._app = app
        settings = app.settings
        self._health = health.HealthServicer(experimental_non_blocking=True)
        self._server = grpc.server(
            ThreadPoolExecutor(settings.rpc_threads, thread_name_prefix="rpc"),
            interceptors=[server_interceptor(app)],
            maximum_concurrent_rpcs=settings.rpc_threads + settings.rpc_queue,
            options=[
                # By default two servers would share a port without an error.
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", settings.max_message_bytes),
                ("grpc.max_send_message_length", settings.max_message_bytes),
                # Tokens may have 8 KiB; from its default of 8 KiB of headers on, gRPC refuses calls at random.
                ("grpc.max_metadata_size", 16 * 1024),
                ("grpc.absolute_max_metadata_size", 32 * 1024),
                # Clients ask every minute whether we are still there; by default the third such question within a call
                # that says nothing for that long ends it, and all others on its connection, as UNAVAILABLE.
                ("grpc.http2.max_ping_strikes", 0),
            ],
        )
        app.register(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names = [service.full_name for file in app.files for service in file.services_by_name.values()]
        reflection.enable_server_reflection([*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)
        try:
            self.port = self._server.add_insecure_port(f"{settings.host}:{settings.port}")
        except RuntimeError:
            self.port = 0
        if self.port == 0:
            raise PortTakenError(f"{app.name}: cannot listen on {settings.host}:{settings.port}")
        try:
            self._metrics = app.metrics.serve(settings.host, settings.metrics_port)
        except OSError:
            raise PortTakenError(f"{app.name}: cannot listen on {settings.host}:{settings.metrics_port}") from None
        self.metrics_port = self._metrics.port

    def start(self) -> None:
        """Starts what the service needs, then serves."""
        for hook in self._app.on_start:
            hook()
        self._server.start()
        for name in ["", *self._names]:
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        logger().info("serving", port=self.port, metrics_port=self.metrics_port)

    def stop(self) -> None:
        """Not serving → short wait → no new calls, those under way may end → what the service needs stops."""
        self._health.enter_graceful_shutdown()
        for hook in self._app.on_drain:
            hook()
        time.sleep(self._app.settings.lame_duck_seconds)
        self._server.stop(self._app.settings.drain_seconds).wait()
        for hook in self._app.on_stop:
            hook()
        self._metrics.stop()
        logger().info("stopped")


def server_interceptor(app: ServiceApp) -> AroundInterceptor:
    """The interceptors of a service, in their order."""
    settings = app.settings
    streaming = streaming_methods_of(app.files)
    return AroundInterceptor(
        [
            ObserveAround(app.metrics),
            ErrorsAround(),
            DeadlineAround(settings.unary_deadline_seconds, settings.stream_deadline_seconds, streaming),
            AuthAround(
                scopes_of(app.files),
                app.authenticator,
                app.internal_token or settings.resolved_internal_token(),
            ),
            StreamsAround(streaming, settings.rpc_streams),
            TextsAround(),
        ]
    )


def run_until_signalled(build: Callable[[], ServiceApp], settings: ServiceSettings) -> int:
    """The main of every service: builds it, serves until SIGTERM or SIGINT, drains; returns the exit code."""
    configure_logging(settings.service, settings.log_level, settings.log_format)
    stopping = threading.Event()

    def stop(_signal: int, _frame: Any) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        server = RunningServer(build())
        server.start()
        # What start-up made stays: a full collection that walks through it as well takes 30 ms instead of some.
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    except (PortTakenError, SettingError) as error:
        logger().error("cannot start", reason=str(error))
        return 1
    # With a limit: a signal that comes just before the wait begins does not interrupt it, it is seen at the next turn.
    while not stopping.wait(0.5):
        pass
    server.stop()
    return 0
