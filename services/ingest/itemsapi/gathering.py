"""The operations on each item, without those that others supersede where there are very many.

A batch may have a million changes of one item; what counts of them are the last ones of each attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from services.ingest.itemsapi.operations import MAX_ATTRIBUTE_BYTES, Kind, Operation
from services.ingest.parsing.documents import encode_document
from services.ingest.parsing.json_window import DECODER

MANY, MANY_BYTES = 1_000, 4 * MAX_ATTRIBUTE_BYTES
"""From so many operations, or so much text, of one item on it is looked which of them count."""
Arrived = tuple[Operation, int]
"""An operation and the number of its arrival."""


def gathered(operations: Iterable[Arrived]) -> Iterator[Arrived]:
    """Operations that come item by item in the order in which they count; those of few as they are."""
    held: list[Arrived] = []
    size = 0
    limit, limit_bytes = MANY, MANY_BYTES
    for one in operations:
        if held and held[0][0].product_id != one[0].product_id:
            yield from held
            held, size, limit, limit_bytes = [], 0, MANY, MANY_BYTES
        held.append(one)
        size += len(one[0].attributes or "")
        if len(held) >= limit or size >= limit_bytes:
            held = needed(held)
            size = sum(len(operation.attributes or "") for operation, _ in held)
            limit, limit_bytes = len(held) + MANY, size + MANY_BYTES  # what had to stay is not looked at again at once
    yield from held


def needed(operations: Sequence[Arrived]) -> list[Arrived]:
    """Those of one item, in the order in which they count, of which something is left; the first is numbered as what
    arrived first.

    Changes that come to more than an item may have are left out: it is too large without them.
    """
    names: set[str] = set()
    is_moved, size, found = False, 0, []
    for operation, arrival in reversed(operations):
        if operation.kind != Kind.PATCH:
            found.append((operation, arrival))
            break
        sent = DECODER.decode(operation.attributes or "{}")
        left = {name: value for name, value in sent.items() if name not in names}
        moves = operation.parent_id is not None and not is_moved
        if found and ((not left and not moves) or size > MANY_BYTES):
            continue
        names |= left.keys()
        is_moved |= moves
        text = operation.attributes if len(left) == len(sent) else encode_document(left).decode()
        size += len(text or "")
        found.append((operation._replace(attributes=text), arrival))
    first, _ = found[-1]
    found[-1] = (first, min(arrival for _, arrival in operations))
    return found[::-1]
