"""Puts the sources and gen/ on the environment's path, so that they import from wherever a command is run."""

from __future__ import annotations

import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Writes the .pth file."""
    target = Path(sysconfig.get_path("purelib")) / "assay-sources.pth"
    target.write_text(f"{ROOT}\n{ROOT / 'gen'}\n")


if __name__ == "__main__":
    main()
