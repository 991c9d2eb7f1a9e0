"""Scores and results as columns: the frames that are stored, a partition at a time, and their bytes.

A row per product in SQL took most of a run's time, and a list of scores by any filter and order needs columns anyway
(docs/decisions/0010).
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

import polars as pl
from polars.exceptions import ColumnNotFoundError

from services.gold.channels.rules import RULES
from services.gold.rubric.score import MEASURES

CHANNELS: Final = tuple(RULES)
"""Columns of the rules that a product breaks, as bits in the order of the channel's rules."""
GRADES: Final = ("grades0", "grades1")
SCORES: Final = pl.Schema(
    {
        "product_id": pl.String,
        "score": pl.Int16,
        "units": pl.Int32,
        **dict.fromkeys(GRADES, pl.UInt64),
        **dict.fromkeys(CHANNELS, pl.UInt64),
        "brand": pl.String,
        "category": pl.String,
        "grading": pl.String,
        "fingerprint": pl.String,
        "scored_at": pl.Int64,
        **dict.fromkeys(MEASURES, pl.Int32),
        "inputs": pl.UInt64,
    }
)
"""A scored product: points lost (`units`), its grades (see `rubric.score`), what it was scored under and when (ms), and
what it was scored for (`inputs`, see there; 0 in segments that do not tell).
"""
RESULTS: Final = pl.Schema(
    {"product_id": pl.String, "score": pl.Int16, **dict.fromkeys(GRADES, pl.UInt64), "error": pl.UInt8}
)
"""How a product fared in a run; `error` is a number of `results.ERRORS`, null for a success."""

_FEW: Final = 16
_LATER: Final = "inputs"


def packed(frame: pl.DataFrame) -> bytes:
    """A frame as it is stored (Arrow IPC stream: of three rows it is read ten times faster than the file format).

    Few rows are not compressed: that would take as long as all the rest, and make nothing smaller.
    """
    target = BytesIO()
    frame.write_ipc_stream(target, compression="lz4" if frame.height > _FEW else "uncompressed")
    return target.getvalue()


def unpacked(blob: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A frame as it was stored, or some columns of it: what is not asked for is not unpacked."""
    try:
        return pl.read_ipc_stream(BytesIO(blob), columns=None if columns is None else list(columns))
    except ColumnNotFoundError:  # written before there was this one
        assert columns is not None  # noqa: S101 - narrows for the type checker
        untold = pl.lit(0, dtype=SCORES[_LATER]).alias(_LATER)
        former = [name for name in columns if name != _LATER]
        return pl.read_ipc_stream(BytesIO(blob), columns=former).with_columns_seq(untold).select_seq(columns)
