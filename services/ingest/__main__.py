"""`python -m services.ingest`: the ingest service as a process."""

import sys

from services.ingest.app import build
from services.ingest.settings import IngestSettings
from services.runtime.server import run_until_signalled

if __name__ == "__main__":
    settings = IngestSettings()
    sys.exit(run_until_signalled(lambda: build(settings), settings))
