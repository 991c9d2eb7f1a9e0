import json
from pathlib import Path

import pytest

from services.ingest.parsing import FileParser, FormatHint, ParseLimits


class Parsed:
    """A whole file, flattened for comparison."""

    def __init__(self, path, hint=FormatHint.AUTO, limits=None):
        parser = FileParser(path, hint, limits)
        self.chunks = list(parser.chunks())
        self.format = parser.format
        self.totals = parser.totals
        self.ids = [i for c in self.chunks for i in c.ids]
        self.documents = [json.loads(d) for c in self.chunks for d in c.documents]
        self.raw_documents = [d for c in self.chunks for d in c.documents]
        self.parents = [p for c in self.chunks for p in c.parents]
        self.lines = [n for c in self.chunks for n in c.lines]
        self.problems = [p for c in self.chunks for p in c.problems]
        self.flat = [(p.line, p.column, p.reason, str(p.severity)) for p in self.problems]


@pytest.fixture
def parse(tmp_path: Path):
    def run(content, hint=FormatHint.AUTO, **limits):
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Parsed(path, hint, ParseLimits(**limits) if limits else None)

    return run
