"""`python -m services.silver`: the Silver service as a process."""

import sys

from services.runtime.server import run_until_signalled
from services.silver.app import build
from services.silver.settings import SilverSettings

if __name__ == "__main__":
    settings = SilverSettings()
    sys.exit(run_until_signalled(lambda: build(settings), settings))
