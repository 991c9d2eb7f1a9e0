"""Catalogs, uploads and raw items (bronze): what came in, exactly as it came in."""

# Before polars, which otherwise imports it when it is first needed: of two threads that need it at once one fails then.
import numpy as np  # noqa: F401
