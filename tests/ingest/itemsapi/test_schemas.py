import pytest
from assay.ingest.v1 import item_schema_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.items_errors import ItemSchemaRefused
from services.ingest.itemsapi.schemas import TYPE_NAMES, check_schema, types_of
from services.ingest.itemsapi.violations import MAX_KEPT
from tests.ingest.itemsapi.making import attribute, localized, schema

NAME, VERSION, ATTRIBUTES, NESTING = (f"ITEM_SCHEMA_{end}" for end in ("NAME", "VERSION", "ATTRIBUTES", "NESTING"))
SIMPLE = ["BOOLEAN", "FLOAT", "INTEGER", "TEXT", "TIMESTAMP", "LOCALIZEDTEXT"]
MEMBERS = [attribute("value", "LOCALIZEDTEXT"), attribute("valueId")]


def refusal(message, **options):
    with pytest.raises(ItemSchemaRefused) as caught:
        check_schema(message, **options)
    return caught.value.reason, [violation.field for violation in caught.value.violations]


EVERY_TYPE = schema(
    "product",
    *(attribute(name.lower(), name) for name in SIMPLE),
    *(attribute(f"list_{name}", "LIST", name) for name in SIMPLE),
    attribute("one", "OBJECT", members=[attribute("deep", "OBJECTLIST", members=[attribute("x")])]),
    attribute("many", "OBJECTLIST", members=MEMBERS, is_required=True, localized_names=localized(fr_FR="Tous")),
    nested=[schema("variant", "size", nested=[schema("sub-variant_2", "colour")]), schema("other", "size")],
)


def test_every_type_and_three_levels_are_good():
    check_schema(EVERY_TYPE)
    check_schema(EVERY_TYPE, known_as="product")


def test_types_are_told_with_the_one_right_above():
    assert [(one.name, parent) for one, parent in types_of(EVERY_TYPE)] == [
        ("product", None),
        ("variant", "product"),
        ("sub-variant_2", "variant"),
        ("other", "product"),
    ]


@pytest.mark.parametrize(
    ("message", "category", "fields"),
    [
        (schema(""), NAME, ["name"]),
        (schema("a b"), NAME, ["name"]),
        (schema("é"), NAME, ["name"]),
        (schema("a\n"), NAME, ["name"]),
        (schema("x" * 65), NAME, ["name"]),
        (schema("a", nested=[schema("")]), NAME, ["nestedItemSchemas[0].name"]),
        (schema("a", version=1), VERSION, ["version"]),
        (schema("a", version=0), VERSION, ["version"]),
        (schema("a", nested=[schema("b", version=1)]), VERSION, ["nestedItemSchemas[0].version"]),
        (schema("a", attribute("")), ATTRIBUTES, ["attributes[0].name"]),
        (schema("a", attribute("x" * 256)), ATTRIBUTES, ["attributes[0].name"]),
        (schema("a", "x", "y", "x"), ATTRIBUTES, ["attributes[2].name"]),
        (schema("a", pb.AttributeDefinition(name="x")), ATTRIBUTES, ["attributes[0].type"]),
        (schema("a", pb.AttributeDefinition(name="x", type=77)), ATTRIBUTES, ["attributes[0].type"]),
        (schema("a", attribute("x", "LIST")), ATTRIBUTES, ["attributes[0].listSubType"]),
        (schema("a", attribute("x", "LIST", "LIST")), ATTRIBUTES, ["attributes[0].listSubType"]),
        (schema("a", attribute("x", "LIST", "OBJECT")), ATTRIBUTES, ["attributes[0].listSubType"]),
        (schema("a", attribute("x", "LIST", "OBJECTLIST")), ATTRIBUTES, ["attributes[0].listSubType"]),
        (schema("a", attribute("x", "TEXT", "TEXT")), ATTRIBUTES, ["attributes[0].listSubType"]),
        (schema("a", attribute("x", "OBJECT")), ATTRIBUTES, ["attributes[0].attributes"]),
        (schema("a", attribute("x", "OBJECTLIST")), ATTRIBUTES, ["attributes[0].attributes"]),
        (schema("a", attribute("x", members=MEMBERS)), ATTRIBUTES, ["attributes[0].attributes"]),
        (
            schema("a", attribute("x", "OBJECT", members=[attribute("y"), attribute("y")])),
            ATTRIBUTES,
            ["attributes[0].attributes[1].name"],
        ),
        (
            schema("a", attribute("x", localized_names=localized(fr="X", en_GB="", de_DE="Z"))),
            ATTRIBUTES,
            ["attributes[0].localizedNames[0].locale", "attributes[0].localizedNames[1].name"],
        ),
        (
            schema("a", attribute("x", localized_names=localized(fr_FR="X") + localized(fr_FR="Y"))),
            ATTRIBUTES,
            ["attributes[0].localizedNames[1].locale"],
        ),
        (schema("a", *(f"x{n}" for n in range(1001))), ATTRIBUTES, ["attributes"]),
        (schema("a", nested=[schema("a")]), NESTING, ["nestedItemSchemas[0].name"]),
        (schema("a", nested=[schema("b"), schema("b")]), NESTING, ["nestedItemSchemas[1].name"]),
        (schema("a", "x", nested=[schema("b", "y", "x")]), NESTING, ["nestedItemSchemas[0].attributes[1].name"]),
        (
            schema("a", "x", nested=[schema("b", nested=[schema("c", "x")])]),
            NESTING,
            ["nestedItemSchemas[0].nestedItemSchemas[0].attributes[0].name"],
        ),
        (
            schema("a", nested=[schema("b", nested=[schema("c", nested=[schema("d")])])]),
            NESTING,
            ["nestedItemSchemas[0].nestedItemSchemas[0].nestedItemSchemas"],
        ),
        (
            schema("", attribute(""), attribute("x", "LIST"), version=3, nested=[schema("!")]),
            NAME,
            ["name", "version", "attributes[0].name", "attributes[1].listSubType", "nestedItemSchemas[0].name"],
        ),
    ],
)
def test_every_fault_is_named_at_its_place(message, category, fields):
    assert refusal(message) == (category, fields)


