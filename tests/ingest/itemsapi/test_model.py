"""Products and variants that are streamed and ingested in any order, beside a model of a few lines that keeps all
operations and has no cleverness.
"""

import random

import pytest

from tests.ingest.itemsapi.conftest import gone, item
from tests.ingest.itemsapi.test_ingestions import summary
from tests.ingest.itemsapi.test_streamed import Stream, codes

PUT, PATCH, DELETE = "put", "patch", "delete"


class Model:
    """Of each item the operations that were taken: time, kind, attributes and parent."""

    def __init__(self):
        self.taken = {}
        self.source = {}

    def state(self, name, more=()):
        """Attributes and parent, None when it is not there."""
        state = None
        for _, kind, attributes, parent in sorted([*self.taken.get(name, []), *more]):
            if kind == PUT:
                state = (attributes, parent)
            elif kind == DELETE:
                state = None
            elif state is not None:
                state = (state[0] | attributes, parent or state[1])
        return state

    def there(self):
        return {name: state for name in self.taken if (state := self.state(name)) is not None}

    def stream(self, name, operation):
        """Whether it is taken."""
        _, kind, _, parent = operation
        if (kind == PATCH and name not in self.taken) or (parent and parent not in self.there()):
            return False
        before = self.there()
        self.taken.setdefault(name, []).append(operation)
        state = self.state(name)
        if state is not None and state[1] is not None and state[1] not in self.there():
            self.taken[name].remove(operation)  # an older put, whose parent has gone since
            return False
        if state is not None and name not in before:
            self.source[name] = ""
        self.bury(before)
        return True

    def ingest(self, operations, source, *, missing):
        """Names of those that are refused."""
        before, old = self.there(), {name: list(some) for name, some in self.taken.items()}
        refused, written = set(), set()
        for name, some in operations.items():
            if name not in self.taken and all(kind == PATCH for _, kind, _, _ in some):
                refused.add(name)
                continue
            state = self.state(name, some)
            if state is not None and self.changes(name, some):
                written.add(name)
            self.taken[name] = [*self.taken.get(name, []), *some]
        former = dict(self.source)
        for name in before if missing else ():
            if name not in operations and self.source[name] == source:
                del self.taken[name]
        while lost := {name for name, (_, parent) in self.there().items() if name in written and self.lacks(parent)}:
            refused |= lost
            written -= lost
            for name in lost:
                self.taken[name] = old.get(name, [])
                if not self.taken[name]:
                    del self.taken[name]
        for name in written:
            if name not in before or self.last_put(name) in operations[name]:
                self.source[name] = source
        for name in set(before) & set(self.there()) - written:
            self.source[name] = former[name]
        self.bury(before)
        return refused

    def lacks(self, parent):
        return parent is not None and parent not in self.there()

    def changes(self, name, some):
        """Whether one of these put it, or anything of them is seen."""
        base = max((one for one in [*self.taken.get(name, []), *some] if one[1] != PATCH), default=None)
        return base in some or self.marked(name, some, "m") != self.marked(name, some, "n")

    def marked(self, name, some, mark):
        return self.state(name, [(at, kind, dict.fromkeys(told, mark), parent) for at, kind, told, parent in some])

    def last_put(self, name):
        return max(one for one in self.taken[name] if one[1] == PUT)

    def bury(self, before):
        """Variants go with their product, at the same time."""
        while lost := [
            (name, parent)
            for name, (_, parent) in self.there().items()
            if name in before and self.lacks(parent) and parent in before
        ]:
            for name, parent in lost:
                if parent in self.taken:
                    at = max(at for at, kind, _, _ in self.taken[parent] if kind == DELETE)
                    self.taken[name] = [(at, DELETE, {}, None)]
                else:
                    del self.taken[name]


def operation(chance, minute):
    kind = chance.choice([PUT, PUT, PATCH, DELETE])
    number, is_variant = chance.randrange(3), chance.random() < 0.5
    attributes = {} if kind == DELETE else {chance.choice("xy"): minute}
    names_parent = is_variant and kind != DELETE and (kind == PUT or chance.random() < 0.3)
    parent = str(chance.randrange(3)) if names_parent else None
    return f"variant:{number}" if is_variant else str(number), (minute, kind, attributes, parent)


def message(name, told):
    minute, kind, attributes, parent = told
    at = f"{10 + minute // 60}:{minute % 60:02d}"
    item_type, _, item_id = name.rpartition(":")
    if kind == DELETE:
        return gone(item_id, item_type or "product", at=at)
    return item(item_id, item_type or "product", at=at, parent=parent, **attributes)


@pytest.mark.parametrize("seed", range(10))
def test_the_catalog_is_as_the_model_says(shop, seed):
    chance = random.Random(seed)
    version, model = shop.catalog(()), Model()
    stream = Stream(shop, version)
    minutes = list(range(60))
    chance.shuffle(minutes)
    told = [operation(chance, minute) for minute in minutes]
    while told:
        some = [told.pop() for _ in range(min(len(told), chance.randrange(1, 9)))]
        if chance.random() < 0.5:
            for name, one in some:
                is_taken = codes(getattr(stream, one[1])(message(name, one))) == [0]
                assert is_taken == model.stream(name, one), (name, one)
        else:
            batch, operations = shop.batch(), {}
            for name, one in some:
                getattr(shop, one[1])(batch, message(name, one))
                operations.setdefault(name, []).append(one)
            source, missing = chance.choice("AB"), chance.random() < 0.2
            ended = shop.ingest(version, batch_import_id=batch, source=source, delete_missing_items=missing)
            refused = model.ingest(operations, source, missing=missing)
            found = {name for _, names in summary(ended.item_errors_summary).values() for name in names}
            assert found == refused, some
        assert shop.items(version) == {name: attributes for name, (attributes, _) in model.there().items()}, some
