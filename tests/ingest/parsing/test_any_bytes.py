import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.parsing import FileParser, FileRefusedError, FormatHint, ParseLimits

SMALL = ParseLimits(max_columns=20, max_cell_bytes=500, max_document_bytes=2000, max_record_chars=5000, chunk_items=2)
NEARLY = st.lists(
    st.sampled_from(
        (
            *["id", "Handle", "sku", ",", ";", '"', "\n", "\r", "\r\n", "\t", "\0", "é", "{", "}", "[", "]", ":", "1"],
            *['"id":', "null", "1e5", "\\u0000", "\\ud800", "Option1 Value", "Image Src", "x" * 600, "\ufeff"],
        )
    ),
    max_size=60,
).map(lambda parts: "".join(parts).encode())


def check(content, hint):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        path.write_bytes(content)
        try:
            chunks = list(FileParser(path, hint, SMALL).chunks())
        except FileRefusedError as refused:
            assert refused.reason.isupper()
            assert refused.message
            return
        assert list(FileParser(path, hint, SMALL).chunks()) == chunks
    for chunk in chunks:
        assert len(chunk.ids) == len(chunk.documents) == len(chunk.parents) == len(chunk.lines)
        for identity, document in zip(chunk.ids, chunk.documents, strict=True):
            assert 1 <= len(identity) <= 255
            assert isinstance(json.loads(document), dict)
            document.encode()
        for problem in chunk.problems:
            (problem.column + problem.message).encode()
    ids = [i for chunk in chunks for i in chunk.ids]
    assert len(set(ids)) == len(ids)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(FormatHint))
def test_arbitrary_bytes_give_items_or_a_refusal(content, hint):
    check(content, hint)


@settings(max_examples=300, deadline=None)
@given(NEARLY, st.sampled_from(FormatHint))
def test_almost_csv_and_json_give_items_or_a_refusal(content, hint):
    check(content, hint)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({"id": st.integers(), "v": st.floats(allow_nan=False, allow_infinity=False)}),
        min_size=1,
        unique_by=lambda row: row["id"],
    )
)
def test_json_values_survive(rows):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        path.write_text(json.dumps(rows))
        documents = [json.loads(d) for chunk in FileParser(path).chunks() for d in chunk.documents]
    assert documents == rows
