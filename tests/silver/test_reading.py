"""What Gold reads: every product in its place, with what is known of it and its item still says."""

import itertools

import pytest
from assay.silver.v1 import product_pb2
from assay.silver.v1 import product_service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.silver import reading
from services.silver.reading import messages

LINKED, UNKNOWN = '{"state":"linked"}', '{"state":"unknown"}'
STATES = {None: product_pb2.CATEGORY_STATE_NONE, LINKED: product_pb2.CATEGORY_STATE_LINKED}


def stored(product_id, source, size=1, category=None, shared=0):
    return (product_id, source, f"f-{product_id}", b"d" * size, b"a" * size, b"i" * size, category, shared)


def as_columns(rows):
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(8)]


def told_of(ids, sources, rows):
    return columns(messages(ids, sources, as_columns(rows)))


def columns(answers):
    names = [field.name for field in pb.ReadProductsResponse.DESCRIPTOR.fields]
    told = [[list(getattr(answer, name)) for name in names] for answer in answers]
    assert all(len(column) == len(answer[0]) for answer in told for column in answer)
    return {name: list(itertools.chain(*column)) for name, column in zip(names, zip(*told, strict=True), strict=True)}


def test_what_is_silver_and_what_is_not():
    rows = [
        stored("a", "1", category=LINKED, shared=7),
        stored("b", "old", category=LINKED, shared=7),
        stored("d", "", category=UNKNOWN),
        stored("x", "1"),
        stored("e", "1"),
    ]
    told = told_of(list("abcde"), ["1"] * 5, rows)
    assert told == {
        "ids": list("abcde"),
        "states": [2, 1, 1, 1, 2],
        "fingerprints": ["f-a", "", "", "", "f-e"],
        "documents": ["d", "", "", "", "d"],
        "attributes": ["a", "", "", "", "a"],
        "images": ["i", "", "", "", "i"],
        "category_states": [1, 0, 0, 0, 4],
        "shared_gtins": [7, 0, 0, 0, 0],
    }


def test_all_are_there_and_some_are_not_as_their_items_are():
    rows = as_columns(
        [stored(one, source, category=LINKED, shared=7) for one, source in zip("abc", "1x1", strict=True)]
    )
    before = [list(column) for column in rows]
    told = columns(messages(list("abc"), ["1"] * 3, rows))
    assert (told["states"], told["documents"]) == ([2, 1, 2], ["d", "", "d"])
    assert (told["category_states"], told["shared_gtins"]) == ([1, 0, 1], [7, 0, 7])
    assert rows == before


def test_nothing_stored():
    told = told_of(["a", "b"], ["1", "2"], [])
    assert (told["states"], told["category_states"], told["documents"]) == ([1, 1], [0, 0], ["", ""])


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.sampled_from([None, LINKED])), min_size=1, max_size=60),
    st.integers(1, 100),
)
def test_messages_are_cut_where_they_are_full(products, limit):
    ids = [f"{number:03}" for number in range(len(products))]
    rows = [
        stored(one, "s", size, category, 1) for one, (size, there, category) in zip(ids, products, strict=True) if there
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MESSAGE_BYTES", limit)
        answers = list(messages(ids, ["s"] * len(ids), as_columns(rows)))
    told = columns(answers)
    assert told["ids"] == ids
    assert told["states"] == [2 if there else 1 for _, there, _ in products]
    assert [len(text) for text in told["documents"]] == [size if there else 0 for size, there, _ in products]
    assert told["category_states"] == [STATES[category] if there else 0 for _, there, category in products]
    assert told["shared_gtins"] == [int(there) for _, there, _ in products]
    sizes = [[3 * len(text) for text in answer.documents] for answer in answers]
    assert all(sum(of_one) >= limit > sum(of_one[:-1]) for of_one in sizes[:-1])


def test_states_of_categories_and_shared_barcodes_are_read(call, catalog, world, normalize):
    world.trees["ws_a"] = [("c1", "Lamps")]
    items = {f"g{n:02}": {"title": f"{word} thing", "gtin": "4006381333931"} for n, word in enumerate(WORDS)}
    catalog_id = catalog({"a": {"title": "A", "category": "lamps"}, "b": {"title": "B", "category": "Nix"}, **items})
    normalize(catalog_id)
    for selection in ({}, {"list": {"ids": ["b", "a", "zz", *items]}}):
        request = pb.ReadProductsRequest(workspace_id="ws_a", catalog_id=catalog_id, **selection)
        told = columns(call("ReadProducts", request))
        assert told["ids"] == ["a", "b", *items]
        assert told["category_states"] == [1, 3, *[4] * len(items)]
        assert told["shared_gtins"] == [0, 0, *[len(items)] * len(items)]


WORDS = (
    "walnut",
    "bicycle",
    "umbrella",
    "kettle",
    "notebook",
    "hammer",
    "guitar",
    "blanket",
    "mirror",
    "candle",
    "ladder",
)
