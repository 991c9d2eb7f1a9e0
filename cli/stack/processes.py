"""Starts the processes of a stack, starts again which dies, and drains them in the order in which they are needed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from cli.errors import StackFailed
from cli.settings import NAMES, Settings
from cli.stack.health import wait_until_ready
from cli.stack.parent import die_with_parent
from cli.stack.ports import require_free

START_SECONDS = 60.0
# A service drains its calls and then its jobs; beyond that it hangs.
JOBS_SECONDS = 30.0
MARGIN_SECONDS = 5.0
# What a job does may take a service down five times before the job is given up, and another job's after that.
MOST_DEATHS = 12
DEATHS_SECONDS = 300.0
TAIL_LINES = 15
ROUTINE = '"level": "info"'


def module_of(name: str) -> str:
    """The Python module that is the process."""
    return "gateway" if name == "gateway" else f"services.{name.partition('-')[0]}"


class Stack:
    """The processes of one home folder. `start` and `stop` from the main thread.

    `logs` is the folder the processes log into; None lets them write to our standard error.
    """

    def __init__(self, settings: Settings, *, logs: Path | None = None, log_format: str | None = None) -> None:
        self._settings = settings
        self._logs = logs
        self._log_format = log_format
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: dict[str, list[float]] = {name: [] for name in settings.processes}
        self._lock: IO[str] | None = None
        # SimpleQueue, because its `put` is the one that is safe inside a signal handler.
        self._signals: SimpleQueue[int] = SimpleQueue()

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts all and waits until every health check answers. StackFailed says who did not come up."""
        self._lock = _claim(self._settings.home)
        try:
            require_free(self._settings)
            for name in self._settings.processes:
                self._children[name] = self._spawn(name)
            wait_until_ready(self._settings, self.require_alive, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        environment = dict(os.environ) | self._part_of(name)
        if self._log_format is not None:
            environment["ASSAY_LOG_FORMAT"] = self._log_format
        log: IO[bytes] | None = None
        if self._logs is not None:
            self._logs.mkdir(parents=True, exist_ok=True)
            log = self._log_file(name).open("ab")
        try:
            return subprocess.Popen(  # noqa: S603 - our own interpreter and module names
                [sys.executable, "-m", module_of(name)],
                stdin=subprocess.DEVNULL,
                # Standard output carries the demo key once: it belongs to people, never into a log file.
                stdout=subprocess.DEVNULL if log else None,
                stderr=log,
                env=environment,
                # Ctrl-C reaches us alone, and we drain in order.
                process_group=0,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - no threads are running yet
            )
        finally:
            if log:
                log.close()

    def _part_of(self, name: str) -> dict[str, str]:
        """The settings that are a process's own."""
        if name == "ingest" and self._settings.ingest_workers:
            return {"ASSAY_ROLE": "api"}
        if name in NAMES:
            return {}
        service = name.partition("-")[0].upper()
        return {"ASSAY_ROLE": "worker", f"ASSAY_{service}_PORT": "0", f"ASSAY_{service}_METRICS_PORT": "0"}

    def _log_file(self, name: str) -> Path:
        assert self._logs is not None  # noqa: S101 - for the type checker
        return self._logs / f"{name}.log"

    def require_alive(self) -> None:
        """Raises StackFailed when a process has ended by itself."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise StackFailed(f"{name} {_fate(child.returncode)}", *self._last_words(name))

    def _last_words(self, name: str) -> list[str]:
        """Where its log is, and what it said last that was more than routine."""
        if self._logs is None:
            return []
        lines = self._log_file(name).read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        return [f"its log: {self._log_file(name)}", *(line for line in lines if ROUTINE not in line)]

    def listen(self) -> None:
        """From here on SIGTERM and SIGINT are for `wait` alone."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda number, _frame: self._signals.put(number))

    def wait(self) -> None:
        """Returns after SIGTERM or SIGINT. What ends by itself is started again. After `listen`.

        StackFailed when the same one does so more than `MOST_DEATHS` times in `DEATHS_SECONDS`.
        """
        self._revive()
        while self._next_signal() == signal.SIGCHLD:
            self._revive()

    def _revive(self) -> None:
        now = time.monotonic()
        for name, child in self._children.items():
            if child.poll() is None:
                continue
            deaths = self._deaths[name] = [at for at in self._deaths[name] if at > now - DEATHS_SECONDS] + [now]
            if len(deaths) > MOST_DEATHS:
                self.require_alive()
            sys.stderr.write(f"assay: {name} {_fate(child.returncode)} and is started again\n")
            self._children[name] = self._spawn(name)

    def _next_signal(self) -> int:
        while True:
            with suppress(Empty):
                # With a limit: a signal that comes just before the wait begins does not interrupt it.
                return self._signals.get(timeout=0.5)

    def stop(self) -> None:
        """Drains all, those first that need the others; kills who does not end. A second signal kills at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._kill())
        grace = self._settings.drain_seconds + JOBS_SECONDS + MARGIN_SECONDS
        for name in reversed(self._settings.processes):
            child = self._children.get(name)
            if child is None:
                continue
            # Workers need each other for nothing, so that all of them may end at once.
            for other in [child] if name in NAMES else self._workers():
                _tell(other, signal.SIGTERM)
            try:
                child.wait(grace)
            except subprocess.TimeoutExpired:
                _tell(child, signal.SIGKILL)
                child.wait()
        self._children.clear()
        if self._lock:
            self._lock.close()

    def _workers(self) -> list[subprocess.Popen[bytes]]:
        return [child for name, child in self._children.items() if name not in NAMES]

    def _kill(self) -> None:
        for child in self._children.values():
            _tell(child, signal.SIGKILL)


def _tell(child: subprocess.Popen[bytes], number: int) -> None:
    if child.poll() is None:
        child.send_signal(number)


def _fate(returncode: int) -> str:
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"


def _claim(home: Path) -> IO[str]:
    """One stack per home: two would write into the same databases and take each other's jobs for dead ones."""
    folder = home / "run"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "stack.lock").open("a+")
    except OSError as error:
        raise StackFailed(f"cannot write into {home}: {error.strerror}", "choose another with ASSAY_HOME") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise StackFailed(
            f"another stack runs on {home} (process {owner})", "stop it, or choose another folder with ASSAY_HOME"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
