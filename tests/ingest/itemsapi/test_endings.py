"""Ingestions whose process dies at their end, or while much is changed beside them."""

import pytest
import sqlalchemy as sa

from services.ingest.items_errors import BelowThreshold, IngestionGivenUp
from services.ingest.store import BatchStore
from services.ingest.store.contents import Build
from services.ingest.store.ranges import IdRange
from services.ingest.sweeper import LOST_MICROS, Sweeper
from services.ingest.tables import catalogs, ingestions
from tests.ingest.itemsapi.conftest import gone, item
from tests.ingest.itemsapi.test_contents import Ingesting, titles
from tests.ingest.itemsapi.test_streamed import Stream, codes


@pytest.fixture
def filled(shop):
    """A catalog of two items, and a batch that brings another."""
    version, batch = shop.catalog(), shop.batch()
    shop.put(version, item("a", title="old", at="09:00"), item("b", title="old", at="09:00"))
    shop.ingest(version)
    shop.put(batch, item("c", title="new", at="10:00"))
    return version, batch


def building(ingesting):
    with ingesting.database.read() as connection:
        query = sa.select(catalogs.c.building).where(catalogs.c.id == ingesting.catalog)
        return connection.execute(query).scalar_one()


def test_what_was_given_up_is_never_put_in_place(shop, filled, service_database):
    ingesting = Ingesting(shop, service_database, *filled)
    ingesting.build()
    ingesting.contents.give_up(Build("ws_a", ingesting.catalog, ingesting.job.id), lambda connection: None)
    ingesting.contents.sweep()
    ingesting.live()
    with pytest.raises(IngestionGivenUp):
        ingesting.runner.complete(ingesting.job)
    with pytest.raises(IngestionGivenUp):
        ingesting.runner.run_partition(
            ingesting.job, {"number": 0, "after": "", "through": "", "first": 1, "reserved": 1}
        )
    ingesting.runner.discard(ingesting.job)
    assert ingesting.ingestions.status_of(ingesting.job.id) == "error"
    with pytest.raises(IngestionGivenUp):
        ingesting.runner.complete(ingesting.job)
    assert titles(shop, filled[0]) == {"a": "old", "b": "old"}


def test_a_content_that_is_built_again_is_not_swept(shop, filled, service_database):
    ingesting = Ingesting(shop, service_database, *filled)
    ingesting.build()
    ingesting.contents.give_up(Build("ws_a", ingesting.catalog, ingesting.job.id), lambda connection: None)
    ingesting.build()
    ingesting.contents.sweep()
    ingesting.runner.complete(ingesting.job)
    assert titles(shop, filled[0]) == {"a": "old", "b": "old", "c": "new"}


def test_a_life_that_dies_below_a_threshold_fails_in_the_next(shop, filled, service_database):
    ingesting = Ingesting(shop, service_database, *filled, min_item_count=9)
    ingesting.build()
    with pytest.raises(BelowThreshold):
        ingesting.runner.complete(ingesting.job)
    ingesting.live()
    assert ingesting.runner.prepare(ingesting.job).partitions == []
    with pytest.raises(BelowThreshold):
        ingesting.runner.complete(ingesting.job)
    assert building(ingesting) is None
    ingesting.contents.sweep()
    assert ingesting.rows(f"{ingesting.catalog}.{ingesting.job.id}") == 0
    shop.remove(filled[0])


@pytest.mark.parametrize("begun", [False, True])
def test_an_ingestion_that_nobody_works_on_ends(shop, filled, service_database, begun):
    ingesting = Ingesting(shop, service_database, *filled)
    if begun:
        ingesting.build()
    sweeper = Sweeper(ingesting.contents, BatchStore(service_database, kept_days=7), ingesting.ingestions, 60)
    sweeper.work()
    assert ingesting.ingestions.status_of(ingesting.job.id) == "running"
    with service_database.write() as connection:
        one = sa.update(ingestions).where(ingestions.c.id == ingesting.job.id)
        connection.execute(one.values(created_at=ingestions.c.created_at - LOST_MICROS - 1))
    sweeper.work()
    assert (shop.get(ingesting.job.id).status_reason, building(ingesting)) == (
        "The service stopped while the ingestion was begun or ended; start it again.",
        None,
    )
    assert shop.ingest(filled[0], batch_import_id=filled[1]).upserted_item_count == 1


