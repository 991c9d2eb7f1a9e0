"""Which product a row belongs to as a variant."""

from collections.abc import Iterable
from typing import Any

from services.ingest.parsing.headers import PARENT_NAMES, SKU_NAMES, fold_header, matching
from services.ingest.parsing.identity import usable_id

# WooCommerce writes `id:44`, or the parent's SKU; the parent stands before its variations.
_WOO_ID_PREFIX = "id:"
_MAX_REMEMBERED = 200_000


class ParentPlan:
    """Where rows with these headers name their parent.

    WooCommerce names it by SKU while products are known by ID: `remember` keeps the SKUs of `variable` products in
    `by_sku`, which all plans of one file share.
    """

    __slots__ = ("_by_sku", "_columns", "_sku", "_type")

    def __init__(self, headers: Iterable[str], by_sku: dict[str, str]) -> None:
        known = list(headers)
        self._columns = matching(known, PARENT_NAMES)
        self._sku = next(iter(matching(known, SKU_NAMES)), None)
        self._type = next((header for header in known if fold_header(header) == "type"), None)
        self._by_sku = by_sku

    def __bool__(self) -> bool:
        return bool(self._columns or (self._sku and self._type))

    def remember(self, identity: str, values: dict[str, Any]) -> None:
        """Notes the SKU of a product that can have variations."""
        if self._type and self._sku and str(values.get(self._type, "")).startswith("variable"):
            sku = values.get(self._sku)
            if isinstance(sku, str) and len(self._by_sku) < _MAX_REMEMBERED:
                self._by_sku[sku] = identity

    def parent_of(self, identity: str, values: dict[str, Any]) -> str | None:
        """Id of the parent as far as it is known, else what the source calls it; None for a product of its own."""
        for column in self._columns:
            if (named := usable_id(values.get(column))) is not None:
                named = named.removeprefix(_WOO_ID_PREFIX)
                parent = self._by_sku.get(named, named)
                return parent if parent and parent != identity else None
        return None
