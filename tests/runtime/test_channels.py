"""How a service finds its neighbours again."""

import socket
import threading

import pytest
from assay.workspace.v1.workspace_service_pb2 import GetWorkspaceRequest
from assay.workspace.v1.workspace_service_pb2_grpc import WorkspaceServiceStub

from services.runtime.channels import Channels


@pytest.fixture
def hanging_up():
    """A port that hangs up on everybody, and the semaphore that counts them."""
    callers = threading.Semaphore(0)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.close()
            callers.release()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listening.getsockname()[1]}", callers
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def test_a_neighbour_that_went_away_is_looked_for_often(hanging_up):
    address, callers = hanging_up
    channels = Channels("secret", max_message_bytes=1 << 20)
    waiting = WorkspaceServiceStub(channels.to(address)).GetWorkspace.future(GetWorkspaceRequest(), wait_for_ready=True)

    # By default gRPC waits 1, 1.6, 2.6, 4.1 s … and in the end two minutes between attempts.
    found = [callers.acquire(timeout=3) for _ in range(6)]

    waiting.cancel()
    channels.close()
    assert all(found)
