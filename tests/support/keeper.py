"""Starts a PostgreSQL, and ends it when whoever asked for it is gone, however: a program, see `postgres.py`.

`keeper.py BIN FOLDER PORT OPTION...`: prints a line when the server is up, and ends it when its standard input ends,
which the system sees to even where the other end was killed. The folder is gone then.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

STARTED_SECONDS = 60
READY = "ready"


def nobody() -> dict[str, Any]:
    """Whom PostgreSQL may run as: it refuses to be root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def control(bin_: Path, data: Path, *words: str) -> None:
    """pg_ctl; returns when it has done what it was told."""
    words = ("-D", str(data), "-w", "-t", str(STARTED_SECONDS), "-l", str(data / "log"), *words)
    _run(data, bin_ / "pg_ctl", *words)


def _run(data: Path, *words: str | Path) -> None:
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.run(words, check=True, cwd=data, **quiet, **nobody())


def main(bin_: Path, folder: Path, port: str, *options: str) -> None:
    data = folder / "data"
    try:
        data.mkdir(mode=0o700)
        if who := nobody():
            shutil.chown(data, who["user"], who["group"])
        made = ["-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--no-locale"]
        _run(data, bin_ / "initdb", "-D", data, *made)
        told = f"-p {port} -h 127.0.0.1 -k {data} " + " ".join(f"-c {option}" for option in options)
        control(bin_, data, "-o", told, "start")
        try:
            sys.stdout.write(f"{READY}\n")
            sys.stdout.flush()
            sys.stdin.read()
        finally:
            control(bin_, data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
