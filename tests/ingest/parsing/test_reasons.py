import re
from pathlib import Path

import pytest

from services.ingest import parsing
from services.ingest.parsing.problems import ROW_REASONS, FileRefusedError

EXAMPLES = {
    "RAGGED_ROW": b"id,name\n1,a,b\n2,c\n",
    "ID_TOO_LONG": b"id,sku\n" + b"x" * 256 + b",1\n",
    "MISSING_ID": b"id,colour\n,red\n1,blue\n",
    "DUPLICATE_ID": b"id,name\n1,a\n1,b\n",
    "CELL_TOO_LARGE": b"id,name\n1," + b"x" * 300 + b"\n",
    "ROW_TOO_LARGE": b"id,a,b,c,d\n1" + (b"," + b"x" * 190) * 4 + b"\n",
    "INVALID_UTF8": "id,name\n1,é\n".encode() + b"2,\xff\n",
    "INVALID_ENCODING": "id,name\n1,a\n2,b".encode("utf-16")[:-1],
    "NUL_BYTE": b"id,name\n1,a\0b\n",
    "REPEATED_HEADER": b"id,name\n1,a\nid,name\n",
    "NOT_AN_OBJECT": b"[1]",
    "JSON_TOO_DEEP": b'[{"id": 1, "a": ' + b"[" * 70 + b"]" * 70 + b"}]",
    "NUMBER_OUT_OF_RANGE": b'[{"id": 1, "price": 1e-99999999999999999999}]',
    "INVALID_JSON_LINE": b'{"id": 1}\n{oops}\n{"id": 2}\n',
}


@pytest.mark.parametrize("reason", ROW_REASONS)
def test_every_registered_reason_occurs(parse, monkeypatch, reason):
    monkeypatch.setattr("services.ingest.parsing.pipeline._SMALL_DOCUMENT_BYTES", 100)
    parsed = parse(EXAMPLES[reason], max_cell_bytes=280, max_document_bytes=500)
    assert reason in {problem.reason for problem in parsed.problems}


def test_every_reason_in_the_code_is_registered():
    known = set(ROW_REASONS) | {error.reason for error in FileRefusedError.__subclasses__()}
    written = set()
    for path in Path(parsing.__file__).parent.glob("*.py"):
        written |= set(re.findall(r'"([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)"', path.read_text()))
    assert written - {"FILE_REFUSED"} <= known
