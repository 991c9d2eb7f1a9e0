"""Whether items are what the schemas and trees of their catalog say.

Ingestions ask it of each of millions of items: whatever depends on the schemas alone is worked out once, and places are
named only where something is wrong.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assay.ingest.v1 import item_schema_service_pb2 as pb
from assay.ingest.v1.category_tree_service_pb2 import CategoryTree

from services.ingest.itemsapi.schemas import types_of
from services.ingest.itemsapi.trees import category_names
from services.ingest.itemsapi.values import LIST_OF, OF_ONE, Check, Fault, fault_of, list_of

TYPE_UNKNOWN, REQUIRED, CATEGORY = "ITEM_TYPE_UNKNOWN", "ITEM_ATTRIBUTE_REQUIRED", "ITEM_CATEGORY"
CATEGORIES = "categories"
"""The attribute that names an item's categories."""

Attributes = Mapping[str, Any]
"""As JSON is read: dict, list, str, int, float, bool, None. A value of None counts as absent."""
_Members = Callable[[Attributes, list[Fault]], None]


class _Type(NamedTuple):
    """What is known of an item type."""

    parent: str | None
    whole: _Members
    part: _Members
    unknown: Callable[[Attributes], list[str]]


class Validator:
    """Made of the schemas and trees of one catalog, which `check_schema` and `check_tree` have let pass."""

    def __init__(self, schemas: Sequence[pb.ItemSchema], trees: Sequence[CategoryTree]) -> None:
        self._types = {
            schema.name: _Type(
                parent,
                _members(schema.attributes, whole=True),
                _members(schema.attributes, whole=False),
                _unknown(schema.attributes, {CATEGORIES} if trees else set()),
            )
            for root in schemas
            for schema, parent in types_of(root)
        }
        self._categories = set[str]().union(*map(category_names, trees)) if trees else None
        self.knows_types = bool(schemas)
        """False when there are no schemas: items of every type are taken as they are, but for their categories."""

    def parent_type(self, item_type: str) -> str | None:
        """The type that the type is nested in; None for one at the root, or that no schema knows."""
        known = self._types.get(item_type)
        return known.parent if known else None

    def is_nested(self, item_type: str) -> bool:
        """Whether items of the type need a parent. None does without schemas."""
        return self.parent_type(item_type) is not None

    def faults(self, item_type: str, attributes: Attributes, *, whole: bool) -> list[Fault]:
        """Everything that makes an item invalid, by attribute.

        `whole`: whether all that is required has to be there. Changes of single attributes do without, but cannot take
        away what is required, and bring their objects as a whole. With trees, `categories` are required, too, of every
        type that is not nested; categories that are named have to exist, whatever the type. ITEM_TYPE_UNKNOWN comes
        alone: nothing else can be said then.
        """
        found: list[Fault] = []
        known = self._types.get(item_type)
        if known is not None:
            (known.whole if whole else known.part)(attributes, found)
        elif self.knows_types:
            return [Fault(TYPE_UNKNOWN, "type", "The catalog has no schema of this name.")]
        if self._categories is not None:
            named = attributes.get(CATEGORIES)
            if named is not None:
                self._check_categories(named, found)
            elif whole and (known is None or known.parent is None):
                found.append(Fault(CATEGORY, CATEGORIES, "Is required: the catalog has a category tree."))
        return found

    def unknown(self, item_type: str, attributes: Attributes) -> list[str]:
        """Places of attributes that the type's schema does not know, members of objects included: `variants[3].size`.

        None when the type itself is not known, or there are no schemas.
        """
        known = self._types.get(item_type)
        return known.unknown(attributes) if known else []

    def _check_categories(self, named: Any, found: list[Fault]) -> None:
        known = self._categories or ()
        if named.__class__ is list and named:
            for place, name in enumerate(named):
                if name.__class__ is not str or name not in known:
                    found.append(Fault(CATEGORY, f"{CATEGORIES}[{place}]", "Is no category of the catalog's trees."))
        elif named.__class__ is not str or named not in known:
            found.append(Fault(CATEGORY, CATEGORIES, "Must name categories of the catalog's trees."))


def _members(attributes: Sequence[pb.AttributeDefinition], *, whole: bool) -> _Members:
    """Checks the attributes of an item, or the members of an object; places are relative to it."""
    checks = {attribute.name: _check(attribute) for attribute in attributes}
    required = tuple(attribute.name for attribute in attributes if attribute.is_required)
    check_of = checks.get

    def check(values: Attributes, found: list[Fault]) -> None:
        for name, value in values.items():
            if value is not None and (one := check_of(name)) is not None:
                one(value, name, found)
        if required:
            absent = required if whole else [name for name in required if name in values]
            found += [Fault(REQUIRED, name, "Is required.") for name in absent if values.get(name) is None]

    return check


def _check(attribute: pb.AttributeDefinition) -> Check:
    if attribute.type == pb.ATTRIBUTE_TYPE_LIST:
        return LIST_OF[attribute.list_sub_type]
    if attribute.type == pb.ATTRIBUTE_TYPE_OBJECT:
        return _object(_members(attribute.attributes, whole=True))
    if attribute.type == pb.ATTRIBUTE_TYPE_OBJECTLIST:
        return list_of(_object(_members(attribute.attributes, whole=True)), pb.ATTRIBUTE_TYPE_OBJECTLIST)
    return OF_ONE[attribute.type]


def _object(members: _Members) -> Check:
    def check(value: Any, place: str, found: list[Fault]) -> None:
        if value.__class__ is not dict:
            found.append(fault_of(place, pb.ATTRIBUTE_TYPE_OBJECT))
            return
        inner: list[Fault] = []
        members(value, inner)
        if inner:
            found += [Fault(category, f"{place}.{at}", message) for category, at, message in inner]

    return check


def _unknown(attributes: Sequence[pb.AttributeDefinition], reserved: set[str]) -> Callable[[Attributes], list[str]]:
    """Looks for attributes that are neither described nor `reserved`."""
    names = frozenset(attribute.name for attribute in attributes) | reserved
    objects = {
        attribute.name: _unknown(attribute.attributes, set()) for attribute in attributes if attribute.attributes
    }

    def look(values: Attributes) -> list[str]:
        found = [] if values.keys() <= names else [name for name in values if name not in names]
        for name, inner in objects.items():
            for place, value in _objects_in(name, values.get(name)):
                found += [f"{place}.{at}" for at in inner(value)]
        return found

    return look


def _objects_in(name: str, value: Any) -> Iterator[tuple[str, Attributes]]:
    """The object, or those of the list, with their places; whatever else is there is no object."""
    if value.__class__ is dict:
        yield name, value
    elif value.__class__ is list:
        for number, member in enumerate(value):
            if member.__class__ is dict:
                yield f"{name}[{number}]", member
