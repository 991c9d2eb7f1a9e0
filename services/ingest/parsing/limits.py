"""What a product file may ask of us at most."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Limits of one file. Breaking a row's limit loses that row (with its line); breaking a file's loses the file."""

    max_columns: int = 1_000
    """Header names of a CSV file; more refuse the file (TOO_MANY_COLUMNS)."""
    max_cell_bytes: int = MIB
    """UTF-8 bytes of one cell; more refuse the row (CELL_TOO_LARGE)."""
    max_document_bytes: int = 3 * MIB
    """UTF-8 bytes of one item as JSON, so that it always fits a message; more refuse the row (ROW_TOO_LARGE)."""
    max_record_chars: int = 32 * MIB
    """Characters read for one record before we give up looking for its end; more refuse the file (RECORD_TOO_LARGE)."""
    max_depth: int = 64
    """Nesting of a JSON entry; more refuse the row (JSON_TOO_DEEP)."""
    max_rows: int = 20_000_000
    """Records of one file; more refuse the file (TOO_MANY_ROWS)."""
    max_problems: int = 100_000
    """Row problems kept with their text; further ones are only counted."""
    max_lines_per_product: int = 5_000
    """Lines folded into one product of a Shopify export; further lines start another item."""
    chunk_items: int = 5_000
    """Items of one chunk: the unit of work and of restart of an import."""
    chunk_bytes: int = 16 * MIB
    """A chunk with this much text is closed before it has that many items: memory is what bounds it."""