def test_what_is_swept_may_be_left_off_between_some_rows_and_the_next(shop, filled, service_database, monkeypatch):
    monkeypatch.setattr("services.ingest.store.contents.REMOVED_AT_ONCE", 1)
    ingesting = Ingesting(shop, service_database, *filled)
    ingesting.build()
    ingesting.contents.sweep()  # what was before
    ingesting.runner.discard(ingesting.job)
    content = f"{ingesting.catalog}.{ingesting.job.id}"
    before = ingesting.rows(content)

    ingesting.contents.sweep(lambda: False)
    assert before > ingesting.rows(content) > 0
    ingesting.contents.sweep()
    assert ingesting.rows(content) == 0


def test_what_is_streamed_meanwhile_and_what_is_ingested_come_together_by_their_times(shop, service_database):
    """As if one had come after the other."""
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(*(item(name, title="old", price=1, at="09:00") for name in "abcd"))
    shop.patch(batch, *(item(name, price=2, at="10:00") for name in "abc"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    assert codes(stream.put(item("a", title="new", at="09:30"))) == [0]
    assert codes(stream.delete(gone("b", at="09:30"))) == [0]
    assert codes(stream.patch(item("c", title="later", at="11:00"))) == [0]
    ingesting.runner.complete(ingesting.job)
    assert shop.items(version) == {
        "a": {"title": "new", "price": 2},
        "c": {"title": "later", "price": 2},
        "d": {"title": "old", "price": 1},
    }
    assert shop.listed(version).item_count == 3


def test_no_item_is_left_without_its_parent_by_what_changes_meanwhile(shop, service_database):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(item("p", title="x"), item("q", title="x"))
    shop.put(batch, item("1", "variant", parent="p"))
    shop.delete(batch, gone("q"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    stream.delete(gone("p"))
    stream.put(item("2", "variant", parent="q"))
    ingesting.runner.complete(ingesting.job)
    assert shop.items(version) == {}
    assert shop.listed(version).item_count == 0


def test_a_change_right_before_the_end_is_looked_at_again(shop, service_database, monkeypatch):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(item("p", title="x"))
    shop.put(batch, item("1", "variant", parent="p"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    plain, changes = ingesting.contents.put_in_place, iter([lambda: stream.delete(gone("p"))])

    def late(*told, **how):
        for change in changes:
            change()
        return plain(*told, **how)

    monkeypatch.setattr(ingesting.contents, "put_in_place", late)
    ingesting.runner.complete(ingesting.job)
    assert (shop.items(version), shop.listed(version).item_count) == ({}, 0)


def test_deletions_of_a_batch_are_counted_and_followed(shop, filled, service_database):
    version, _ = filled
    batch = shop.batch()
    shop.delete(batch, gone("a"), gone("nobody"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    assert ingesting.runner.complete(ingesting.job) == {"errors": 0, "upserted": 0, "deleted": 1}


def test_a_refused_item_stays_deleted(shop):
    version = shop.catalog()
    shop.put(version, item("1", "variant", parent="p", at="09:00"), item("p", title="x", at="09:00"))
    shop.delete(version, gone("1", "variant", at="10:00"))
    shop.ingest(version)
    batch = shop.batch()
    shop.put(batch, item("1", "variant", parent="nobody", at="12:00"))
    assert shop.ingest(version, batch_import_id=batch).item_error_count == 1
    older = shop.batch()
    shop.put(older, item("1", "variant", parent="p", at="09:30"))
    shop.ingest(version, batch_import_id=older)
    assert list(shop.items(version)) == ["p"]


def test_a_patch_does_not_change_whose_an_item_is(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="x"), item("b", title="x"))
    shop.ingest(version, source="S")
    patched = shop.batch()
    shop.patch(patched, item("a", price=1))
    shop.ingest(version, batch_import_id=patched)
    assert (
        shop.ingest(version, batch_import_id=shop.batch(), source="S", delete_missing_items=True).deleted_item_count
        == 2
    )


def test_items_that_share_a_parent_of_no_context_are_adopted_together(shop, monkeypatch):
    monkeypatch.setattr("services.ingest.store.orphans.AT_ONCE", 3)
    version = shop.catalog()
    shop.put(version, item("p", title="x"), *(item(f"{n}", "variant", parent="p", context="uk") for n in range(10)))
    shop.put(version, *(item(f"lost{n}", "variant", parent="nobody") for n in range(5)))
    ended = shop.ingest(version)
    assert (ended.upserted_item_count, ended.item_error_count) == (11, 5)


def test_large_items_are_changed_some_at_a_time(shop, service_database, monkeypatch):
    """By small changes."""
    version, batch = shop.catalog(), shop.batch()
    shop.put(version, *(item(f"{number:02}", title="x" * 100) for number in range(40)))
    shop.ingest(version)
    shop.patch(batch, *(item(f"{number:02}", price=number) for number in range(0, 40, 3)))
    monkeypatch.setattr("services.ingest.ingestion_job.PIECE_BYTES", 500)
    ingesting = Ingesting(shop, service_database, version, batch)
    held = []
    former_rows = ingesting.contents.former_rows

    def counted(content, ids, columns, only=None):
        rows = former_rows(content, ids, columns, only)
        if "document" in columns:
            held.append(len(rows))
        return rows

    monkeypatch.setattr(ingesting.contents, "former_rows", counted)
    ingesting.build()
    assert (sum(held), max(held)) == (14, 4)
    ingesting.runner.complete(ingesting.job)
    assert [one.get("price") for one in shop.items(version).values()] == [
        number if number % 3 == 0 else None for number in range(40)
    ]


def test_large_items_are_worked_on_some_at_a_time(shop, service_database, monkeypatch):
    monkeypatch.setattr("services.ingest.ingestion_job.PIECE_BYTES", 50)
    version = shop.catalog()
    shop.put(version, *(item(f"{number}", title="x" * number) for number in range(40)))
    ingesting = Ingesting(shop, service_database, version, version)
    (partition,) = ingesting.runner.prepare(ingesting.job).partitions
    (whole,) = ingesting.ingestions.pieces(ingesting.job.params["batch"], _range(partition), 100, 10**9)
    assert whole == _range(partition)
    assert len(ingesting.ingestions.pieces(ingesting.job.params["batch"], _range(partition), 100, 50)) > 10
    ingesting.runner.run_partition(ingesting.job, partition)
    ingesting.runner.complete(ingesting.job)
    assert len(shop.items(version)) == shop.listed(version).item_count == 40


def _range(partition):
    return IdRange(partition["after"], partition["through"])


@pytest.fixture
def late(monkeypatch):
    """Has something done right before the content is put in place, once everything is settled."""

    def run(ingesting, change):
        put_in_place, todo = ingesting.contents.put_in_place, [change]

        def then(*told, **more):
            while todo:
                assert codes(todo.pop()()) == [0]
            return put_in_place(*told, **more)

        monkeypatch.setattr(ingesting.contents, "put_in_place", then)
        return ingesting.runner.complete(ingesting.job)

    return run


def test_what_was_refused_and_changes_is_counted_once(shop, service_database, late):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(item("p", title="x", at="08:00"))
    shop.put(batch, *(item(name, title="y", at="10:00") for name in "abc"))
    shop.put(batch, item("v", "variant", parent="nobody", at="10:00"))
    ingesting = Ingesting(shop, service_database, version, batch, min_item_count=3)
    ingesting.build()
    result = late(ingesting, lambda: stream.put(item("v", "variant", parent="p", at="09:30")))
    assert result == {"errors": 1, "upserted": 3, "deleted": 0}
    assert shop.get(ingesting.job.id).item_errors_summary["ITEM_PARENT_NOT_FOUND"].count == 1


def test_what_was_refused_and_has_a_parent_by_then_is_no_error(shop, service_database, late):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    shop.put(batch, item("v", "variant", parent="p", at="10:00"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    result = late(ingesting, lambda: stream.put(item("p", title="x", at="11:00")))
    assert result == {"errors": 0, "upserted": 1, "deleted": 0}
    assert list(shop.items(version)) == ["p", "variant:v"]
    assert not shop.get(ingesting.job.id).item_errors_summary


def test_what_went_with_its_product_and_changes_is_counted_once(shop, service_database, late):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(item("q", title="x", at="08:00"), item("w", "variant", parent="q", size=1, at="08:00"))
    shop.delete(batch, gone("q", at="10:00"))
    ingesting = Ingesting(shop, service_database, version, batch)
    ingesting.build()
    result = late(ingesting, lambda: stream.patch(item("w", "variant", size=2, at="09:30")))
    assert result == {"errors": 0, "upserted": 0, "deleted": 2}
    assert shop.items(version) == {}


def test_what_is_missing_and_changes_stays_with_its_variants(shop, service_database, late):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(item("q", title="x", at="08:00"), item("r", title="x", at="08:00"))
    stream.put(*(item(name, "variant", parent="q", size=1, at="08:00") for name in "vw"))
    shop.put(batch, item("w", "variant", parent="q", size=2, at="10:00"), item("a", title="x"))
    ingesting = Ingesting(shop, service_database, version, batch, delete_missing_items=True)
    ingesting.build()
    result = late(ingesting, lambda: stream.patch(item("q", title="z", at="11:00")))
    assert titles(shop, version) == {"q": "z", "variant:w": None, "a": "x"}
    assert result == {"errors": 0, "upserted": 2, "deleted": 2}


def test_large_items_that_were_changed_before_are_put_some_at_a_time(shop, service_database, monkeypatch):
    version, batch = shop.catalog(), shop.batch()
    shop.put(version, *(item(f"{number:02}", title="x" * 100) for number in range(40)))
    shop.patch(version, *(item(f"{number:02}", price=number) for number in range(40)))
    shop.ingest(version)
    shop.put(batch, *(item(f"{number:02}", title="y") for number in range(40)))
    monkeypatch.setattr("services.ingest.ingestion_job.PIECE_BYTES", 2_000)
    ingesting = Ingesting(shop, service_database, version, batch)
    held = []
    former_rows = ingesting.contents.former_rows

    def counted(content, ids, columns, only=None):
        rows = former_rows(content, ids, columns, only)
        held.append(sum(len(row.document) for row in rows) if "document" in columns else 0)
        return rows

    monkeypatch.setattr(ingesting.contents, "former_rows", counted)
    ingesting.build()
    assert 0 < max(held) <= 2_000


def test_changes_of_a_deleted_item_do_not_grow_without_limit(shop):
    version = shop.catalog()
    shop.put(version, item("a", title="x", at="08:00"))
    shop.delete(version, gone("a", at="08:30"))
    shop.ingest(version)
    for name, errors in (("b", 0), ("c", 1)):
        batch = shop.batch()
        shop.patch(batch, item("a", **{name: "x" * 600_000}, at="09:00"))
        assert shop.ingest(version, batch_import_id=batch).item_error_count == errors


def test_all_changes_of_one_item_are_of_the_progress(shop, service_database, monkeypatch):
    monkeypatch.setattr("services.ingest.itemsapi.gathering.MANY", 5)
    version, batch = shop.catalog(), shop.batch()
    shop.put(batch, *(item("a", title=f"{number}", at=f"09:{number:02}") for number in range(40)))
    ingesting = Ingesting(shop, service_database, version, batch)
    plan = ingesting.runner.prepare(ingesting.job)
    assert sum(ingesting.runner.run_partition(ingesting.job, one) for one in plan.partitions) == plan.total == 40


def test_what_was_missing_in_a_former_life_only_is_not_counted(shop, service_database):
    version, batch = shop.catalog(), shop.batch()
    stream = Stream(shop, version)
    stream.put(item("q", title="x", at="08:00"))
    ingesting = Ingesting(shop, service_database, version, batch, delete_missing_items=True)
    plan = ingesting.runner.prepare(ingesting.job)
    ingesting.runner.run_partition(ingesting.job, plan.partitions[0])
    stream.delete(gone("q", at="09:00"))
    ingesting.live()
    ingesting.runner.run_partition(ingesting.job, plan.partitions[0])
    assert ingesting.runner.complete(ingesting.job) == {"errors": 0, "upserted": 0, "deleted": 0}
