"""From a product file on disk to raw items: pure, memory bounded, without database or network.

`stage_file` is the whole way (file in, chunk files and counts out); `FileParser` is the way without the disk.
"""

from services.ingest.parsing.detect import FormatHint
from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.pipeline import FileParser, ItemChunk, ParseTotals
from services.ingest.parsing.problems import FileRefusedError, RowProblem, Severity
from services.ingest.parsing.staging import (
    StagedFile,
    read_staged_ids,
    read_staged_items,
    read_staged_problems,
    stage_file,
)

__all__ = [
    "FileParser",
    "FileRefusedError",
    "FormatHint",
    "ItemChunk",
    "ParseLimits",
    "ParseTotals",
    "RowProblem",
    "Severity",
    "StagedFile",
    "read_staged_ids",
    "read_staged_items",
    "read_staged_problems",
    "stage_file",
]
