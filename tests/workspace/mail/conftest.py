"""Jobs that have ended, and who sends their mails to a real server."""

import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.runtime.database import Database
from services.runtime.migrations import migrate
from services.workspace.app import MIGRATIONS
from services.workspace.clock import SECOND
from services.workspace.mail.mailer import Mailer, Post
from services.workspace.mail.smtp import server_of
from services.workspace.stores.jobs import Ending, JobStore, NewJob
from services.workspace.stores.mails import MailStore
from services.workspace.stores.workspaces import WorkspaceStore
from tests.support.mail import MailServer

OWNER = "ingest@host/0#1"
DEFAULT_RECIPIENT = "ops@example.com"


class House:
    """The stores of one database and a clock that is moved."""

    def __init__(self, folder):
        self.folder = folder
        self.database = Database(f"sqlite:///{folder / 'workspace.sqlite3'}")
        migrate(self.database, MIGRATIONS)
        self.micros = 1_800_000_000 * SECOND
        self.jobs, self.mails = JobStore(self.database, self.now), MailStore(self.database, self.now)
        WorkspaceStore(self.database, self.now).create("ws_a", "Shoes & Co")

    def now(self):
        return self.micros

    def ended(self, ending=None):
        """The id of a job that asked for a mail and ended."""
        job = NewJob("ws_a", "import", "ingest", "catalog_import", OWNER, "cat_1", notify_email=True)
        job_id = self.jobs.start(job).row.id
        self.micros += 2 * SECOND
        self.jobs.finish("ws_a", job_id, OWNER, ending or Ending("completed", 3, 3, result='{"total": 3}'))
        return job_id

    def mailer(self, url=None, recipients=(DEFAULT_RECIPIENT,), **fields):
        server = None if url is None else server_of(url, 20.0)
        post = Post(server, self.folder / "outbox", "assay@example.com", tuple(recipients), **fields)
        return Mailer(self.mails, post, 0.01, self.now)


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def server():
    with MailServer() as made:
        yield made.listen()


@pytest.fixture
def url(server):
    return f"smtp://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a key and a certificate for 127.0.0.1 that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate):
    """The server's side of an encrypted connection."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
