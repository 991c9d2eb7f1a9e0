"""A file as a deterministic sequence of chunks of items, with what was wrong on the way."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.ingest.parsing.csv_reader import CsvReader, Record
from services.ingest.parsing.detect import FileFormat, FileKind, FormatHint, detect_format
from services.ingest.parsing.documents import damage, encode_document, fingerprint_of, undecodable
from services.ingest.parsing.encoding import open_text
from services.ingest.parsing.folding import ShopifyLayout
from services.ingest.parsing.identity import MAX_ID_CHARS, IdentityPlan, Occurrences, id_chars
from services.ingest.parsing.json_reader import JsonReader
from services.ingest.parsing.limits import ParseLimits
from services.ingest.parsing.parents import ParentPlan
from services.ingest.parsing.problems import RowProblem, Severity, TooManyRowsError

_PLANS_KEPT = 1_000
# One document shorter than this needs no look at its cells.
_SMALL_DOCUMENT_BYTES = 64 * 1024


@dataclass(slots=True)
class ItemChunk:
    """Columns: the n-th entry of each list belongs to the n-th item. `problems` are those met since the last chunk."""

    ids: list[str] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    errors: int = 0
    """Rows not imported, also those beyond the number of problems that are kept."""
    repeats: int = 0
    """Rows left out because the same id with the same content stood before."""


@dataclass(slots=True)
class ParseTotals:
    """Counts of a whole file; complete when the chunks are exhausted."""

    items: int = 0
    errors: int = 0
    warnings: int = 0
    repeats: int = 0
    chunks: int = 0


class FileParser:
    """One pass over one file; `chunks` may be iterated once. Memory: one chunk, and 100-odd bytes per distinct id."""

    def __init__(self, path: Path, hint: FormatHint = FormatHint.AUTO, limits: ParseLimits | None = None) -> None:
        self._path = path
        self._limits = limits or ParseLimits()
        self.format: FileFormat = detect_format(path, hint)
        self.totals = ParseTotals()
        self._chunk = ItemChunk()

    def chunks(self) -> Iterator[ItemChunk]:
        """Chunks of up to `chunk_items` items, in file order; the last may hold problems only.

        Raises FileRefusedError (a subclass) when the file turns out broken, at whatever place: what was yielded
        before must then be thrown away.
        """
        with closing(open_text(self._path, self.format.codec)) as stream:
            if self.format.kind is FileKind.JSON:
                yield from self._build(JsonReader(stream, self._limits, self._report), None)
            else:
                reader = CsvReader(
                    stream, self.format.delimiter, self._limits, self._report, skip_lines=self.format.skip_lines
                )
                shopify = ShopifyLayout.find(reader.headers)
                records = shopify.fold(reader, self._limits) if shopify else reader
                plans = (
                    IdentityPlan(reader.headers, shopify.handle if shopify else None),
                    ParentPlan(reader.headers, {}),
                )
                yield from self._build(records, plans)

    def _report(self, problem: RowProblem) -> None:
        totals, chunk = self.totals, self._chunk
        if totals.errors + totals.warnings < self._limits.max_problems:
            chunk.problems.append(problem)
        if problem.severity is Severity.ERROR:
            totals.errors += 1
            chunk.errors += 1
        else:
            totals.warnings += 1

    def _build(
        self, records: Iterator[Record] | CsvReader | JsonReader, plans: tuple[IdentityPlan, ParentPlan] | None
    ) -> Iterator[ItemChunk]:
        limits, totals, report = self._limits, self.totals, self._report
        place = Occurrences().place
        by_keys = _PlansByKeys()
        rows, held, chunk = 0, 0, self._chunk
        for line, values in records:
            rows += 1
            if rows > limits.max_rows:
                raise TooManyRowsError(f"The file has more than {limits.max_rows:,} rows.", line=line)
            identities, parents = plans or by_keys.find(values)
            try:
                encoded = encode_document(values)
            except TypeError:
                report(undecodable(line, values, self.format.codec))
                continue
            if (b"\\u0000" in encoded or len(encoded) > _SMALL_DOCUMENT_BYTES) and (
                problem := damage(encoded, line, values, limits)
            ):
                report(problem)
                continue
            too_long: list[str] = []
            identity = identities.identify(values, too_long)
            if identity is None:
                report(_without_id(line, values, too_long))
                continue
            fingerprint = fingerprint_of(encoded)
            product_id = place(identity, fingerprint)
            if product_id is None:
                totals.repeats += 1
                chunk.repeats += 1
                continue
            if product_id is not identity:
                message = f"The id {identity!r} stands in the file before with other content; kept as {product_id!r}."
                report(RowProblem(line, "", "DUPLICATE_ID", message, Severity.WARNING))
            for column in too_long:
                message = f"{_length_of_id(values[column])} The row is kept as {product_id!r}."
                report(RowProblem(line, column, "ID_TOO_LONG", message, Severity.WARNING))
            parent = None
            if parents:
                parents.remember(product_id, values)
                parent = parents.parent_of(product_id, values)
            chunk.ids.append(product_id)
            chunk.parents.append(parent)
            chunk.lines.append(line)
            chunk.documents.append(encoded.decode())
            chunk.fingerprints.append(fingerprint)
            held += len(encoded)
            if len(chunk.ids) >= limits.chunk_items or held >= limits.chunk_bytes:
                yield self._close_chunk()
                chunk, held = self._chunk, 0
        if chunk.ids or chunk.errors or chunk.repeats or chunk.problems:
            yield self._close_chunk()

    def _close_chunk(self) -> ItemChunk:
        chunk, self._chunk = self._chunk, ItemChunk()
        self.totals.items += len(chunk.ids)
        self.totals.chunks += 1
        return chunk


def _without_id(line: int, values: dict[str, Any], too_long: list[str]) -> RowProblem:
    nothing = "No id, article number, barcode, link or title in this row."
    if not too_long:
        return RowProblem(line, "", "MISSING_ID", nothing)
    message = f"{_length_of_id(values[too_long[0]])} Nothing else in this row says which product it is."
    return RowProblem(line, too_long[0], "MISSING_ID", message)


def _length_of_id(value: object) -> str:
    return f"The id has {id_chars(value):,} characters; the limit is {MAX_ID_CHARS}."


class _PlansByKeys:
    """Plans for JSON entries, which may each have other names; entries of one exporter share a few sets of them."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, ...], tuple[IdentityPlan, ParentPlan]] = {}
        self._by_sku: dict[str, str] = {}

    def find(self, values: dict[str, Any]) -> tuple[IdentityPlan, ParentPlan]:
        keys = tuple(values)
        plans = self._plans.get(keys)
        if plans is None:
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.clear()
            plans = self._plans[keys] = (IdentityPlan(keys), ParentPlan(keys, self._by_sku))
        return plans
