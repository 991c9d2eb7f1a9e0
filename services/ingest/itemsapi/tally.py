"""What parts of an ingestion come to, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import orjson

SAMPLES = 5
Summary = dict[str, tuple[int, list[str]]]
"""By category: how many items, and the ids of the first of them."""


@dataclass(slots=True)
class Tally:
    """Counts of items. `rows`: in the catalog as it would be then."""

    rows: int = 0
    valid: int = 0
    invalid: int = 0
    upserted: int = 0
    deleted: int = 0
    """By an operation, or because the batch does not have them, or with their product."""
    errors: Summary = field(default_factory=dict)
    warnings: Summary = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Together with another part, which comes later."""
        for name in ("rows", "valid", "invalid", "upserted", "deleted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.errors, other.errors), (self.warnings, other.warnings)):
            for category, (count, ids) in theirs.items():
                known = mine.get(category, (0, []))
                mine[category] = (known[0] + count, [*known[1], *ids][:SAMPLES])

    def note(self, product_id: str, categories: Iterable[str], *, warning: bool = False) -> None:
        """An item has something of these categories, each counted once."""
        summary = self.warnings if warning else self.errors
        for category in dict.fromkeys(categories):
            count, ids = summary.get(category, (0, []))
            summary[category] = (count + 1, [*ids, product_id] if len(ids) < SAMPLES else ids)

    def text(self) -> str:
        """As JSON."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def of(cls, text: str) -> Tally:
        """From its JSON."""
        return cls(**orjson.loads(text))


def total(parts: Iterable[Tally]) -> Tally:
    """All parts together, in their order; the last may take back what others count."""
    whole = Tally()
    for part in parts:
        whole.add(part)
    for summary in (whole.errors, whole.warnings):
        for category, (count, ids) in list(summary.items()):
            summary[category] = (count, list(dict.fromkeys(ids))[:count])
            if not count:  # those that were of it have changed since
                del summary[category]
    return whole
