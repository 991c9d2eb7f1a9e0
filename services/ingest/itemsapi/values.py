"""Whether a value of JSON is of an attribute's type: all but objects, which have members of their own.

BOOLEAN is true or false. INTEGER is a number of 64 bits, one of them for the sign, without fraction and exponent: 2,
and not 2.0, which JSON readers disagree about. FLOAT is any number, TEXT any text, also an empty one. TIMESTAMP is a
date and a time of ISO 8601 in its extended form, with or without seconds, fractions of them and a zone. LOCALIZEDTEXT
is an object from locales (`fr_FR`) to texts. In a LIST every value is of the one type, and none is null.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from assay.ingest.v1 import item_schema_service_pb2 as pb

from services.ingest.itemsapi.names import is_locale
from services.ingest.itemsapi.schemas import TYPE_NAMES

TYPE = "ITEM_ATTRIBUTE_TYPE"


class Fault(NamedTuple):
    """One thing that is wrong with an item: a category of `items_error.proto`, where, and what."""

    category: str
    place: str
    message: str


Check = Callable[[Any, str, list[Fault]], None]
"""Looks at a value that is not null, and adds what is wrong with it; takes the value and its place."""

_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-5][0-9])?)?"
)
_MESSAGES = {number: f"Must be {'an' if name[0] in 'IO' else 'a'} {name}." for number, name in TYPE_NAMES.items()}


def fault_of(place: str, wanted: int) -> Fault:
    """What is told of a value that is not of the wanted AttributeType."""
    return Fault(TYPE, place, _MESSAGES[wanted])


def is_timestamp(text: str) -> bool:
    """Whether it is a date with a time, as ISO 8601 writes them, that exists."""
    if _TIMESTAMP.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _of_class(wanted: int, expected: type) -> Check:
    message = _MESSAGES[wanted]

    def check(value: Any, place: str, found: list[Fault]) -> None:
        if value.__class__ is not expected:  # a bool is no int here
            found.append(Fault(TYPE, place, message))

    return check


def _integer(value: Any, place: str, found: list[Fault]) -> None:
    # A bool is no int here; and of 64 bits without a sign our reader of JSON makes an int, too.
    if value.__class__ is not int or not -(2**63) <= value < 2**63:
        found.append(fault_of(place, pb.ATTRIBUTE_TYPE_INTEGER))


def _float(value: Any, place: str, found: list[Fault]) -> None:
    if value.__class__ is not float and value.__class__ is not int:
        found.append(fault_of(place, pb.ATTRIBUTE_TYPE_FLOAT))


def _timestamp(value: Any, place: str, found: list[Fault]) -> None:
    if value.__class__ is not str or not is_timestamp(value):
        found.append(fault_of(place, pb.ATTRIBUTE_TYPE_TIMESTAMP))


def _localized_text(value: Any, place: str, found: list[Fault]) -> None:
    if value.__class__ is not dict:
        found.append(fault_of(place, pb.ATTRIBUTE_TYPE_LOCALIZEDTEXT))
        return
    for locale, text in value.items():
        if not is_locale(locale):
            found.append(Fault(TYPE, f"{place}.{locale}", "Must be under a locale such as fr_FR."))
        elif text.__class__ is not str:
            found.append(fault_of(f"{place}.{locale}", pb.ATTRIBUTE_TYPE_TEXT))


OF_ONE: dict[int, Check] = {
    pb.ATTRIBUTE_TYPE_BOOLEAN: _of_class(pb.ATTRIBUTE_TYPE_BOOLEAN, bool),
    pb.ATTRIBUTE_TYPE_FLOAT: _float,
    pb.ATTRIBUTE_TYPE_INTEGER: _integer,
    pb.ATTRIBUTE_TYPE_TEXT: _of_class(pb.ATTRIBUTE_TYPE_TEXT, str),
    pb.ATTRIBUTE_TYPE_TIMESTAMP: _timestamp,
    pb.ATTRIBUTE_TYPE_LOCALIZEDTEXT: _localized_text,
}
"""By AttributeType."""


def list_of(one: Check, wanted: int = pb.ATTRIBUTE_TYPE_LIST) -> Check:
    """Checks a list of values that are checked by `one`; `wanted` is what to call it."""

    def check(value: Any, place: str, found: list[Fault]) -> None:
        if value.__class__ is not list:
            found.append(fault_of(place, wanted))
            return
        inner: list[Fault] = []
        for number, member in enumerate(value):
            one(member, "", inner)  # places are named only where something is wrong
            if inner:
                found += [Fault(category, f"{place}[{number}]{at}", message) for category, at, message in inner]
                inner.clear()

    return check


LIST_OF: dict[int, Check] = {subtype: list_of(one) for subtype, one in OF_ONE.items()}
"""Checks of lists, by the AttributeType of what is in them."""
