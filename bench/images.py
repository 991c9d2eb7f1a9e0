"""The image checker alone: `python -m bench.images [--urls N] [--hosts H]`; prints JSON.

A server in a process of its own answers every request after 20 ms. URLs are spread over H names of that server.
Measured twice: with HEAD alone, and with a second request per URL for width and height.
"""

import argparse
import asyncio
import ipaddress
import json
import multiprocessing
import socket
import struct
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from services.silver.images import ImageChecker, ImageLimits

LATENCY_SECONDS = 0.02
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 800, 600, 8, 6, 0, 0, 0, 0)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nAccept-Ranges: bytes\r\nContent-Length: %d\r\n\r\n" % len(PNG)


class Server(asyncio.Protocol):
    """Answers requests without bodies, each after the latency."""

    def connection_made(self, transport: Any) -> None:
        """Remembers where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """One request: the checker never sends two at once on a connection."""
        answer = HEAD if data.startswith(b"HEAD") else HEAD + PNG
        asyncio.get_running_loop().call_later(LATENCY_SECONDS, self._transport.write, answer)


def serve(pipe: Connection) -> None:
    """Tells its port, then serves until killed."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class Loopback(ThreadedResolver):
    """Every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """127.0.0.1 under that name."""
        found = await super().resolve("127.0.0.1", port, family)
        return [{**one, "hostname": host} for one in found]


def measure(count: int, hosts: int, sizes: bool) -> dict[str, Any]:
    """Checks `count` URLs over `hosts` names."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    limits = ImageLimits(ports=frozenset({port}), allowed_networks=(ipaddress.ip_network("127.0.0.0/8"),), sizes=sizes)
    checker = ImageChecker(limits, make_resolver=Loopback)
    try:
        urls = [f"http://shop-{number % hosts}.example:{port}/{number}.png" for number in range(count)]
        began, cpu = time.perf_counter(), time.process_time()
        facts = checker.check(urls)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    finally:
        checker.close()
        server.terminate()
        server.join()
    if not all(fact.reachable and (fact.width == 800) is sizes for fact in facts.values()):
        sys.exit("an answer is wrong")
    return {
        "urls": count,
        "hosts": hosts,
        "sizes": sizes,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "urls_per_second": round(count / seconds),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.images", description=__doc__)
    parser.add_argument("--urls", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=20)
    arguments = parser.parse_args()
    print(json.dumps([measure(arguments.urls, arguments.hosts, sizes) for sizes in (False, True)], indent=2))


if __name__ == "__main__":
    main()
