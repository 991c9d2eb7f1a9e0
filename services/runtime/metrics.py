"""Prometheus metrics of a service, on a port of their own."""

from __future__ import annotations

import threading
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.process_collector import ProcessCollector

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)


class Metrics:
    """The counters every service keeps. One instance per server, so that tests can run several in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.rpcs = Counter("assay_rpc_total", "RPCs served, by outcome.", ["method", "code"], registry=self.registry)
        self.latency = Histogram(
            "assay_rpc_seconds",
            "Seconds from acceptance of an RPC to its end, streams included.",
            ["method"],
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.active = Gauge("assay_rpc_active", "RPCs being served now.", ["method"], registry=self.registry)
        self.jobs = Counter("assay_jobs_total", "Jobs ended, by outcome.", ["kind", "status"], registry=self.registry)
        self.job_units = Counter(
            "assay_job_units_total", "Units of work done by jobs.", ["kind"], registry=self.registry
        )

    def serve(self, host: str, port: int) -> MetricsServer:
        """Starts the metrics endpoint; port 0 takes a free one."""
        return MetricsServer(make_server(host, port, make_wsgi_app(self.registry), ThreadingWSGIServer, _Silent))


class _Silent(WSGIRequestHandler):
    """Scrapes are not worth a log line each."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Says nothing."""


class MetricsServer:
    """A running metrics endpoint."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.port: int = server.server_port
        # A short poll, because stopping waits for it.
        threading.Thread(target=server.serve_forever, args=(0.05,), name="metrics", daemon=True).start()

    def stop(self) -> None:
        """Stops answering and frees the port."""
        self._server.shutdown()
        self._server.server_close()
