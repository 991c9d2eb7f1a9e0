import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.workspace.auth.key_server import KeyServer, public


@pytest.fixture(scope="module")
def private():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def stranger():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def server(private):
    running = KeyServer()
    running.keys = [public(private, "one")]
    yield running
    running.close()
