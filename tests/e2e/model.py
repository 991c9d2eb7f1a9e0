"""What operations make of a catalog according to docs/items-api.md, item by item, as simply as it can be said."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NamedTuple

EPOCH = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
SCHEMA = {
    "name": "product",
    "attributes": [
        {"name": "title", "type": "TEXT", "isRequired": True},
        {"name": "price", "type": "FLOAT"},
        {"name": "note", "type": "TEXT"},
    ],
    "nestedItemSchemas": [{"name": "variant", "attributes": [{"name": "size", "type": "INTEGER"}]}],
}
TYPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "product": {"title": str, "price": (int, float), "note": str},
    "variant": {"size": int},
}


def key_of(item_type: str, item_id: str) -> str:
    """The product id of an item without context."""
    return item_id if item_type == "product" else f"{item_type}:{item_id}"


class Sent(NamedTuple):
    """An operation, as it is sent. `parent`: the id of a product."""

    kind: str
    """put, patch or delete."""
    item_type: str
    item_id: str
    at: int
    """Milliseconds since `EPOCH`."""
    attributes: dict[str, Any] | None = None
    parent: str | None = None

    @property
    def key(self) -> str:
        """The product id."""
        return key_of(self.item_type, self.item_id)

    @property
    def timestamp(self) -> str:
        """As the API wants it."""
        return (EPOCH + datetime.timedelta(milliseconds=self.at)).isoformat()

    def body(self) -> dict[str, Any]:
        """As it is sent over REST."""
        told = {"id": self.item_id, "type": self.item_type, "timestamp": self.timestamp}
        more = {"attributes": self.attributes, "parentId": self.parent}
        return told | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True)
class Item:
    """What is known of an item. `document`: None when it was deleted."""

    at: int
    document: dict[str, Any] | None
    parent: str | None = None
    source: str = ""


@dataclass
class Came:
    """What came of an ingestion."""

    errors: dict[str, int] = field(default_factory=dict)
    """Items at fault, by category."""
    invalid: int = 0
    upserted: int = 0
    deleted: int = 0


class Model:
    """A catalog."""

    def __init__(self, items: dict[str, Item] | None = None) -> None:
        self.items = dict(items or {})

    def copy(self) -> "Model":
        """One of its own."""
        return Model(self.items)

    def there(self) -> dict[str, tuple[dict[str, Any], str | None]]:
        """Documents and parents by product id."""
        return {key: (one.document, one.parent) for key, one in self.items.items() if one.document is not None}

    def stream(self, sent: Sent) -> None:
        """One item is changed at once, unless something later is known of it."""
        now = _after(self.items.get(sent.key), sent, source=None)
        if now is None or now is self.items.get(sent.key):
            return
        self.items[sent.key] = now
        if now.document is None:
            variants = [key for key, (_, parent) in self.there().items() if parent == sent.key]
            self.items |= {key: Item(sent.at, None) for key in variants}

    def ingest(self, batch: Iterable[Sent], source: str, *, delete_missing: bool = False) -> Came:
        """All of a batch at once."""
        after, faults, written, seen = dict(self.items), {}, set(), set()
        for key, some in groupby(sorted(batch, key=lambda one: (one.key, one.at)), key=lambda one: one.key):
            of_one = list(some)
            seen.add(key)
            before = now = self.items.get(key)
            for sent in of_one:
                now = _after(now, sent, source)
            if now is None:
                faults[key] = {"ITEM_NOT_FOUND"}
            elif now.document is None:
                after[key] = now
            elif now is not before:
                if wrong := _faults(of_one[0].item_type, now):
                    faults[key] = wrong
                else:
                    after[key] = now
                    written.add(key)
        if delete_missing:
            for key, item in self.items.items():
                if item.document is not None and item.source == source and key not in seen:
                    del after[key]
        while lost := [key for key, (_, parent) in Model(after).there().items() if parent and not _has(after, parent)]:
            for key in lost:
                del after[key]
                if key in written:
                    written.remove(key)
                    faults[key] = {"ITEM_PARENT_NOT_FOUND"}
                    if key in self.items:
                        after[key] = self.items[key]
        told = [category for categories in faults.values() for category in categories]
        gone = self.there().keys() - Model(after).there().keys()
        self.items = after
        return Came({one: told.count(one) for one in told}, len(faults), len(written), len(gone))


def _has(items: dict[str, Item], key: str) -> bool:
    return key in items and items[key].document is not None


def _after(item: Item | None, sent: Sent, source: str | None) -> Item | None:
    """An item after an operation; None: it is not there, and was never deleted. `source`: None keeps the item's."""
    if item is not None and sent.at < item.at:
        return item
    is_there = item is not None and item.document is not None
    if sent.kind == "delete":
        return Item(sent.at, None)
    if sent.kind == "put":
        kept = item.source if item is not None and is_there else ""
        return Item(sent.at, sent.attributes or {}, sent.parent, kept if source is None else source)
    if item is None or item.document is None:
        return item
    return replace(
        item, at=sent.at, document=item.document | (sent.attributes or {}), parent=sent.parent or item.parent
    )


def _faults(item_type: str, item: Item) -> set[str]:
    known = {name: value for name, value in (item.document or {}).items() if value is not None}
    found = set()
    if item_type == "product" and "title" not in known:
        found.add("ITEM_ATTRIBUTE_REQUIRED")
    if item_type == "variant" and item.parent is None:
        found.add("ITEM_PARENT_REQUIRED")
    if any(not isinstance(value, TYPES[item_type][name]) for name, value in known.items()):
        found.add("ITEM_ATTRIBUTE_TYPE")
    return found
