"""Whatever runs there were, in any order and over any products: what is linked is what one run would link."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ONE, TWO, THREE = "4006381333931", "3017620422003", "5000112548167"
IDS = [f"p{number}" for number in range(7)]
DOCUMENTS = st.builds(
    dict,
    gtin=st.sampled_from([None, None, ONE, TWO, THREE]),
    brand=st.sampled_from([None, "Acme", "Globex", "Nobody's"]),  # the last is an error: not registered
    mpn=st.sampled_from([None, "M-100", "M-200"]),
    sku=st.sampled_from([None, "S-1", "S-2"]),
    color=st.sampled_from([None, None, "red", "blue"]),
    title=st.sampled_from(["Desk lamp", "Desk lamp, red", "Wall clock"]),
)
SOME = st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(IDS), DOCUMENTS),
        st.tuples(st.just("delete"), st.sampled_from(IDS)),
        st.tuples(st.just("some"), SOME),
        st.tuples(st.just("some"), SOME),
        st.tuples(st.just("all")),
    ),
    max_size=14,
)


@given(st.tuples(st.dictionaries(st.sampled_from(IDS), DOCUMENTS, min_size=2), STEPS))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_links_do_not_depend_on_the_runs_before(catalog, fared, items_of, product, story):
    start, steps = story

    def clean(document):
        return {name: value for name, value in document.items() if value is not None}

    def told(catalog_id):
        """Links of the products that are there, by id; nothing for those whose last run could not take them."""
        products = {one: product(catalog_id, one) for one in items_of(catalog_id).items}
        return {
            one: (shown.duplicate_of, sorted(shown.duplicate_evidence.keys))
            for one, shown in products.items()
            if not shown.silver_error and shown.HasField("duplicate_of")
        }

    catalog_id = catalog({one: clean(document) for one, document in start.items()})
    world = items_of(catalog_id)
    for kind, *what in steps:
        if kind == "put":
            world.put(what[0], clean(what[1]))
        elif kind == "delete":
            world.items.pop(what[0], None)
        elif kind == "all":
            fared(catalog_id, duplicates=2)
        elif wanted := [one for one in what[0] if one in world.items]:
            fared(catalog_id, *wanted, duplicates=2)
    if not world.items:
        return
    fared(catalog_id, *world.items, duplicates=2)  # each once more, as a selection
    by_parts = told(catalog_id)

    fresh = catalog({})
    other = items_of(fresh)
    other.items, other.sequences = dict(world.items), dict(world.sequences)
    fared(fresh, duplicates=2)
    assert by_parts == told(fresh)
    fared(catalog_id, duplicates=2)
    assert told(catalog_id) == told(fresh)
