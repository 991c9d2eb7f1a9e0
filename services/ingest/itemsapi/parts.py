"""What a batch makes of a range of a catalog: which items are written, which go, and why others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import orjson

from services.ingest.itemsapi.operations import Folded, Kind, Operation, State, fold, product_id_of
from services.ingest.itemsapi.tally import Tally

PRODUCT = "product"
_NONE = State(0, "", None)


class Former(NamedTuple):
    """An item as the catalog has it. `document`: empty where nothing is to be changed of it."""

    changed_at: int
    parent_id: str | None
    document: str


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
    is_put: bool
    """Whether it was put as a whole, and not only changed."""


@dataclass(slots=True)
class Part:
    """See module."""

    written: list[Written] = field(default_factory=list)
    deleted: list[tuple[str, int]] = field(default_factory=list)
    """Items that an operation deleted, and when."""
    seen: set[str] = field(default_factory=set)
    """All that the batch has something of."""
    tally: Tally = field(default_factory=Tally)


def work_out(
    operations: Iterable[tuple[Operation, int]],
    former: Mapping[str, Former],
    deletions: Mapping[str, int],
    rules: Rules,
) -> Part:
    """Folds and validates.

    `operations`: with the number of their arrival, item by item in the order in which they count; `former` and
    `deletions`: what the catalog has of these items, and when it deleted those that are not there.
    """
    part = Part()
    for product_id, some in groupby(operations, key=lambda one: one[0].product_id):
        all_of_one = list(some)
        part.seen.add(product_id)
        before = former.get(product_id)
        base = None if before is None else State(before.changed_at, before.document, before.parent_id)
        parented = [with_parent(operation, rules) for operation, _ in all_of_one]
        folded = fold(base, deletions.get(product_id, 0), parented)
        is_put = any(operation.kind == Kind.PUT for operation in parented)
        first = min(arrival for _, arrival in all_of_one)
        _judge(part, product_id, folded, Written(parented[-1], first, folded.state or _NONE, is_put), rules)
        if folded.state is None and before is not None and not folded.is_patch_of_nothing:
            part.tally.deleted += 1
    return part


def needs_document(operations: Iterable[tuple[Operation, int]]) -> list[str]:
    """Items some of which is kept as it was."""
    return list(dict.fromkeys(operation.product_id for operation, _ in operations if operation.kind == Kind.PATCH))


def context_free(product_id: str) -> str | None:
    """The same item without context, None if it has none."""
    whole, at, _ = product_id.rpartition("@")
    if not at:
        return None
    item_type, _, item_id = whole.partition(":")
    return product_id_of(item_type, item_id)


def _judge(part: Part, product_id: str, folded: Folded, written: Written, rules: Rules) -> None:
    tally, state = part.tally, folded.state
    if folded.is_patch_of_nothing:
        tally.invalid += 1
        tally.note(product_id, ["ITEM_NOT_FOUND"])
    elif state is None:
        part.deleted.append((product_id, folded.deleted_at))
    elif not state.is_changed:
        tally.valid += 1  # the catalog knows something later of it
    else:
        _validate(part, product_id, state, written, rules)


def _validate(part: Part, product_id: str, state: State, written: Written, rules: Rules) -> None:
    tally, item_type = part.tally, written.operation.item_type
    attributes = orjson.loads(state.attributes)
    categories = [fault.category for fault in rules.faults(item_type, attributes, whole=True)]
    if state.parent_id is None and rules.parent_type(item_type) is not None:
        categories.append("ITEM_PARENT_REQUIRED")
    if categories:
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
