import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.itemsapi.validation import Validator
from services.ingest.itemsapi.values import is_timestamp
from tests.ingest.itemsapi.making import attribute, category, schema, tree

TYPE, REQUIRED, CATEGORY = "ITEM_ATTRIBUTE_TYPE", "ITEM_ATTRIBUTE_REQUIRED", "ITEM_CATEGORY"
SIMPLE = ["BOOLEAN", "FLOAT", "INTEGER", "TEXT", "TIMESTAMP", "LOCALIZEDTEXT"]
MEMBERS = [attribute("size", "INTEGER", is_required=True), attribute("names", "LOCALIZEDTEXT")]
PRODUCT = schema(
    "product",
    *(attribute(name.lower(), name) for name in SIMPLE),
    *(attribute(f"list_{name.lower()}", "LIST", name) for name in SIMPLE),
    attribute("one", "OBJECT", members=[*MEMBERS, attribute("inner", "OBJECTLIST", members=MEMBERS)]),
    attribute("many", "OBJECTLIST", members=MEMBERS),
    nested=[schema("variant", attribute("colour", is_required=True), nested=[schema("offer", "shop")])],
)
TREES = [tree("root", category("a", "b")), tree("other", "c")]

SCALARS = {
    "BOOLEAN": st.booleans(),
    "FLOAT": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**64 - 1),
    "INTEGER": st.integers(-(2**63), 2**63 - 1),
    "TEXT": st.text(),
    "TIMESTAMP": st.datetimes(timezones=st.none() | st.timezones()).map(
        lambda time: time.replace(tzinfo=None).isoformat() + ("Z" if time.tzinfo else "")
    ),
    "LOCALIZEDTEXT": st.dictionaries(st.from_regex(r"[a-z]{2}_[A-Z]{2}", fullmatch=True), st.text()),
}
OBJECTS = st.fixed_dictionaries(
    {"size": SCALARS["INTEGER"]}, optional={"names": SCALARS["LOCALIZEDTEXT"] | st.none(), "more": st.text()}
)
VALUES = {
    **{name.lower(): SCALARS[name] for name in SIMPLE},
    **{f"list_{name.lower()}": st.lists(SCALARS[name], max_size=4) for name in SIMPLE},
    "one": st.fixed_dictionaries({"size": SCALARS["INTEGER"]}, optional={"inner": st.lists(OBJECTS, max_size=3)}),
    "many": st.lists(OBJECTS, max_size=3),
}
# Values that the type of that name is not, whatever they are inside.
WRONG = {
    "boolean": [0, 1, "true", [], {}, 1.0],
    "float": [True, "1.5", [], {}],
    "integer": [True, 2.0, 1.5, 1e20, 2**63, 2**64 - 1, "2", [], {}],
    "text": [True, 1, 1.5, [], {}, ["a"]],
    "timestamp": [1, True, "", "yesterday", "2024-09-05", "10:50", "2024-02-30T10:50:00Z", {}, "2024-09-05T25:00:00Z"],
    "localizedtext": ["text", 1, [], [{"fr_FR": "x"}], False],
    "list_text": ["text", {}, 1, True],
    "one": ["text", [], 1, [{"size": 1}]],
    "many": ["text", {}, 1, {"size": 1}],
}


@pytest.fixture(scope="module")
def validator():
    return Validator([PRODUCT], [])


def told(faults):
    return [(fault.category, fault.place) for fault in faults]


@given(st.fixed_dictionaries({}, optional={name: values | st.none() for name, values in VALUES.items()}))
def test_any_item_of_the_right_shape_is_valid(item):
    validator = Validator([PRODUCT], [])
    assert validator.faults("product", orjson.loads(orjson.dumps(item)), whole=True) == []
    assert validator.faults("product", item, whole=False) == []


@given(
    st.fixed_dictionaries({}, optional=VALUES),
    st.lists(
        st.sampled_from([(name, value) for name, values in WRONG.items() for value in values]),
        min_size=1,
        unique_by=lambda one: one[0],
    ),
)
def test_every_wrong_value_is_named_at_its_place_and_nothing_else(item, wrong):
    faults = Validator([PRODUCT], []).faults("product", item | dict(wrong), whole=True)
    assert sorted(told(faults)) == sorted((TYPE, name) for name, _ in wrong)


@given(st.sampled_from(SIMPLE), st.integers(0, 5), st.data())
def test_a_wrong_member_of_a_list_is_named_by_its_number(name, place, data):
    values = data.draw(st.lists(SCALARS[name], min_size=place, max_size=place + 2))
    values.insert(place, data.draw(st.sampled_from(WRONG[name.lower()]) | st.none()))
    faults = Validator([PRODUCT], []).faults("product", {f"list_{name.lower()}": values}, whole=True)
    assert told(faults) == [(TYPE, f"list_{name.lower()}[{place}]")]


