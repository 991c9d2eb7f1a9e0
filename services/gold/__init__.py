"""Gold: scores normalised products against the seven-stage rubric and says what to fix first."""

import os

# Partitions are what runs side by side, so Polars works in the thread that asked: handing three rows to a pool costs
# four times what the work does. Polars reads this once, when it is imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
# Each partition needs as much memory as the one before it. Polars' allocator gives it back after half a second and asks
# for it again: ten seconds instead save a tenth of a run's processor time. Read once, too.
os.environ.setdefault("_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:10000,muzzy_decay_ms:-1")

# Before polars, which otherwise imports it when it is first needed: of two threads that need it at once one fails then.
import numpy as np  # noqa: F401
