"""Likely duplicates in the database: runs over all products and over some find the same."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runtime.errors import JobCancelled, JobInterrupted
from services.silver import shards as shards_module
from services.silver.app import MIGRATIONS
from services.silver.likely import index as index_module
from services.silver.likely import search as search_module
from services.silver.likely import texts as texts_module
from services.silver.matching import Strictness
from services.silver.matching.postings import LAST_NUMBER
from services.silver.records import Records
from services.silver.shards import NO_POSTINGS
from services.silver.store import Store
from services.silver.tables import LIKELY_INDEXES, LIKELY_PAIRS, LIKELY_POSTINGS
from tests.silver.likely.conftest import Catalog
from tests.support.databases import plan_of

BRANDS = ("Zorvex", "Kelvaro", "Elmora")
NOUNS = ("desk lamp", "coffee grinder", "wall clock", "olive oil", "camera")
MODELS = ("QX-100", "QX100", "qx 100", "QX-200", "VLT-3310B", "VLT3310", "Sunrise", "Morningside", "")
REST = ("black", "white", "500 ml", "1 l", "pack of 2", "portable", "classic", "")
TITLES = st.builds(
    lambda *parts: " ".join(part for part in parts if part),
    *(st.sampled_from(words) for words in (BRANDS, MODELS, NOUNS, REST, REST)),
)


def told(number):
    """Products of which every tenth repeats another one in other words."""
    word = "".join("bcdfghjk"[number // 8**place % 8] + "aeiou"[number // 5 % 5] for place in range(4))
    if number % 10 == 9:
        return {"title": f"Lamp {word.title()} by Zorvex, model MX{999 + number}", "brand": "Zorvex"}
    if number % 10 == 8:
        return {"title": f"Zorvex {word} MX-{1000 + number} desk lamp", "brand": "Zorvex"}
    return {"title": f"{BRANDS[number % 3]} {word} {NOUNS[number % 5]}", "brand": BRANDS[number % 3]}


def catalogs(draw, titles):
    """What the products of a catalog say in the end, and the runs that led there; None: the product is gone."""
    final = dict(enumerate(titles))
    order = draw(st.permutations(list(final)))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=5)) | {len(order)})
    runs = [
        {number: final[number] for number in order[start:end]} for start, end in zip([0, *cuts], cuts, strict=False)
    ]
    before = {number: TITLES | st.none() for number in draw(st.sets(st.sampled_from(order), max_size=8))}
    for number, titles_before in before.items():
        place = next(place for place, run in enumerate(runs) if number in run)
        for run in runs[:place]:
            if draw(st.booleans()):
                run[number] = draw(titles_before)
    gone = {1000 + number: draw(TITLES) for number in range(draw(st.integers(0, 4)))}
    return final, [gone, *runs, dict.fromkeys(gone)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(titles=st.lists(TITLES, min_size=2, max_size=40), few=st.sampled_from((2000, 2000, 7)), data=st.data())
def test_neither_order_nor_partitioning_of_runs_nor_what_was_before_matters(new_catalog, titles, few, data):
    final, runs = catalogs(data.draw, titles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "FEW", few)  # more are compared in memory instead of through the index
        patch.setattr(index_module, "FANOUT", 3)
        bit_by_bit = new_catalog()
        for run in runs:
            bit_by_bit.run(run, whole=data.draw(st.booleans()))
        at_once = new_catalog().put(final)
        at_once.run(whole=True)
    assert bit_by_bit.pairs() == at_once.pairs()
    assert bit_by_bit.said() == at_once.said()


def test_common_words_and_codes_are_counted_as_products_come_and_go(new_catalog):
    """Steps of words and codes, of another reading too, are crossed up and down."""
    pair = {1: "Zorvex camera DSC-W120 portable", 2: "portable camera DSCW120 by Zorvex"}
    crowd = {
        number: {"title": f"Kelvaro bag {number:03} portable", "description": "for DSC W120 and others"}
        for number in range(100, 210)
    }
    at_once, catalog = new_catalog().put(pair | crowd), new_catalog()
    at_once.run(whole=True)
    catalog.run(pair)
    alone = catalog.pairs()
    for start in range(100, 210, 30):
        catalog.run({number: crowd[number] for number in crowd if start <= number < start + 30})
    assert catalog.pairs() == at_once.pairs()
    assert catalog.said() == at_once.said()
    for start in range(100, 210, 25):
        catalog.run(dict.fromkeys(number for number in crowd if start <= number < start + 25))
    assert catalog.pairs() == alone
    assert set(alone) == {(1, 2)}


def test_a_product_is_compared_with_the_whole_catalog(new_catalog):
    catalog = new_catalog().put({number: told(number) for number in range(300)})
    catalog.run(whole=True)
    before = catalog.pairs()
    turned = catalog.run({500: {"title": "Kelvaro Sunrise linen curtain", "brand": "Kelvaro"}})
    assert turned == set()
    turned = catalog.run({501: {"title": "Linen curtain Sunrise by Kelvaro", "brand": "Kelvaro"}})
    assert turned == {500, 501}
    assert catalog.pairs().keys() - before.keys() == {(500, 501)}


def test_what_no_longer_says_so_is_no_pair(new_catalog):
    catalog = new_catalog()
    catalog.run({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex", 3: "Zorvex wall clock"})
    assert set(catalog.pairs()) == {(1, 2)}
    assert catalog.run({2: "Elmora coffee grinder"}) == {1, 2}
    assert catalog.pairs() == {}


def test_a_rival_that_goes_leaves_the_next_best_one(new_catalog):
    best = {"title": "Zorvex camera DSC-W120B black", "price": "199.00"}
    catalog = new_catalog()
    catalog.run({1: best, 2: {"title": "Zorvex camera DSCW120B black", "price": "199.00"}})
    with_rival = {3: {"title": "camera W120 black", "price": "199.00"}}
    catalog.run(with_rival)
    before = catalog.pairs()
    catalog.run({2: "Elmora coffee grinder"})
    alone = new_catalog()
    alone.run({1: best, 2: "Elmora coffee grinder"} | with_rival)
    assert (1, 2) in before
    assert catalog.pairs() == alone.pairs()


def test_a_currency_that_only_one_price_has_counts_the_same_in_any_order(new_catalog):
    """Where the catalog is read as a whole another product is the left one."""
    one = {"title": "Zorvex camera DSC-W120B", "price": "100", "currency": "EUR"}
    two = {"title": "Zorvex DSC-W120/B camera", "price": "200"}
    at_once, one_first, two_first = new_catalog().put({1: one, 2: two}), new_catalog(), new_catalog()
    at_once.run(whole=True)
    for catalog, runs in ((one_first, ({1: one}, {2: two})), (two_first, ({2: two}, {1: one}))):
        for run in runs:
            catalog.run(run)
    assert set(at_once.pairs()) == {(1, 2)}
    assert one_first.pairs() == two_first.pairs() == at_once.pairs()


def test_the_last_number_is_a_product_s_as_any_other(new_catalog):
    numbers = (5, LAST_NUMBER - 1, LAST_NUMBER)
    catalog = new_catalog()
    catalog.run({LAST_NUMBER - 1: "Zorvex camera DSC-W120", LAST_NUMBER: "Camera DSCW120 by Zorvex"})
    assert set(catalog.pairs()) == {numbers[1:]}
    catalog.run({LAST_NUMBER: "Kelvaro lamp VLT-3310"})
    assert catalog.pairs() == {}
    catalog.run({5: "Zorvex DSCW120 camera"})
    at_once = new_catalog()
    at_once.run({5: "Zorvex DSCW120 camera", LAST_NUMBER - 1: "Zorvex camera DSC-W120", LAST_NUMBER: "VLT-3310"})
    assert catalog.pairs() == at_once.pairs()
    with catalog.database.read() as connection:
        store = catalog.search._index
        assert len(store.said(connection, store.read(connection).segments, [LAST_NUMBER]))


@pytest.mark.parametrize("whole", [True, False])
def test_whoever_was_likely_one_with_a_product_in_error_is_looked_at_by_the_next_run(new_catalog, whole):
    """The run that found the error may look for no duplicates, or be broken off."""
    catalog = new_catalog()
    catalog.run({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex"})
    owner = (catalog.workspace_id, catalog.id)
    store = Store(catalog.database)
    store.settle(*owner, {1, 2})
    wrong = [("p00001", 1, "No such brand")]
    options = {"broken_images": [], "tally": "{}", "owner": owner, "whole": whole, "indexed": False}
    store.write_partition(1, 0, [], Records([], NO_POSTINGS), wrong, **options)
    assert store.unsettled(*owner) >= {2}


@pytest.mark.parametrize("few", [2000, 1])
def test_what_a_run_over_the_whole_catalog_finds_is_linked_by_the_next_one_if_it_breaks_off(
    new_catalog, monkeypatch, few
):
    monkeypatch.setattr(search_module, "FEW", few)
    catalog = new_catalog()
    catalog.run({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex", 3: "Zorvex wall clock"}, whole=True)
    assert Store(catalog.database).unsettled(catalog.workspace_id, catalog.id) == {1, 2}


def test_nothing_is_asked_when_nothing_has_changed(new_catalog):
    catalog = new_catalog().put({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex"})
    assert catalog.run(whole=True) == {1, 2}
    segments = catalog.count(LIKELY_POSTINGS)
    assert catalog.run(whole=True) == set()
    assert catalog.run() == set()
    assert catalog.count(LIKELY_POSTINGS) == segments


def test_another_strictness_judges_everything_anew(new_catalog):
    catalog = new_catalog().put({number: told(number) for number in range(60)})
    catalog.run(whole=True, strictness=Strictness.STRICT)
    strict = catalog.pairs()
    catalog.run(strictness=Strictness.LOOSE)
    loose = new_catalog().put({number: told(number) for number in range(60)})
    loose.run(whole=True, strictness=Strictness.LOOSE)
    assert catalog.pairs() == loose.pairs()
    assert len(strict) <= len(loose.pairs())


def test_large_catalogs_find_what_small_ones_do(new_catalog, monkeypatch):
    products = {number: told(number) for number in range(400)}
    small = new_catalog().put(products)
    small.run(whole=True)
    monkeypatch.setattr(search_module, "FEW", 20)
    monkeypatch.setattr(search_module, "SEGMENT_PRODUCTS", 150)
    large = new_catalog().put(products)
    large.run(whole=True)
    assert large.pairs() == small.pairs()
    assert large.run({900: {"title": "Lamp by Zorvex MX1008", "brand": "Zorvex"}}) >= {900}


def test_more_changes_than_are_few_compare_everything(new_catalog, monkeypatch):
    monkeypatch.setattr(search_module, "FEW", 5)
    catalog = new_catalog().put({number: told(number) for number in range(30)})
    catalog.run()
    catalog.put({number: told(number) for number in range(30, 60)})
    catalog.run()
    assert {(8, 9), (28, 29), (48, 49)} <= set(catalog.pairs())


@pytest.mark.sqlite_only("what it asks of the database the tests around it ask of both, and it makes 80 runs")
def test_segments_are_put_together_and_lie_in_shards(new_catalog, monkeypatch):
    monkeypatch.setattr(shards_module, "SHARD", 64)
    catalog = new_catalog()
    for number in range(80):
        catalog.run({number: told(number)})
    assert {(8, 9), (68, 69)} <= set(catalog.pairs())
    with catalog.database.read() as connection:
        segments = catalog.search._index.read(connection).segments
    assert len(segments) < 20
    assert max(segment.bits for segment in segments) > 1


def test_an_index_that_has_grown_is_made_anew_by_a_run_over_everything(new_catalog, monkeypatch):
    monkeypatch.setattr(search_module, "SEGMENT_PRODUCTS", 10)
    monkeypatch.setattr(index_module, "FANOUT", 100)
    catalog = new_catalog().put({number: told(number) for number in range(20)})
    catalog.run(whole=True)

    def size():
        with catalog.database.read() as connection:
            return sum(segment.size for segment in catalog.search._index.read(connection).segments)

    made = size()
    for turn in range(10):
        catalog.run({3: f"Zorvex gadget number {turn} of series K{turn}00"})
    grown = size()
    catalog.run({3: told(3)}, whole=True)
    assert made < grown
    assert size() == made


def test_what_a_broken_off_run_left_is_swept(new_catalog):
    catalog = new_catalog().put({number: told(number) for number in range(20)})
    catalog.run(whole=True)
    before = catalog.count(LIKELY_POSTINGS)
    with catalog.database.write() as connection:
        store = catalog.search._index
        segments = store.read(connection).segments
        store.add(connection, segments, store.said(connection, segments, range(20)))
    catalog.search._make(Strictness.NORMAL, lambda: None)
    assert catalog.count(LIKELY_POSTINGS) == before


def test_nor_does_a_run_over_some_products_take_it_for_its_own(new_catalog, monkeypatch):
    """What is left lies where the next segment will."""
    monkeypatch.setattr(shards_module, "SHARD", 1)  # so that not each shard holds something
    catalog = new_catalog().put({number: told(number) for number in range(20)})
    catalog.run(whole=True)
    with catalog.database.write() as connection:
        store = catalog.search._index
        segments = store.read(connection).segments
        left = store.said(connection, segments, range(0, 20, 10))
        store.add(connection, segments, left + np.uint64(500))  # as of other products, which are gone since
    catalog.run({30: told(30), 31: told(31)})
    at_once = new_catalog().put({number: told(number) for number in (*range(20), 30, 31)})
    at_once.run(whole=True)
    assert catalog.said() == at_once.said()
    assert catalog.pairs() == at_once.pairs()


@pytest.mark.parametrize("table", [LIKELY_INDEXES, LIKELY_PAIRS, LIKELY_POSTINGS])
def test_catalogs_know_nothing_of_each_other(new_catalog, table):
    one, two = new_catalog(), new_catalog(workspace_id="ws_b")
    one.run({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex"})
    before = one.count(table)
    two.run({3: "Zorvex DSC-W120 camera"})
    assert two.pairs() == {}
    assert one.count(table) == before


def test_texts_of_every_kind_are_compared(new_catalog):
    texts = [
        "",
        "   ",
        "שלום עולם",
        "ａｂｃ１２３",
        "e\u0301\u0301\u0301",
        "\u200b",
        "x" * 10_000,
        "💥 💥",
        "\n\n",
        "1",
        "%_\\'",
    ]
    catalog = new_catalog()
    for number, text in enumerate(texts):
        catalog.run({number: {"title": text, "description": text, "mpn": text, "brand": text, "price": text}})
    catalog.run({99: {}}, whole=True)
    assert catalog.count(LIKELY_INDEXES) == 1


@pytest.mark.parametrize("last", ["the family's", "the other"])
def test_a_code_is_found_in_a_family_of_like_titles(new_catalog, last):
    family = {
        number: f"Zorvex cordless impact drill with two batteries charger case work lamp blue DX-{1000 + number}"
        for number in range(300)
    }
    other = {900: "DX1005 Zorvex"}
    at_once = new_catalog().put(family | other)
    at_once.run(whole=True)
    late = 5 if last == "the family's" else 900
    bit_by_bit = new_catalog()
    bit_by_bit.run({number: title for number, title in (family | other).items() if number != late})
    bit_by_bit.run({late: (family | other)[late]})
    assert bit_by_bit.pairs() == at_once.pairs()


def test_a_run_that_breaks_off_leaves_the_index_as_it_was(new_catalog, monkeypatch):
    catalog = new_catalog()
    catalog.run({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex"}, whole=True)
    before = catalog.pairs()

    def fail(*_args):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(search_module, "answers", fail)
        with pytest.raises(MemoryError):
            catalog.run(strictness=Strictness.LOOSE)
    catalog.run()
    assert before
    assert catalog.pairs() == before
    assert catalog.run({3: "Zorvex DSC-W120 camera"}) >= {3}


def test_a_run_over_everything_does_not_count_what_products_no_longer_say(new_catalog):
    pair = {1: "Zorvex camera DSC-W120B black", 2: "Zorvex DSC-W120/B digital still camera, black"}
    others = {number: f"Wall clock {number}" for number in range(10, 50)}
    at_once = new_catalog().put(pair | others)
    at_once.run(whole=True)
    catalog = new_catalog()
    catalog.run(pair | others)
    catalog.run({number: f"Zorvex camera DSC-W120B {number} black" for number in others})
    catalog.run(others)
    catalog.run(whole=True)
    assert catalog.pairs() == at_once.pairs()
    assert set(catalog.pairs()) == {(1, 2)}


def test_a_search_that_is_cancelled_anywhere_leaves_what_there_was(new_catalog, monkeypatch):
    monkeypatch.setattr(search_module, "FEW", 1)
    catalog = new_catalog().put({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex", 3: "Wall clock"})
    catalog.run(whole=True)
    before, asked = (catalog.pairs(), catalog.said()), []
    catalog.put({3: "Zorvex DSC-W120 camera", 4: "Olive oil", 5: "Coffee grinder"})

    def cancelling(at):
        left = iter(range(at))

        def check():
            asked.append(at)
            if next(left, None) is None:
                raise JobCancelled("Enough.")

        return check

    for at in range(5):  # while products are read, after the nearest are found, while pairs are judged
        with pytest.raises(JobCancelled):
            catalog.run(check=cancelling(at))
        assert (catalog.pairs(), catalog.said()) == before
    catalog.run(check=cancelling(99))
    assert asked.count(99) == 5
    assert set(catalog.pairs()) != set(before[0])


@pytest.mark.parametrize(("few", "step"), [(2000, "promising"), (1, "all_accepted")])
def test_who_was_overtaken_writes_nothing(new_catalog, monkeypatch, few, step):
    """A process that was thought dead, and whose job another one has meanwhile done."""
    monkeypatch.setattr(search_module, "FEW", few)
    catalog = new_catalog().put({1: "Zorvex camera DSC-W120", 2: "Camera DSCW120 by Zorvex", 3: "Wall clock"})
    catalog.run(whole=True)
    catalog.put({3: "Zorvex DSC-W120 camera", 4: "Olive oil", 5: "Coffee grinder"})
    function, done = getattr(search_module, step), []

    def overtaken(*args, **options):
        if not done:
            done.append(1)
            catalog.run()
            done.append((catalog.pairs(), catalog.said()))
        return function(*args, **options)

    monkeypatch.setattr(search_module, step, overtaken)
    with pytest.raises(JobInterrupted):
        catalog.run()
    assert (catalog.pairs(), catalog.said()) == done[1]
    catalog.run()
    assert (catalog.pairs(), catalog.said()) == done[1]


@pytest.mark.parametrize("analysed", (False, True))
def test_what_the_index_does_not_know_is_asked_of_its_own_index(new_database, analysed):
    """Any other one would make each run over some products read the whole catalog."""
    database = new_database(MIGRATIONS)  # its own: what PostgreSQL knows of others' catalogs would be luck
    Catalog(database, "c").put({number: told(number) for number in range(2000)})
    texts = texts_module.Texts("ws_a", "c")
    with database.write() as connection:
        texts.note(connection, None)
    if analysed:  # as PostgreSQL does by itself now and then
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
    values = {"of_catalog": "c", "of_workspace": "ws_a", "most": 1}
    with database.read() as connection:
        assert texts.unindexed(connection, 1).is_empty()
        plan = plan_of(connection, texts_module._UNINDEXED, values)
    assert "ix_products_unindexed" in plan
