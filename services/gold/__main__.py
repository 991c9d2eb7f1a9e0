"""`python -m services.gold`: the Gold service as a process."""

import sys

from services.gold.app import build
from services.gold.settings import GoldSettings
from services.runtime.server import run_until_signalled

if __name__ == "__main__":
    settings = GoldSettings()
    sys.exit(run_until_signalled(lambda: build(settings), settings))
