"""What processes have imported before they serve."""

import subprocess
import sys

import pytest

LAZY = "import sys, {}; from polars import _dependencies as of; sys.exit(isinstance(of.numpy, of._LazyModule))"


@pytest.mark.parametrize("module", ["services.silver.app", "services.gold.app", "services.ingest.app"])
def test_polars_need_not_import_numpy_when_threads_are_at_work(module):
    """It does so without a lock: one of two threads gets a TypeError, and the job that it does an internal error."""
    done = subprocess.run([sys.executable, "-c", LAZY.format(module)], timeout=60, check=False)
    assert done.returncode == 0


def test_polars_would():
    """Otherwise the test above tells nothing."""
    done = subprocess.run([sys.executable, "-c", LAZY.format("polars")], timeout=60, check=False)
    assert done.returncode == 1
