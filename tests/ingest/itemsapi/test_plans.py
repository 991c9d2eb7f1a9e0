"""PostgreSQL, whose statistics know nothing of what was just loaded: what an ingestion reads grows with its items."""

import pytest
import sqlalchemy as sa

from services.ingest.app import MIGRATIONS
from services.ingest.ingestion_job import IngestionRunner
from services.ingest.itemsapi.ingesting import Wanted
from services.ingest.itemsapi.operations import Kind, checked
from services.ingest.store import BatchStore, CatalogVersionStore, ContentStore, IngestionStore
from services.ingest.store.catalogs import note_changes
from services.ingest.store.ingestions import NewIngestion
from services.ingest.store.versions import NewVersion
from services.ingest.tables import METADATA, batches
from services.runtime.jobs import Job
from tests.ingest.itemsapi.conftest import item
from tests.support.databases import opened

MANY, RANGE, PIECE, CHANGES = 3_000, 100, 20, 10
MOST_READ = 40
"""Rows an item, in all statements of an ingestion: enough, and by far less than one pass over everything a piece."""


class Reads:
    """What statements read: rows that they found, and rows that they left out again."""

    def __init__(self, database):
        self.count = 0
        sa.event.listen(database._writer, "before_cursor_execute", self._explain)  # of readers, too

    def _explain(self, connection, _cursor, statement, parameters, _context, many):
        verb = statement.split()[0]
        if many or verb not in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            return
        if "batches" in statement or "advisory" in statement:  # they lock, and do not read
            return
        with connection.connection.driver_connection.cursor() as cursor:
            cursor.execute("SAVEPOINT explained")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            self._add(cursor.fetchone()[0][0]["Plan"])
            cursor.execute("ROLLBACK TO explained")

    def _add(self, node):
        rows = sum(count for name, count in node.items() if name.startswith("Rows Removed"))
        if node["Node Type"].endswith("Scan"):
            rows += node["Actual Rows"]
        self.count += rows * node["Actual Loops"]
        for part in node.get("Plans", ()):
            self._add(part)


class Loading:
    """A database with one item, of which statistics know, and the ingestions that follow."""

    def __init__(self, database):
        self.database = database
        self.contents, self.ingestions = ContentStore(database), IngestionStore(database)
        self.batches, self.versions = BatchStore(database, kept_days=7), CatalogVersionStore(database)
        catalog = self.versions.create(NewVersion("ws_a", "known", "", with_batch=True))
        self.ingest(catalog, self.fill("known", [item("known")]))
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
            for table in METADATA.tables:  # nor may they come to know it in the middle
                connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")

    def fill(self, environment, items):
        batch = self.batches.create("ws_a", environment)
        self.batches.append(batch, [checked(one, Kind.PUT, 1) for one in items])
        return self.batches.get("ws_a", environment, batch.id)

    def ingest(self, catalog, batch, meanwhile=()):
        terms = Wanted(catalog["version"], 0, 0.0, "", False, False).terms(batch.number, batch.arrived)
        job = Job(f"job {batch.number}", "ingestion", "ws_a", catalog["id"], terms)
        new = NewIngestion(job.id, "ws_a", catalog["environment"], batch.number, batch.id, catalog["id"], "{}")
        self.ingestions.add(new)
        runner = IngestionRunner(self.contents, self.ingestions, self.versions.validator)
        for partition in runner.prepare(job).partitions:
            runner.run_partition(job, partition)
        if meanwhile:
            with self.database.write() as connection:
                note_changes(connection, self.versions.get("ws_a", catalog["environment"], 1), meanwhile)
        return runner.complete(job)


@pytest.mark.parametrize("is_known", [False, True])
def test_an_ingestion_reads_so_many_rows_for_each_item(postgres_server, monkeypatch, is_known):
    """Whether statistics know the first batch or not."""
    monkeypatch.setattr("services.ingest.ingestion_job.RANGE_ITEMS", RANGE)
    monkeypatch.setattr("services.ingest.ingestion_job.PIECE_ITEMS", PIECE)
    monkeypatch.setattr("services.ingest.store.contents.TAKEN_AT_ONCE", CHANGES)
    monkeypatch.setattr("services.ingest.store.batches.REMOVED_AT_ONCE", PIECE)
    with postgres_server.cleared() as server:
        database = opened(server.migrated(MIGRATIONS), MIGRATIONS)
        try:
            loading = Loading(database)
            catalog = loading.versions.create(NewVersion("ws_a", "new", "", with_batch=True))
            products = [item(f"{number:05}") for number in range(MANY // 2)]
            variants = [item(f"{number:05}", "variant", parent=f"{number:05}") for number in range(MANY // 2)]
            reads = Reads(database)
            batch = loading.fill("new", [*products, *variants])
            loading.ingest(catalog, batch)
            assert reads.count < MOST_READ * MANY

            if is_known:
                with database.write() as connection:
                    connection.exec_driver_sql("ANALYZE")
            reads.count = 0
            orphans = [item(f"{number:05}", "variant", parent="nobody") for number in range(5)]
            changed = loading.fill("new", [*products, *variants[5:], *orphans])
            meanwhile = [one.id for one in products[:: MANY // 300]]
            result = loading.ingest(catalog, changed, meanwhile)
            assert result == {"errors": 5, "upserted": MANY - 5, "deleted": 0}
            assert reads.count < MOST_READ * MANY

            reads.count = 0
            itself = [item(f"{number:05}", parent=f"{number:05}") for number in range(MANY)]
            invalid = loading.fill("new", itself)
            result = loading.ingest(catalog, invalid)
            assert result == {"errors": MANY, "upserted": 0, "deleted": 0}
            assert reads.count < MOST_READ * MANY

            reads.count = 0
            with database.write() as connection:
                connection.execute(sa.delete(batches).where(batches.c.number == batch.number))
            loading.batches.sweep()
            assert reads.count < MOST_READ * MANY
        finally:
            database.dispose()
