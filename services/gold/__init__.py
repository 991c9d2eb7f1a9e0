"""Gold: scores normalised products against the seven-stage rubric and says what to fix first."""

import os

# Partitions are what runs side by side, so Polars works in the thread that asked: handing three rows to a pool costs
# four times what the work does. Polars reads this once, when it is imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
