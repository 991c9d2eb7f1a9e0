"""Shopify exports: several lines, one product.

The first line of a Handle carries the product and its first variant; further lines carry a variant, an image or both
and leave the other cells empty. The product keeps the first line's columns and gains two lists: `variants`
(objects of the line's own columns) and `images` (URLs, in order).
Source of the columns: Shopify's product CSV in its old (`Variant SKU`) and present (`SKU`) layout.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from services.ingest.parsing.csv_reader import Record
from services.ingest.parsing.headers import fold_header
from services.ingest.parsing.limits import ParseLimits

_HANDLE_NAMES = frozenset({"handle", "urlhandle"})
_IMAGE_NAMES = frozenset({"imagesrc", "productimageurl"})
_VARIANT_IMAGE_NAMES = frozenset({"variantimage", "variantimageurl"})
_VARIANT_SIGNS = frozenset({"option1value", "variantsku", "variantprice", "variantbarcode", "sku", "price", "barcode"})
_VARIANT_NAMES = _VARIANT_SIGNS | {
    "compareatprice",
    "costperitem",
    "chargetax",
    "taxcode",
    "unitpricetotalmeasure",
    "unitpricetotalmeasureunit",
    "unitpricebasemeasure",
    "unitpricebasemeasureunit",
    "inventorytracker",
    "inventoryquantity",
    "continuesellingwhenoutofstock",
    "weightvaluegrams",
    "weightunitfordisplay",
    "requiresshipping",
    "fulfillmentservice",
}
_VARIANT_PREFIXES = ("variant", "option1", "option2", "option3")
_IMAGE_DETAILS = frozenset({"imageposition", "imagealttext"})
VARIANTS, IMAGES = "variants", "images"


class ShopifyLayout:
    """Which column plays which part in a Shopify export; `find` tells whether these headers are one."""

    def __init__(self, handle: str, headers: list[str]) -> None:
        folded = {header: fold_header(header) for header in headers}
        self.handle = handle
        self._images = tuple(h for h, name in folded.items() if name in _IMAGE_NAMES)
        self._variant_images = tuple(h for h, name in folded.items() if name in _VARIANT_IMAGE_NAMES)
        self._signs = tuple(h for h, name in folded.items() if name in _VARIANT_SIGNS)
        self._details = {h for h, name in folded.items() if name in _IMAGE_DETAILS}
        self._variant_columns = {
            h for h, name in folded.items() if name in _VARIANT_NAMES or name.startswith(_VARIANT_PREFIXES)
        }
        self._option_names = tuple(h for h, name in folded.items() if name.startswith("option") and "name" in name)

    @classmethod
    def find(cls, headers: list[str]) -> "ShopifyLayout | None":
        """The layout, when there is a handle and both option and image columns; else None."""
        folded = {fold_header(header) for header in headers}
        handle = next((header for header in headers if fold_header(header) in _HANDLE_NAMES), None)
        if handle is None or "option1value" not in folded or not folded & (_IMAGE_NAMES | _VARIANT_IMAGE_NAMES):
            return None
        return cls(handle, headers)

    def fold(self, records: Iterable[Record], limits: ParseLimits) -> Iterator[Record]:
        """One record per run of lines with the same handle; lines without a handle stay what they are.

        A product of more lines or more text than the limits is continued in another record.
        """
        group: list[Record] = []
        held = 0
        current: str | None = None
        for record in records:
            handle = record[1].get(self.handle)
            size = _chars(record[1])
            full = len(group) >= limits.max_lines_per_product or held + size > limits.max_document_bytes
            if group and (handle is None or handle != current or full):
                yield self._product(group)
                group, held = [], 0
            held += size
            if handle is None:
                yield record
            else:
                current = handle
                group.append(record)
        if group:
            yield self._product(group)

    def _product(self, lines: list[Record]) -> Record:
        start, first = lines[0]
        product: dict[str, Any] = dict(first)
        variants: list[dict[str, Any]] = []
        images: dict[str, None] = {}
        variant_images: dict[str, None] = {}
        for _, values in lines:
            images.update((values[h], None) for h in self._images if h in values)
            variant_images.update((values[h], None) for h in self._variant_images if h in values)
            own = self._take_product_values(product, values)
            if any(h in values for h in self._signs):
                variants.append(self._variant(first, values, own))
        if variants:
            product[VARIANTS] = variants
        if all_images := list(images | variant_images):
            product[IMAGES] = all_images
        return start, product

    def _take_product_values(self, product: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """Fills what the first line left open; returns what contradicts it, which then belongs to the variant."""
        own: dict[str, Any] = {}
        for header, value in values.items():
            if header in self._variant_columns or header in self._images or header in self._details:
                continue
            if product.setdefault(header, value) != value:
                own[header] = value
        return own

    def _variant(self, first: dict[str, Any], values: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
        # Only the first line names the options ("Size"); a variant is readable by itself with them.
        named = {h: first[h] for h in self._option_names if h in first}
        return named | {h: v for h, v in values.items() if h in self._variant_columns} | own


def _chars(values: dict[str, Any]) -> int:
    """Characters of a line's cells; a repeated header has a list of them."""
    return sum(len(value) if isinstance(value, str) else sum(map(len, value)) for value in values.values())
