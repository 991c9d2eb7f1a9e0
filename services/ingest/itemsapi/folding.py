"""What several operations on one item come to.

The latest counts, whatever the order in which operations arrive, and of those of one time the one that came last
(batch-items-api.txt: the timestamp "allows for ordering insertion, modification, and deletion operations on the same
item"). A put replaces, a patch merges attributes, and what was deleted stays so until it is put at a later time.

So that this holds for what comes in late, too, it is kept which attributes were changed after the put, and when: a put
that comes late leaves these as they are. The same is kept of an item that was deleted: a put of a time between that of
the deletion and that of the change may still come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from services.ingest.itemsapi.operations import Kind, Operation
from services.ingest.parsing.documents import encode_document
from services.ingest.parsing.json_window import DECODER


class Changes(NamedTuple):
    """What was changed of an item after it was put or deleted: when, in microseconds since 1970."""

    attributes: dict[str, int]
    parent: int | None
    """None: the parent was not."""

    def text(self) -> str:
        """As it is stored."""
        return orjson.dumps([self.parent, self.attributes]).decode()

    @staticmethod
    def of(text: str | None) -> Changes | None:
        """From what is stored."""
        return None if text is None else Changes(*reversed(orjson.loads(text)))


@dataclass(frozen=True, slots=True)
class State:
    """An item as some operations left it; or, when it is not there, as they removed it."""

    at: int
    """When it was put, or removed."""
    attributes: str
    """A JSON object's text; of what is not there, the changed ones only."""
    parent_id: str | None
    """The parent's product id."""
    changes: Changes | None = None
    is_there: bool = True
    is_changed: bool = False
    """Whether an operation of these made it so, and not one of before."""
    is_put: bool = False
    """Whether one of these put it."""


def fold(base: State | None, operations: Iterable[Operation]) -> State | None:
    """Applies operations, in the order of their times and then of their arrival, to what there was before.

    None: the item is not known, and was to be changed.
    """
    state = base
    open_changes: _Open | None = None
    for operation in operations:
        if state is not None and operation.at < state.at:
            continue
        if operation.kind == Kind.PATCH:
            if state is not None:
                open_changes = open_changes or _Open(state)
                open_changes.change(operation)
            continue
        if open_changes is not None:
            state, open_changes = open_changes.closed(), None
        state = _begun(state, operation)
    return state if open_changes is None else open_changes.closed()


def _begun(before: State | None, operation: Operation) -> State:
    """An item that was put or deleted, with what was changed of it after that."""
    is_put = operation.kind == Kind.PUT
    text, parent_id = operation.attributes or "{}", operation.parent_id
    state = State(operation.at, text, parent_id, is_there=is_put, is_changed=True, is_put=is_put)
    changes = None if before is None else before.changes
    if before is None or changes is None:
        return state
    later = {name: at for name, at in changes.attributes.items() if at > operation.at}
    moved = changes.parent if changes.parent is not None and changes.parent > operation.at else None
    if later:
        former = DECODER.decode(before.attributes)
        text = _encoded(DECODER.decode(text) | {name: former[name] for name in later})
    if not later and moved is None:
        return state
    return replace(
        state,
        attributes=text,
        parent_id=parent_id if moved is None else before.parent_id,
        changes=Changes(later, moved),
    )


class _Open:
    """A state while it is changed: its attributes are read once for several patches."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._attributes: dict[str, Any] | None = None
        self._times: dict[str, int] = dict(state.changes.attributes) if state.changes else {}
        self._moved = state.changes.parent if state.changes else None
        self._parent_id = state.parent_id
        self._is_changed = state.is_changed

    def change(self, operation: Operation) -> None:
        """Takes what is not older than what is there."""
        sent = DECODER.decode(operation.attributes or "{}")
        newer = {name: value for name, value in sent.items() if operation.at >= self._times.get(name, operation.at)}
        if newer:
            if self._attributes is None:
                self._attributes = DECODER.decode(self._state.attributes)
            self._attributes |= newer
            self._times |= dict.fromkeys(newer, operation.at)
            self._is_changed = True
        if operation.parent_id is not None and (self._moved is None or operation.at >= self._moved):
            self._parent_id, self._moved, self._is_changed = operation.parent_id, operation.at, True

    def closed(self) -> State:
        """What it has come to."""
        text = self._state.attributes if self._attributes is None else _encoded(self._attributes)
        return replace(
            self._state,
            attributes=text,
            parent_id=self._parent_id,
            changes=Changes(self._times, self._moved) if self._times or self._moved is not None else None,
            is_changed=self._is_changed,
        )


def _encoded(attributes: dict[str, Any]) -> str:
    return encode_document(attributes).decode()
