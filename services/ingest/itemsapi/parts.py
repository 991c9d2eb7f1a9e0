"""What a batch makes of a range of a catalog: which items are written, which go, and why others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import orjson

from services.ingest.itemsapi.folding import State, fold
from services.ingest.itemsapi.operations import Kind, Operation, is_too_large, product_id_of
from services.ingest.itemsapi.tally import Tally

PRODUCT = "product"


class Fault(Protocol):
    """What is wrong with an item."""

    @property
    def category(self) -> str:
        """See `items_error.proto`."""


class Rules(Protocol):
    """The schemas and trees of a catalog; see `validation`."""

    def parent_type(self, item_type: str) -> str | None:
        """The type that a nested one is nested in."""

    def faults(self, item_type: str, attributes: dict[str, Any], *, whole: bool) -> Sequence[Fault]:
        """What is wrong with an item."""

    def unknown(self, item_type: str, attributes: dict[str, Any]) -> Sequence[str]:
        """Attributes that no schema knows."""


class Written(NamedTuple):
    """An item that is valid."""

    operation: Operation
    """The last one; of its type, id and context."""
    arrival: int
    """Of the first one."""
    state: State


@dataclass(slots=True)
class Part:
    """See module."""

    written: list[Written] = field(default_factory=list)
    deleted: list[tuple[str, State]] = field(default_factory=list)
    """Items that an operation deleted."""
    seen: set[str] = field(default_factory=set)
    """All that the batch has something of."""
    unsure: dict[str, str] = field(default_factory=dict)
    """Items that are not valid, by the parents that they are to have: is one not there, that is to be told, too."""
    tally: Tally = field(default_factory=Tally)


def work_out(operations: Iterable[tuple[Operation, int]], former: Mapping[str, State], rules: Rules) -> Part:
    """Folds and validates.

    `operations`: with the number of their arrival, item by item in the order in which they count; `former`: what the
    catalog knows of these items, those included that it has not any more.
    """
    part = Part()
    for product_id, some in groupby(operations, key=lambda one: one[0].product_id):
        all_of_one = list(some)
        part.seen.add(product_id)
        before = former.get(product_id)
        parented = [with_parent(operation, rules) for operation, _ in all_of_one]
        state = fold(before, parented)
        if state is None:
            part.tally.invalid += 1
            part.tally.note(product_id, ["ITEM_NOT_FOUND"])
        elif not state.is_there and state.changes is not None and is_too_large(state.attributes):
            part.tally.invalid += 1
            part.tally.note(product_id, ["ITEM_TOO_LARGE"])
        elif not state.is_there:
            part.deleted.append((product_id, state))
            part.tally.deleted += before is not None and before.is_there
        elif not state.is_changed:
            part.tally.valid += 1  # the catalog knows something later of it
        else:
            first = min(arrival for _, arrival in all_of_one)
            _validate(part, product_id, Written(parented[-1], first, state), rules)
    return part


def patched(operations: Iterable[tuple[Operation, int]]) -> set[str]:
    """Items of which something may stay as it was."""
    return {operation.product_id for operation, _ in operations if operation.kind == Kind.PATCH}


def context_free(product_id: str) -> str | None:
    """The same item without context, None if it has none."""
    whole, at, _ = product_id.rpartition("@")
    if not at:
        return None
    item_type, _, item_id = whole.partition(":")
    return product_id_of(item_type, item_id)


def _validate(part: Part, product_id: str, written: Written, rules: Rules) -> None:
    tally, state, item_type = part.tally, written.state, written.operation.item_type
    attributes = orjson.loads(state.attributes)
    categories = [fault.category for fault in rules.faults(item_type, attributes, whole=True)]
    if state.changes is not None and is_too_large(state.attributes):
        categories.append("ITEM_TOO_LARGE")
    if state.parent_id is None and rules.parent_type(item_type) is not None:
        categories.append("ITEM_PARENT_REQUIRED")
    if state.parent_id == product_id:
        categories.append("ITEM_PARENT_ID")
    if categories:
        if state.parent_id is not None:
            part.unsure[product_id] = state.parent_id
        tally.invalid += 1
        tally.note(product_id, categories)
    else:
        tally.valid += 1
        tally.upserted += 1
        part.written.append(written)
        if rules.unknown(item_type, attributes):
            tally.note(product_id, ["ITEM_ATTRIBUTE_UNKNOWN"], warning=True)


def with_parent(operation: Operation, rules: Rules) -> Operation:
    """With its parent's product id: one of the same context, as far as is known by now (`context_free`).

    The parent of a type that is nested is of the type around it, that of any other a product.
    """
    if operation.parent_id is None:
        return operation
    parent_type = rules.parent_type(operation.item_type) or PRODUCT
    return operation._replace(parent_id=product_id_of(parent_type, operation.parent_id, operation.context))
