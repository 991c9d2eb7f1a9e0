"""Silver: normalises raw items, links brands, finds duplicates and keeps the canonical products."""

import os

# Partitions are what runs side by side, so Polars works in the thread that asked: handing three rows to a pool costs
# four times what the work does. Polars reads this once, when it is imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# Before polars, which otherwise imports it when it is first needed: of two threads that need it at once one fails then.
import numpy as np  # noqa: F401
