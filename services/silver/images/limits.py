"""How much the checker asks, how long it waits, and where it may go."""

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Seconds, bytes and counts. A host is a name with its port."""

    concurrency: int = 256
    """Requests under way at once."""
    per_host: int = 16
    """Requests under way at once to one host, as soon as it has answered as many."""
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    """Longest silence within an answer."""
    patience_seconds: float = 1.0
    """After so much silence of a host that has not answered yet another request to it is let in."""
    size_seconds: float = 3.0
    """A request for nothing but the size of a picture."""
    total_seconds: float = 15.0
    """All requests for one URL together; waiting for a turn does not count."""
    host_seconds: float = 15.0
    """What one host may cost a run in time outs and in pauses it asked for, before it is given up."""
    host_rest_seconds: float = 60.0
    """How long a host that was given up is left alone."""
    attempts: int = 3
    """Requests for one URL where failures look transient."""
    retry_seconds: float = 0.2
    """Wait before the second attempt; doubled for each further one."""
    redirects: int = 5
    first_bytes: int = 65_536
    """What is read of an answer to see the size of the picture."""
    sizes: bool = True
    """Whether width and height are looked for where a server gives the first bytes cheaply."""
    remembered: int = 50_000
    """Answers kept in memory, so that partitions of one run do not ask for the same."""
    remembered_seconds: float = 600.0
    ports: frozenset[int] = frozenset({80, 443})
    allowed_networks: tuple[Network, ...] = ()
    """Networks that may be reached although they are reserved: for tests and for servers of the house."""
