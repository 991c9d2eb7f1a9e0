"""The rules of item schemas; see `item_schema_service.proto` for what each field may be."""

from collections.abc import Iterator, Sequence

from assay.ingest.v1 import item_schema_service_pb2 as pb

from services.ingest.items_errors import ItemSchemaRefused
from services.ingest.itemsapi.names import MAX_NAME_CHARS, is_schema_name
from services.ingest.itemsapi.violations import Violations

MAX_ATTRIBUTES = 1_000
MAX_LEVELS = 3
NAME, VERSION = "ITEM_SCHEMA_NAME", "ITEM_SCHEMA_VERSION"
ATTRIBUTES, NESTING = "ITEM_SCHEMA_ATTRIBUTES", "ITEM_SCHEMA_NESTING"

TYPE_NAMES = {number: name.removeprefix("ATTRIBUTE_TYPE_") for name, number in pb.AttributeType.items() if number}
_OF_OBJECTS = frozenset({pb.ATTRIBUTE_TYPE_OBJECT, pb.ATTRIBUTE_TYPE_OBJECTLIST})
_IN_LISTS = frozenset(TYPE_NAMES) - _OF_OBJECTS - {pb.ATTRIBUTE_TYPE_LIST}
# What objects hold by Fredhopper's rules.
_FHR_MEMBERS = {"value": pb.ATTRIBUTE_TYPE_LOCALIZEDTEXT, "valueId": pb.ATTRIBUTE_TYPE_TEXT}


def check_schema(schema: pb.ItemSchema, *, fhr: bool = False, known_as: str = "") -> None:
    """Raises ItemSchemaRefused when a schema breaks a rule, with a violation for each place that does.

    `fhr`: whether Fredhopper's rules are to hold too; `known_as`: the name that it must have, if one is given. The
    category is that of the first violation: the schema's name, its version, its attributes, the schemas nested in it.
    """
    violations = Violations(ItemSchemaRefused)
    if known_as and schema.name != known_as:
        violations.add(NAME, "name", "Must be that of the address.")
    _Check(violations, fhr=fhr).schema(schema, "", [])
    violations.refuse()


def types_of(schema: pb.ItemSchema) -> Iterator[tuple[pb.ItemSchema, str | None]]:
    """A schema and all that are nested in it, each with the name of the one right above."""
    yield schema, None
    for nested in schema.nested_item_schemas:
        for inner, parent in types_of(nested):
            yield inner, parent or schema.name


class _Check:
    """One walk through a schema; paths begin where the body does, `before` ends with a dot or is empty."""

    def __init__(self, violations: Violations, *, fhr: bool) -> None:
        self._add = violations.add
        self._add_localized = violations.add_localized
        self._fhr = fhr
        self._names: set[str] = set()

    def schema(self, schema: pb.ItemSchema, before: str, above: Sequence[set[str]]) -> None:
        """`above`: names of the attributes of each enclosing schema."""
        if not is_schema_name(schema.name):
            self._add(NAME, f"{before}name", "Must have 1-64 letters, digits, underscores and hyphens.")
        elif schema.name in self._names:
            self._add(NESTING, f"{before}name", "Is the name of another schema in here.")
        self._names.add(schema.name)
        if schema.HasField("version"):
            self._add(VERSION, f"{before}version", "Must not be set: versions are assigned.")
        self._attributes(schema.attributes, before, is_root=True)
        for place, attribute in enumerate(schema.attributes):
            if attribute.name and any(attribute.name in names for names in above):
                self._add(NESTING, f"{before}attributes[{place}].name", "Is an attribute of a schema above.")
        if schema.nested_item_schemas and len(above) + 1 == MAX_LEVELS:
            self._add(NESTING, f"{before}nestedItemSchemas", f"Schemas have at most {MAX_LEVELS} levels.")
            return
        here = [*above, {attribute.name for attribute in schema.attributes}]
        for place, nested in enumerate(schema.nested_item_schemas):
            self.schema(nested, f"{before}nestedItemSchemas[{place}].", here)

    def _attributes(self, attributes: Sequence[pb.AttributeDefinition], before: str, *, is_root: bool) -> None:
        if len(attributes) > MAX_ATTRIBUTES:
            self._add(ATTRIBUTES, f"{before}attributes", f"At most {MAX_ATTRIBUTES:,} are allowed.")
            return
        seen = set()
        for place, attribute in enumerate(attributes):
            path = f"{before}attributes[{place}]."
            if not 1 <= len(attribute.name) <= MAX_NAME_CHARS:
                self._add(ATTRIBUTES, f"{path}name", f"Must have 1-{MAX_NAME_CHARS} characters.")
            elif attribute.name in seen:
                self._add(ATTRIBUTES, f"{path}name", "Is the name of another attribute.")
            seen.add(attribute.name)
            self._add_localized(ATTRIBUTES, path, attribute.localized_names)
            self._type(attribute, path, is_root=is_root)

    def _type(self, attribute: pb.AttributeDefinition, path: str, *, is_root: bool) -> None:
        if attribute.type not in TYPE_NAMES:
            self._add(ATTRIBUTES, f"{path}type", f"Must be one of {', '.join(TYPE_NAMES.values())}.")
            return
        if attribute.type == pb.ATTRIBUTE_TYPE_LIST:
            if attribute.list_sub_type not in _IN_LISTS:
                known = ", ".join(name for number, name in TYPE_NAMES.items() if number in _IN_LISTS)
                self._add(ATTRIBUTES, f"{path}listSubType", f"Must be one of {known}.")
        elif attribute.HasField("list_sub_type"):
            self._add(ATTRIBUTES, f"{path}listSubType", "Is for attributes of type LIST only.")
        if attribute.type not in _OF_OBJECTS:
            if attribute.attributes:
                self._add(ATTRIBUTES, f"{path}attributes", "Are for attributes of type OBJECT and OBJECTLIST only.")
            return
        if not attribute.attributes:
            self._add(ATTRIBUTES, f"{path}attributes", "Are required for OBJECT and OBJECTLIST.")
        if self._fhr:
            self._fhr_object(attribute, path, is_root=is_root)
        self._attributes(attribute.attributes, path, is_root=False)

    def _fhr_object(self, attribute: pb.AttributeDefinition, path: str, *, is_root: bool) -> None:
        if not is_root:
            self._add(ATTRIBUTES, f"{path}type", "Fredhopper has no objects within objects.")
        members = [(member.name, member.type) for member in attribute.attributes]
        if sorted(members) != sorted(_FHR_MEMBERS.items()):
            self._add(
                ATTRIBUTES,
                f"{path}attributes",
                "Must be exactly value (LOCALIZEDTEXT) and valueId (TEXT) for Fredhopper.",
            )
