"""Whether the stack's ports are free, and whose business a taken one is."""

from __future__ import annotations

import socket

from cli.errors import StackFailed, UsageError
from cli.settings import NAMES, SERVICES, Settings


def needed(settings: Settings) -> list[tuple[str, int, str]]:
    """(what listens there, port, setting that moves it) of everything the stack listens on."""
    ports = [(name, settings.port_of(name), setting_of(name)) for name in NAMES]
    metrics = [
        (f"{name} metrics", int(getattr(settings, f"{name}_metrics_port")), f"ASSAY_{name.upper()}_METRICS_PORT")
        for name in SERVICES
    ]
    return [*ports, *metrics]


def setting_of(name: str) -> str:
    """The environment name that moves a service's port."""
    return "ASSAY_HTTP_PORT" if name == "gateway" else f"ASSAY_{name.upper()}_PORT"


def require_free(settings: Settings) -> None:
    """Raises StackFailed naming every taken port and how to move it; UsageError for ports that cannot work."""
    seen: dict[int, str] = {}
    for name, port, setting in needed(settings):
        if port == 0:
            if name in NAMES:
                raise UsageError(f"{setting} is 0: the processes of a stack find each other by port, so name one")
            continue
        if port in seen:
            raise UsageError(f"{seen[port]} and {name} share port {port}", f"move one of them with {setting}")
        seen[port] = name
    taken = [
        (name, port, setting) for name, port, setting in needed(settings) if port and not _is_free(settings.host, port)
    ]
    if taken:
        raise StackFailed(
            "cannot start: "
            + ("a port is taken" if len(taken) == 1 else f"{len(taken)} ports are taken")
            + (" (is another stack running?)" if len(taken) > 1 else ""),
            *(f"{settings.host}:{port} for {name}: move it with {setting}=<port>" for name, port, setting in taken),
        )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Servers set it too: connections of an earlier stack that linger in TIME_WAIT do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
