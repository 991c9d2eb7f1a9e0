"""The processes of a stack, one by one, for tests that kill them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import sqlalchemy as sa

from tests.e2e.conftest import BIN, ROOT, SERVICES, free_ports
from tests.support.postgres import Running

PROCESSES = (*SERVICES, "gateway")
START_SECONDS = 120
WORKER, INGEST_WORKER = "worker", "ingest worker"
SCOPES = ("catalogs", "products", "jobs", "brands")


class Victims:
    """The processes of one stack. `start` them, disturb them, `stop` them."""

    def __init__(
        self,
        home: Path,
        *,
        server: Running | None = None,
        workers: int = 0,
        ingest_workers: int = 0,
        **settings: str,
    ) -> None:
        """`server`: the one of the database, where it may be disturbed, too; `workers`: more processes of Silver that
        do jobs and nothing else; `ingest_workers`: likewise of ingest.
        """
        self.home = home
        self.server = server
        more = ((WORKER, workers), (INGEST_WORKER, ingest_workers))
        self.names = (*PROCESSES, *(f"{name} {number}" for name, count in more for number in range(count)))
        names = [f"ASSAY_{name.upper()}_PORT" for name in SERVICES]
        names += [f"ASSAY_{name.upper()}_METRICS_PORT" for name in SERVICES] + ["ASSAY_HTTP_PORT"]
        ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        self.environment = clean | ports | {"ASSAY_HOME": str(home), "ASSAY_SILVER_IMAGE_REQUESTS": "false"} | settings
        self.environment["PYTHONFAULTHANDLER"] = "1"  # for `tell_stacks`
        self.url = f"http://127.0.0.1:{ports['ASSAY_HTTP_PORT']}"
        self.http = httpx.Client(timeout=30, trust_env=False)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    def start(self) -> None:
        """All of them; returns when the gateway says that it is ready."""
        self.home.mkdir(parents=True)
        for name in self.names:
            self._spawn(name)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert time.monotonic() < deadline, self.tail()
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends what is there, whatever state it is in."""
        self._over.set()
        with self._lock:
            for process in self.processes.values():
                process.kill()
                process.wait()
        self.http.close()

    def kill(self, name: str) -> None:
        """SIGKILL, and another life at once."""
        with self._lock:
            if not self._over.is_set():
                self.processes[name].kill()
                self.processes[name].wait()
                self._spawn(name)

    def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP for a while."""
        process = self.processes[name]
        process.send_signal(signal.SIGSTOP)
        self._over.wait(seconds)
        process.send_signal(signal.SIGCONT)

    def terminate(self, name: str) -> None:
        """SIGTERM, and another life when it has ended."""
        with self._lock:
            if not self._over.is_set():
                self.processes[name].terminate()
                # Not always 0: one that has only just begun to start does not know the signal yet.
                self.processes[name].wait(60)
                self._spawn(name)

    def tell_stacks(self) -> None:
        """Ends all of them, each with a last word in its log: what its threads were at. And what the database said."""
        self._over.set()
        with self._lock:
            for process in self.processes.values():
                for one in psutil.Process(process.pid).children():  # `assay serve` is not what works
                    one.send_signal(signal.SIGABRT)
                process.send_signal(signal.SIGABRT)
                process.wait(60)
        if self.server:
            shutil.copy(self.server.data / "log", self.home / "postgresql.log")

    def tail(self) -> str:
        """What was logged last."""
        return "".join(path.read_text()[-1500:] for path in sorted(self.home.glob("*.log")))

    def key(self, workspace: str) -> str:
        """A key without a limit of requests."""
        words = [BIN / "assay", "keys", "create", "--workspace", workspace, "--tier", "enterprise"]
        words += [f"--scope={scope}:{way}" for scope in SCOPES for way in ("read", "write")]
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def left_over(self) -> list[str]:
        """Jobs that a service still knows of, by service."""
        found, url = [], self.environment.get("ASSAY_DATABASE_URL")
        for name in ("ingest", "silver", "gold"):
            runs = sa.table("job_runs", sa.column("job_id"), schema=name if url else None)
            engine = sa.create_engine(url or f"sqlite:///{self.home / name / name}.sqlite3", poolclass=sa.NullPool)
            with engine.connect() as connection:
                found += [f"{name}: {job_id}" for job_id in connection.execute(sa.select(runs)).scalars()]
        return found

    def unswept(self) -> list[str]:
        """What ingest still has of contents that no catalog has, and of what was kept in mind while they were built."""
        url = self.environment.get("ASSAY_DATABASE_URL")
        engine = sa.create_engine(url or f"sqlite:///{self.home / 'ingest' / 'ingest.sqlite3'}", poolclass=sa.NullPool)
        schema = "ingest." if url else ""
        contents = f"SELECT content FROM {schema}catalogs"
        queries = {
            "items": f"SELECT DISTINCT catalog_id FROM {schema}items WHERE catalog_id NOT IN ({contents})",
            "deletions": f"SELECT DISTINCT catalog_id FROM {schema}item_deletions WHERE catalog_id NOT IN ({contents})",
            "contents": f"SELECT content FROM {schema}former_contents",
            "changes": f"SELECT DISTINCT catalog_id FROM {schema}content_changes",
            "parts": f"SELECT DISTINCT ingestion_id FROM {schema}ingestion_partitions",
        }
        with engine.connect() as connection:
            return [
                f"{name} of {one}"
                for name, query in queries.items()
                for one in connection.exec_driver_sql(query).scalars()
            ]

    def _spawn(self, name: str) -> None:
        words, settings = [sys.executable, "-m", "gateway" if name == "gateway" else f"services.{name}"], {}
        kind = name.rpartition(" ")[0]
        if service := {WORKER: "silver", INGEST_WORKER: "ingest"}.get(kind):
            words = [BIN / "assay", "serve", service, "--role", "worker"]
            settings = {f"ASSAY_{service.upper()}_PORT": "0", f"ASSAY_{service.upper()}_METRICS_PORT": "0"}
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                words, cwd=ROOT, env=self.environment | settings, stdout=log, stderr=log
            )

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.http.get(f"{self.url}/readyz").status_code == 200
        return False
