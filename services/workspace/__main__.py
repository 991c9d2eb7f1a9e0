"""`python -m services.workspace`: the workspace service as a process."""

import sys

from services.runtime.server import run_until_signalled
from services.workspace.app import build
from services.workspace.settings import WorkspaceSettings

if __name__ == "__main__":
    settings = WorkspaceSettings()
    sys.exit(run_until_signalled(lambda: build(settings), settings))
