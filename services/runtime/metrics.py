"""Prometheus metrics of a service, on a port of their own."""

from __future__ import annotations

from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
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

    def serve(self, host: str, port: int) -> tuple[WSGIServer, int]:
        """Starts the metrics endpoint; returns the server and the port it got."""
        server, _ = start_http_server(port, addr=host, registry=self.registry)
        return server, server.server_port
