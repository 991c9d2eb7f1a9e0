import socket

import pytest

from cli.errors import StackFailed, UsageError
from cli.settings import NAMES, SERVICES, Settings
from cli.stack.ports import require_free


@pytest.fixture
def ports():
    with socket.socket() as a, socket.socket() as b:
        names = [*(f"{name}_port" for name in SERVICES), "http_port", *(f"{name}_metrics_port" for name in SERVICES)]
        sockets = [a, b, *(socket.socket() for _ in names[2:])]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        numbers = {name: one.getsockname()[1] for name, one in zip(names, sockets, strict=True)}
        for one in sockets:
            one.close()
    return numbers


def test_free_ports_are_fine(ports):
    require_free(Settings(**ports))


def test_a_taken_port_is_named_with_the_setting_that_moves_it(ports):
    with socket.create_server(("127.0.0.1", ports["silver_port"])), pytest.raises(StackFailed) as raised:
        require_free(Settings(**ports))

    assert raised.value.message == "cannot start: a port is taken"
    assert raised.value.hints == (
        f"127.0.0.1:{ports['silver_port']} for silver: move it with ASSAY_SILVER_PORT=<port>",
    )


def test_several_taken_ports_are_all_named(ports):
    with (
        socket.create_server(("127.0.0.1", ports["http_port"])),
        socket.create_server(("127.0.0.1", ports["gold_metrics_port"])),
        pytest.raises(StackFailed) as raised,
    ):
        require_free(Settings(**ports))

    assert [hint.split(": move it with ")[1] for hint in raised.value.hints] == [
        "ASSAY_HTTP_PORT=<port>",
        "ASSAY_GOLD_METRICS_PORT=<port>",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_processes_cannot_find_each_other_at_port_0(ports, name):
    field = "http_port" if name == "gateway" else f"{name}_port"

    with pytest.raises(UsageError, match="is 0"):
        require_free(Settings(**ports | {field: 0}))


def test_metrics_may_take_any_port(ports):
    require_free(Settings(**ports | {f"{name}_metrics_port": 0 for name in SERVICES}))


def test_two_processes_cannot_share_a_port(ports):
    with pytest.raises(UsageError, match="ingest and gold share port"):
        require_free(Settings(**ports | {"gold_port": ports["ingest_port"]}))