def test_a_name_other_than_that_of_the_address_is_refused():
    assert refusal(schema("a"), known_as="b") == (NAME, ["name"])


def test_a_thousand_attributes_and_long_names_are_good():
    check_schema(schema("x" * 64, *(f"x{n}" for n in range(999)), "y" * 255))


@pytest.mark.parametrize("type_", ["OBJECT", "OBJECTLIST"])
def test_fredhopper_knows_objects_of_a_value_and_its_id_only(type_):
    check_schema(schema("a", attribute("x", type_, members=MEMBERS)), fhr=True)
    check_schema(schema("a", nested=[schema("b", attribute("x", type_, members=MEMBERS[::-1]))]), fhr=True)
    for members in (
        MEMBERS[:1],
        [*MEMBERS, attribute("more")],
        [attribute("value"), attribute("valueId")],
        [attribute("value", "LOCALIZEDTEXT"), attribute("valueid")],
    ):
        message = schema("a", attribute("x", type_, members=members))
        check_schema(message)
        assert refusal(message, fhr=True) == (ATTRIBUTES, ["attributes[0].attributes"])


def test_fredhopper_knows_no_objects_within_objects():
    message = schema("a", attribute("x", "OBJECT", members=[attribute("y", "OBJECT", members=MEMBERS)]))
    fields = ["attributes[0].attributes", "attributes[0].attributes[0].type"]
    assert refusal(message, fhr=True) == (ATTRIBUTES, fields)


def test_of_very_many_faults_the_first_are_told():
    inner = [attribute("x", "OBJECT", members=[attribute("")] * 1000)] * 3
    with pytest.raises(ItemSchemaRefused, match=r"attributes\[0\].attributes\[0\].name: .* \(and at least 999 more\)"):
        check_schema(schema("a", *inner))
    _, fields = refusal(schema("a", *inner))
    assert len(fields) == MAX_KEPT


NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


@st.composite
def attributes(draw, depth=2):
    name = draw(st.text(min_size=1, max_size=255, alphabet=st.characters(codec="utf-8")))
    types = [*SIMPLE, "LIST", *(["OBJECT", "OBJECTLIST"] if depth else [])]
    type_ = draw(st.sampled_from(types))
    of = draw(st.sampled_from(SIMPLE)) if type_ == "LIST" else None
    members = draw(listed(depth - 1)) if type_.startswith("OBJECT") else []
    return attribute(name, type_, of, members=members, is_required=draw(st.booleans()))


def listed(depth=2):
    return st.lists(attributes(depth), min_size=1, max_size=4, unique_by=lambda one: one.name)


@given(NAMES, listed())
def test_any_schema_of_the_right_shape_is_good(name, some):
    check_schema(schema(name, *some))


@given(listed(), st.data())
def test_whichever_attribute_is_broken_is_named(some, data):
    place = data.draw(st.integers(0, len(some) - 1))
    some[place].type = data.draw(st.integers(1, 1000).filter(lambda number: number not in TYPE_NAMES))
    assert refusal(schema("a", *some)) == (ATTRIBUTES, [f"attributes[{place}].type"])