@pytest.mark.parametrize(
    ("item", "faults"),
    [
        ({"integer": "1"}, [(TYPE, "integer", "Must be an INTEGER.")]),
        ({"float": "1"}, [(TYPE, "float", "Must be a FLOAT.")]),
        ({"many": {}}, [(TYPE, "many", "Must be an OBJECTLIST.")]),
        ({"one": []}, [(TYPE, "one", "Must be an OBJECT.")]),
        ({"one": {}}, [(REQUIRED, "one.size", "Is required.")]),
        ({"one": {"size": None}}, [(REQUIRED, "one.size", "Is required.")]),
        (
            {"many": [{"size": 1}, {"size": "1"}, 7, {"size": 1, "names": {"fr": "x"}}, {}]},
            [
                (TYPE, "many[1].size", "Must be an INTEGER."),
                (TYPE, "many[2]", "Must be an OBJECT."),
                (TYPE, "many[3].names.fr", "Must be under a locale such as fr_FR."),
                (REQUIRED, "many[4].size", "Is required."),
            ],
        ),
        (
            {"one": {"size": 1, "inner": [{"size": 1}, {"size": 1, "names": {"fr_FR": 1}}]}},
            [(TYPE, "one.inner[1].names.fr_FR", "Must be a TEXT.")],
        ),
        (
            {"list_localizedtext": [{"fr_FR": "x"}, {"fr_FR": "x", "FR": "y"}], "text": 1},
            [
                (TYPE, "list_localizedtext[1].FR", "Must be under a locale such as fr_FR."),
                (TYPE, "text", "Must be a TEXT."),
            ],
        ),
    ],
)
def test_places_and_messages(validator, item, faults):
    assert validator.faults("product", item, whole=True) == faults


def test_what_is_required_is_asked_for_of_whole_items_only(validator):
    missing = [(REQUIRED, "colour")]
    assert told(validator.faults("variant", {}, whole=True)) == missing
    assert told(validator.faults("variant", {"colour": None}, whole=True)) == missing
    assert validator.faults("variant", {"colour": ""}, whole=True) == []
    assert told(validator.faults("variant", {"colour": None}, whole=False)) == missing
    assert validator.faults("variant", {}, whole=False) == []
    brought = [(REQUIRED, "one.size"), (REQUIRED, "many[0].size")]
    assert told(validator.faults("product", {"one": {}, "many": [{}]}, whole=False)) == brought
    assert told(validator.faults("variant", {"colour": 1}, whole=False)) == [(TYPE, "colour")]


def test_nested_types_have_a_parent_and_inherit_nothing(validator):
    assert [validator.parent_type(name) for name in ("product", "variant", "offer", "none")] == [
        None,
        "product",
        "variant",
        None,
    ]
    assert [validator.is_nested(name) for name in ("product", "variant", "offer", "none")] == [False, True, True, False]
    assert validator.faults("offer", {"text": 1, "colour": 1}, whole=True) == []
    assert validator.unknown("offer", {"text": 1, "colour": 1, "shop": "s"}) == ["text", "colour"]


def test_an_unknown_type_is_all_that_is_told():
    validator = Validator([PRODUCT], TREES)
    assert told(validator.faults("none", {"categories": ["x"]}, whole=True)) == [("ITEM_TYPE_UNKNOWN", "type")]
    assert validator.unknown("none", {"a": 1}) == []


def test_without_schemas_every_type_is_taken():
    validator = Validator([], [])
    assert not validator.knows_types
    assert validator.faults("any", {"a": 1, "categories": 7}, whole=True) == []
    assert validator.unknown("any", {"a": 1}) == []
    assert told(Validator([], TREES).faults("any", {}, whole=True)) == [(CATEGORY, "categories")]


def test_unknown_attributes_are_told_within_objects_too(validator):
    assert validator.knows_types
    item = {
        "a": 1,
        "text": 2,
        "one": {"b": 1, "size": 1, "inner": [{"c": 1}]},
        "many": [{"size": 1}, 7, {"d": {"e": 1}}],
    }
    assert validator.unknown("product", item) == ["a", "one.b", "one.inner[0].c", "many[2].d"]
    assert validator.unknown("product", {"text": "x", "one": 1, "many": None}) == []
    assert validator.unknown("product", {"categories": []}) == ["categories"]
    assert Validator([PRODUCT], TREES).unknown("product", {"categories": []}) == []


@pytest.mark.parametrize(
    ("item", "places"),
    [
        ({"categories": ["a"]}, []),
        ({"categories": ["b", "c"]}, []),
        ({"categories": "b"}, []),
        ({}, ["categories"]),
        ({"categories": None}, ["categories"]),
        ({"categories": []}, ["categories"]),
        ({"categories": ""}, ["categories"]),
        ({"categories": "root"}, ["categories"]),
        ({"categories": {"a": 1}}, ["categories"]),
        ({"categories": ["a", "root", 1, None, ["a"], "z"]}, [f"categories[{n}]" for n in (1, 2, 3, 4, 5)]),
    ],
)
def test_with_trees_items_name_categories(item, places):
    validator = Validator([PRODUCT], TREES)
    assert told(validator.faults("product", item, whole=True)) == [(CATEGORY, place) for place in places]
    named = places if item.get("categories") is not None else []
    assert told(validator.faults("product", item, whole=False)) == [(CATEGORY, place) for place in named]
    assert told(validator.faults("variant", item | {"colour": "x"}, whole=True)) == [(CATEGORY, one) for one in named]


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-05T10:50:42Z",
        "2024-09-05T10:50:42.123456789Z",
        "2024-09-05T10:50:42,5+02:00",
        "2024-09-05T10:50:42+0200",
        "2024-09-05T10:50:42-02",
        "2024-09-05T10:50",
        "2024-02-29T00:00:00",
    ],
)
def test_timestamps(text):
    assert is_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-05 10:50:42",
        "2024-09-05",
        "20240905T105042Z",
        "2024-W36-4T10:50:42Z",
        "2023-02-29T00:00:00",
        "2024-13-01T00:00:00",
        "2024-09-05T10:60:00",
        "2024-09-05T10:50:42+25:00",
        "2024-09-05T10:50:42+01:75",
        "2024-09-05T10:50:42Z\n",
        "٢٠٢٤-09-05T10:50:42Z",
        "",
    ],
)
def test_what_is_no_timestamp(text):
    assert not is_timestamp(text)
