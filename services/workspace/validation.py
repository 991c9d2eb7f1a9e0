"""Checks of requests: every field at fault is named at once, under its JSON name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from services.runtime.errors import FieldViolation, ValidationError
from services.runtime.paging import decode_token

NAME_LIMIT_CHARS = 255
URL_LIMIT_CHARS = 2000
DESCRIPTION_LIMIT_CHARS = 1000
# More would not fit into an error's details anyway.
VIOLATIONS_LIMIT = 50

WORKSPACE_ID = re.compile(r"ws_[a-z0-9]+")
WORKSPACE_ID_LIMIT_CHARS = 64
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INT64_END = 2**63


class Checks:
    """Collects what is wrong with a request; `done` raises it as one ValidationError."""

    def __init__(self) -> None:
        self._violations: list[FieldViolation] = []

    def that(self, holds: bool, field: str, message: str) -> None:
        """Notes the message when the rule does not hold."""
        if not holds and len(self._violations) < VIOLATIONS_LIMIT:
            self._violations.append(FieldViolation(field, message))

    def name(self, field: str, value: str) -> str:
        """The value without white space around it: 1-255 characters, no control characters."""
        trimmed = value.strip()
        self.that(1 <= len(trimmed) <= NAME_LIMIT_CHARS, field, f"{field} must have 1-{NAME_LIMIT_CHARS} characters.")
        self.that(not _CONTROL.search(trimmed), field, f"{field} must not contain control characters.")
        return trimmed

    def pattern(self, field: str, value: str, pattern: re.Pattern[str], limit: int) -> None:
        """The whole value matches and has at most `limit` characters."""
        holds = len(value) <= limit and pattern.fullmatch(value) is not None
        self.that(holds, field, f"{field} must match ^{pattern.pattern}$ and have at most {limit} characters.")

    def url(self, field: str, value: str) -> None:
        """An http or https URL with a host, at most 2,000 characters."""
        try:
            parts = urlsplit(value)
            holds = (
                parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\x00-\x20\x7f]", value)
            )
        except ValueError:
            holds = False
        holds = holds and len(value) <= URL_LIMIT_CHARS
        self.that(holds, field, f"{field} must be an http or https URL of at most {URL_LIMIT_CHARS} characters.")

    @property
    def first(self) -> str:
        """The first message noted; empty when there is none."""
        return self._violations[0].message if self._violations else ""

    def done(self) -> None:
        """Raises ValidationError when anything was noted."""
        if not self._violations:
            return
        message = self._violations[0].message
        if len(self._violations) > 1:
            fields = dict.fromkeys(violation.field for violation in self._violations)
            message = f"The request is not valid: see {', '.join(list(fields)[:10])}."
        raise ValidationError(message, violations=self._violations)


def position_of(token: str, kinds: tuple[type, ...], *filters: object) -> tuple[int | str, ...] | None:
    """The position in a page token, of these types; a forged or foreign token is a ValidationError."""
    values = decode_token(token, len(kinds), *filters)
    if values is None:
        return None
    for value, kind in zip(values, kinds, strict=True):
        if type(value) is not kind or (isinstance(value, int) and not 0 <= value < _INT64_END):
            raise ValidationError.of("cursor", "cursor is not one that this list gave for these filters.")
    return tuple(values)
