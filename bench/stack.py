"""The whole system as processes on free ports, in a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import grpc
import httpx
import psutil
from assay.workspace.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    workspace_pb2,
    workspace_service_pb2,
    workspace_service_pb2_grpc,
)

SERVICES = ("workspace", "ingest", "silver", "gold")
WORKSPACE = "ws_bench"
SCOPES = (
    *("workspace:read", "brands:read", "brands:write", "jobs:read", "jobs:write"),
    *("catalogs:read", "catalogs:write", "products:read", "products:write", "settings:read", "settings:write"),
    "feed:read",
)
START_SECONDS = 60
STOP_SECONDS = 20


class StackError(RuntimeError):
    """A process did not come up, or died; the text ends with its last log lines."""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on right now."""
    with ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Stack:
    """Starts four services and the gateway; a context manager that stops them."""

    def __init__(self, home: Path, **settings: str) -> None:
        """`settings`: more of the environment of all processes."""
        self.home = home
        self._settings = settings
        ports = free_ports(len(SERVICES) + 1)
        self._ports = dict(zip((*SERVICES, "gateway"), ports, strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"http://127.0.0.1:{self._ports['gateway']}"

    def __enter__(self) -> "Stack":
        try:
            for name in (*SERVICES, "gateway"):
                self._begin(name, "gateway" if name == "gateway" else f"services.{name}", self.environment)
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """Of every process."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        environment |= {"ASSAY_HOME": str(self.home), "ASSAY_HTTP_PORT": str(self._ports["gateway"])}
        for service in SERVICES:
            environment[f"ASSAY_{service.upper()}_PORT"] = str(self._ports[service])
            environment[f"ASSAY_{service.upper()}_METRICS_PORT"] = "0"
        return environment | self._settings

    def address(self, service: str) -> str:
        """Where a service answers over gRPC."""
        return f"127.0.0.1:{self._ports[service]}"

    def add_worker(self, service: str) -> None:
        """One more process for the jobs of a service; returns when it serves."""
        name = f"{service} worker {len(self._processes)}"
        moved = {"ASSAY_ROLE": "worker", f"ASSAY_{service.upper()}_PORT": "0"}
        self._begin(name, f"services.{service}", self.environment | moved)
        deadline = time.monotonic() + START_SECONDS
        while '"serving"' not in self._log(name).read_text():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"not ready after {START_SECONDS} s:\n{self._tail(name)}")
            time.sleep(0.1)

    def _begin(self, name: str, module: str, environment: dict[str, str]) -> None:
        with self._log(name).open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module],
                env=environment,
                cwd=Path(__file__).parents[1],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def peak_mib(self) -> dict[str, int]:
        """Largest resident size of each process so far (VmHWM), in MiB."""
        peaks = {}
        for name, process in self._processes.items():
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            peaks[name] = int(found[1]) // 1024 if found else 0
        return peaks

    def cpu_seconds(self) -> float:
        """Processor time that all processes have used so far, user and system."""
        return sum(self.cpu_seconds_by_process().values())

    def cpu_seconds_by_process(self) -> dict[str, float]:
        """The same by name of the process."""
        used = {name: psutil.Process(process.pid).cpu_times() for name, process in self._processes.items()}
        return {name: one.user + one.system for name, one in used.items()}

    def check(self) -> None:
        """Raise StackError when a process has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise StackError(f"{name} ended with code {process.returncode}:\n{self._tail(name)}")

    def api_key(self) -> str:
        """Makes the benchmark's workspace and a key without a rate limit, as an operator does."""
        token = (self.home / "internal-token").read_text().strip()
        metadata = (("authorization", f"Bearer {token}"),)
        with grpc.insecure_channel(self.address("workspace")) as channel:
            workspace_service_pb2_grpc.WorkspaceServiceStub(channel).CreateWorkspace(
                workspace_service_pb2.CreateWorkspaceRequest(workspace_id=WORKSPACE), metadata=metadata, timeout=10
            )
            answer = api_key_service_pb2_grpc.ApiKeyServiceStub(channel).CreateApiKey(
                api_key_service_pb2.CreateApiKeyRequest(
                    workspace_id=WORKSPACE, name="bench", permissions=SCOPES, tier=workspace_pb2.TIER_ENTERPRISE
                ),
                metadata=metadata,
                timeout=10,
            )
        return answer.api_key.secret

    def _log(self, name: str) -> Path:
        self.home.mkdir(parents=True, exist_ok=True)
        return self.home / f"{name}.log"

    def _tail(self, name: str) -> str:
        return "\n".join(self._log(name).read_text(errors="replace").splitlines()[-15:])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"not ready after {START_SECONDS} s:\n" + "\n".join(map(self._tail, self._processes)))
            time.sleep(0.1)

    def _ready(self) -> bool:
        """The gateway answers so only when every service serves."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).is_success
        except httpx.HTTPError:
            return False
