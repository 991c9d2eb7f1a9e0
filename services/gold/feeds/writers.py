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
        return str(items.str.join("").item()).encode()

    def foot(self) -> bytes:
        """Its end."""
        return b"</channel>\n</rss>\n"


@dataclass(frozen=True)
class Csv:
    """CSV with a header row."""

    content_type: str = "text/csv; charset=utf-8"

    def head(self, attributes: Sequence[str]) -> bytes:
        """The names."""
        return (",".join(attributes) + "\r\n").encode()

    def rows(self, values: pl.DataFrame, *, first: bool) -> bytes:  # noqa: ARG002 - rows need nothing between them
        """A row a product; cells that a spreadsheet would compute get an apostrophe before them."""
        safe = [
            pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
            for name in values.columns
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
        return (_objects(values, "\n") + "\n").encode()

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
        text = _objects(values, ",\n")
        return (text if first else ",\n" + text).encode()

    def foot(self) -> bytes:
        """The other bracket."""
        return b"]\n"


def _escaped(text: pl.Expr) -> pl.Expr:
    # A reader of XML would make a line break of a carriage return that is not escaped.
    return text.str.replace_many(["&", "<", ">", "\r"], ["&amp;", "&lt;", "&gt;", "&#13;"])


def _elements(name: str, dtype: pl.DataType) -> pl.Expr:
    """The elements of an attribute as text; null where the product does not have it."""
    start, end = f"<g:{name}>", f"</g:{name}>"
    if dtype == _LIST:
        return start + pl.col(name).list.eval(_escaped(pl.element())).list.join(end + start) + end
    return start + _escaped(pl.col(name)) + end


def _objects(values: pl.DataFrame, between: str) -> str:
    """JSON objects as one text."""
    members = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.struct(name).struct.json_encode().str.slice(1).str.strip_suffix("}")
        )
        for name in values.columns
    ]
    objects = "{" + pl.concat_str(members, separator=",", ignore_nulls=True) + "}"
    return str(values.select(objects.str.join(between)).item())
