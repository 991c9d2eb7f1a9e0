"""Fixtures that let pytest-grpc serve an app in real-server mode; a conftest imports them beside its own `app`.

Unlike pytest-grpc's own they bind first and tell the address then, so that nobody else can take the port in between,
and they have threads enough for streams beside calls.
"""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from services.runtime.server import server_interceptor


@pytest.fixture(scope="module")
def grpc_interceptors(app):
    return [server_interceptor(app)]


@pytest.fixture(scope="module")
def grpc_servicer(app):
    return app


@pytest.fixture(scope="module")
def grpc_add_to_server():
    return lambda app, server: app.register(server)


@pytest.fixture(scope="module")
def _grpc_server(grpc_interceptors):
    pool = ThreadPoolExecutor(max_workers=16)
    options = [("grpc.max_receive_message_length", 8 * 1024 * 1024), ("grpc.so_reuseport", 0)]
    yield grpc.server(pool, interceptors=grpc_interceptors, options=options)
    pool.shutdown(wait=False)


@pytest.fixture(scope="module")
def grpc_addr(_grpc_server):
    port = _grpc_server.add_insecure_port("127.0.0.1:0")
    assert port > 0
    return f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def grpc_server(_grpc_server, grpc_addr, grpc_add_to_server, grpc_servicer):
    grpc_add_to_server(grpc_servicer, _grpc_server)
    _grpc_server.start()
    yield _grpc_server
    _grpc_server.stop(grace=None).wait()
