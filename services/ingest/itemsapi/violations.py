"""What is wrong with something that was sent: every place, each with the category that it counts under."""

from collections.abc import Callable, Iterable, Sequence

from assay.ingest.v1.item_schema_service_pb2 import LocalizedName

from services.ingest.itemsapi.names import is_locale
from services.runtime.errors import DomainError, FieldViolation

MAX_KEPT = 1_000
"""Violations after which nobody looks further: an error's details have room for fewer, and 4 MB may be full of them."""

Refusal = Callable[[str, str, Sequence[FieldViolation]], DomainError]
"""Makes an error of a category, a message and all violations."""


class Violations:
    """Gathers faults in the order in which they are found; `refusal` makes the error of them."""

    def __init__(self, refusal: Refusal) -> None:
        self._refusal = refusal
        self._kept: list[FieldViolation] = []
        self._category = ""

    def add(self, category: str, field: str, message: str) -> None:
        """Notes one fault; `field` is a path such as `attributes[2].listSubType`. The last that is kept ends it."""
        self._category = self._category or category
        self._kept.append(FieldViolation(field, message))
        if len(self._kept) == MAX_KEPT:
            self.refuse()

    def add_localized(self, category: str, before: str, names: Iterable[LocalizedName]) -> None:
        """Notes what is wrong with localized names: locales of another form, given twice, or without a name.

        `before`: the path of what has the names, with its dot.
        """
        seen = set()
        for place, name in enumerate(names):
            field = f"{before}localizedNames[{place}]"
            if not is_locale(name.locale):
                self.add(category, f"{field}.locale", "Must be a language and a country, such as fr_FR.")
            elif name.locale in seen:
                self.add(category, f"{field}.locale", "Has a name already.")
            seen.add(name.locale)
            if not name.name:
                self.add(category, f"{field}.name", "Is required.")

    def refuse(self) -> None:
        """Raises the error, of the category of the first fault, when there is any."""
        if self._kept:
            first, more = self._kept[0], len(self._kept) - 1
            least = "at least " if len(self._kept) == MAX_KEPT else ""
            others = f" (and {least}{more:,} more)" if more else ""
            raise self._refusal(self._category, f"{first.field}: {first.message}{others}", self._kept)
