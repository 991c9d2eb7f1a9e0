"""Attributes as bytes: RSS, CSV, JSON and JSON lines. Columns in, bytes out, no product by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

_LIST: Final = pl.List(pl.String)
_FORMULA: Final = r"^[=+\-@\t\r]"


class Writer(Protocol):
    """One way of writing a feed."""

    @property
    def content_type(self) -> str:
        """MIME type."""

    def head(self, attributes: Sequence[str]) -> bytes:
        """What comes before the first product."""

    def rows(self, values: pl.DataFrame, *, first: bool) -> bytes:
        """Products, one or more; `first` when none came before them."""

    def foot(self) -> bytes:
        """What comes after the last product."""


@dataclass(frozen=True)
class Rss:
    """RSS 2.0 with Google's namespace."""

    content_type: str = "application/xml; charset=utf-8"

    def head(self, attributes: Sequence[str]) -> bytes:  # noqa: ARG002 - the elements say their names themselves
        """The channel's head."""
        return (
            b'<?xml version="1.0" encoding="UTF-8"?>\n'
            b'<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n<channel>\n'
            b"<title>Products</title>\n<link>https://localhost/</link>\n<description>Products</description>\n"
        )

    def rows(self, values: pl.DataFrame, *, first: bool) -> bytes:  # noqa: ARG002 - items need nothing between them
        """An item a product."""
        pieces = [_elements(name, dtype) for name, dtype in values.schema.items()]
        items = values.select("<item>" + pl.concat_str(pieces, ignore_nulls=True) + "</item>\n").to_series()
        return "".join(items.to_list()).encode()

    def foot(self) -> bytes:
        """Its end."""
        return b"</channel>\n</rss>\n"


@dataclass(frozen=True)
class Csv:
    """CSV with a header row; lists with commas between their entries."""

    content_type: str = "text/csv; charset=utf-8"

    def head(self, attributes: Sequence[str]) -> bytes:
        """The names."""
        return (",".join(attributes) + "\r\n").encode()

    def rows(self, values: pl.DataFrame, *, first: bool) -> bytes:  # noqa: ARG002 - rows need nothing between them
        """A row a product; cells that a spreadsheet would compute get an apostrophe before them."""
        cells = [
            pl.col(name).list.join(",") if dtype == _LIST else pl.col(name) for name, dtype in values.schema.items()
        ]
        safe = [
            pl.when(cell.str.contains(_FORMULA)).then("'" + cell).otherwise(cell).alias(name)
            for name, cell in zip(values.columns, cells, strict=True)
        ]
        return values.select(safe).write_csv(include_header=False, line_terminator="\r\n").encode()

    def foot(self) -> bytes:
        """Nothing."""
        return b""


@dataclass(frozen=True)
class JsonLines:
    """A JSON object a line; attributes that a product does not have are left out."""

    content_type: str = "application/x-ndjson"

    def head(self, attributes: Sequence[str]) -> bytes:  # noqa: ARG002 - the objects say their names themselves
        """Nothing."""
        return b""

    def rows(self, values: pl.DataFrame, *, first: bool) -> bytes:  # noqa: ARG002 - lines need nothing between them
        """A line a product."""
        return ("\n".join(_objects(values).to_list()) + "\n").encode()

    def foot(self) -> bytes:
        """Nothing."""
        return b""


@dataclass(frozen=True)
class Json:
    """One JSON array of such objects."""

    content_type: str = "application/json"

    def head(self, attributes: Sequence[str]) -> bytes:  # noqa: ARG002 - the objects say their names themselves
        """The bracket."""
        return b"["

    def rows(self, values: pl.DataFrame, *, first: bool) -> bytes:
        """Objects with commas between them."""
        text = ",\n".join(_objects(values).to_list())
        return (text if first else ",\n" + text).encode()

    def foot(self) -> bytes:
        """The other bracket."""
        return b"]\n"


def _escaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])


def _elements(name: str, dtype: pl.DataType) -> pl.Expr:
    """The elements of an attribute as text; null where the product does not have it."""
    start, end = f"<g:{name}>", f"</g:{name}>"
    if dtype == _LIST:
        # Escaped as one text: no escape has a line break, and no address has one either.
        return start + _escaped(pl.col(name).list.join("\n")).str.replace_all("\n", end + start, literal=True) + end
    return start + _escaped(pl.col(name)) + end


def _objects(values: pl.DataFrame) -> pl.Series:
    """JSON objects as texts."""
    members = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.struct(name).struct.json_encode().str.slice(1).str.strip_suffix("}")
        )
        for name in values.columns
    ]
    return values.select("{" + pl.concat_str(members, separator=",", ignore_nulls=True) + "}").to_series()
