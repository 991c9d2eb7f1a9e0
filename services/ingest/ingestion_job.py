"""The ingestion job: build what the catalog would be, range by range; then put it in place, or not.

Everything is worked out aside (`store.contents`), so that readers see the catalog as it was or as it is then, whenever
the process dies. Thresholds are looked at when all is known (batch-items-api.txt, "Batch ingestion").
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from services.ingest.items_errors import BelowThreshold, IngestionGivenUp
from services.ingest.itemsapi.folding import State
from services.ingest.itemsapi.parts import Part, Rules, context_free, patched, work_out
from services.ingest.itemsapi.tally import Tally
from services.ingest.store.catalogs import CatalogRow
from services.ingest.store.contents import Build, ContentStore, Grown, WorkAgain
from services.ingest.store.copying import Again
from services.ingest.store.ingestions import ERROR, FAILURE, RUNNING, SUCCESS, IngestionStore
from services.ingest.store.ranges import IdRange, ranges_between
from services.ingest.store.rows import FORMER, Numbers, Target, rows_of, state_of
from services.ingest.store.versions import promote
from services.runtime.jobs import Job, JobSpec, JsonObject, Plan, Runner

KIND = "ingestion"
QUEUE = "ingest"
JOB_NAME = "batch_ingestion"
PIECE_ITEMS, PIECE_BYTES = 400, 8 * 1024 * 1024
"""Of those, as much as is held and written at once."""
_WHENEVER = 2**62
"""The time of a change that knows none: it was made now, so that it is later than any of a batch."""
SOURCE = "batch"
RANGE_ITEMS = 2_000
"""Operations, and items of the former content, of one partition: others write between two."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a batch is to be ingested. `batch`: its number; `arrived`: how many operations it had been sent by then."""

    batch: int
    arrived: int
    min_item_count: int = 0
    min_success_rate_percent: float = 0.0
    source: str = ""
    delete_missing_items: bool = False
    promote: bool = False


def ingestion_spec(workspace_id: str, catalog_id: str, terms: JsonObject) -> JobSpec:
    """The job of one ingestion; `terms` are those of `Terms`. A catalog has one at a time."""
    return JobSpec(
        kind=KIND,
        queue=QUEUE,
        job_name=JOB_NAME,
        workspace_id=workspace_id,
        target=catalog_id,
        params=terms,
        lock_key=f"ingestion {catalog_id}",
    )


class IngestionRunner(Runner):
    """Runs ingestions; see services.runtime.jobs.Runner. A partition is a range of product ids."""

    kind = KIND
    at_once = 1

    def __init__(
        self, contents: ContentStore, ingestions: IngestionStore, rules_of: Callable[[CatalogRow], Rules]
    ) -> None:
        """`rules_of`: the schemas and trees of a catalog, made ready."""
        self._contents = contents
        self._ingestions = ingestions
        self._rules_of = rules_of
        self._rules: dict[str, Rules] = {}
        self._lock = threading.Lock()

    def prepare(self, job: Job) -> Plan:
        """Cuts the batch and the catalog into ranges."""
        if self._ingestions.status_of(job.id) != RUNNING:
            return Plan([], 0)  # it has ended, and lacks but the record of its end
        terms, build = Terms(**job.params), _build(job)
        catalog = self._contents.begin(build)
        former = catalog["content"]
        ends = {*self._ingestions.ends(terms.batch, RANGE_ITEMS), *self._contents.ends(former, RANGE_ITEMS)}
        partitions: list[JsonObject] = [
            {"number": number, "after": ids.after, "through": ids.through}
            for number, ids in enumerate(ranges_between(sorted(ends)))
        ]
        self._reserve(build, terms, catalog, partitions)
        return Plan(partitions, terms.arrived)

    def run_partition(self, job: Job, partition: Any) -> int:
        """Builds one range, piece by piece; returns the operations it stood for."""
        terms, build = Terms(**job.params), _build(job)
        catalog = self._contents.catalog(build)
        former = catalog["content"]
        target = _target(build, terms)
        pieces = self._ingestions.pieces(terms.batch, _range(partition), PIECE_ITEMS, PIECE_BYTES)
        is_new = partition["reserved"] is None  # the catalog was empty; what has come since is taken over at the end
        tally, numbers, count = Tally(), Numbers(partition, partial(self._contents.reserve, build)), 0
        for piece in pieces:
            operations = self._ingestions.operations(terms.batch, piece, terms.arrived)
            part, known = self._work_out(job, catalog, piece, operations, is_new=is_new)
            missing = self._missing(former, piece, part, terms) if terms.delete_missing_items and not is_new else []
            part.tally.deleted += len(missing)
            tally.add(part.tally)
            before = tally.rows

            def also(connection: sa.Connection, rows: int, piece: IdRange = piece, before: int = before) -> None:
                tally.rows = before + rows  # a transaction that lost a race is done again
                if piece == pieces[-1]:
                    self._ingestions.note(connection, job.id, partition["number"], tally)

            self._contents.put_range(
                build,
                former,
                piece,
                rows=rows_of(target, part.written, known, numbers.of(part.written, known)),
                left_out=None
                if is_new
                else [*(one.operation.product_id for one in part.written), *dict(part.deleted), *missing],
                deleted=part.deleted,
                also=also,
            )
            count += len(operations)
        return count

    def complete(self, job: Job) -> JsonObject:
        """Takes over what has changed meanwhile, looks for parents, then at the thresholds, and puts the new content in
        place. BelowThreshold, IngestionGivenUp.
        """
        terms, build = Terms(**job.params), _build(job)
        status = self._ingestions.status_of(job.id)
        if status == RUNNING:
            self._finish(job, terms, build)
        elif status == FAILURE:  # a former life came so far
            raise BelowThreshold("Too few items are valid.")
        elif status == ERROR:
            raise IngestionGivenUp()
        return self._ingestions.result(job.id)

    def discard(self, job: Job) -> None:
        """Gives up what was built, unless it is in place."""
        reason = "The ingestion was cancelled or failed; its job says why."
        ended = partial(self._ingestions.end, ingestion_id=job.id, status=ERROR, reason=reason, tally=None)
        self._contents.give_up(_build(job), ended)

    def forget(self, job: Job) -> None:
        """Drops the rules."""
        with self._lock:
            self._rules.pop(job.id, None)

    def rows(self, job: Job, partition: Any) -> Sequence[str]:
        """Product ids of the batch."""
        operations = self._operations(job, partition)
        return list(dict.fromkeys(operation.product_id for operation, _ in operations))

    def probe(self, job: Job, partition: Any, rows: Sequence[str]) -> None:
        """Folds and validates some items."""
        some = frozenset(rows)
        operations = [one for one in self._operations(job, partition) if one[0].product_id in some]
        catalog = self._contents.catalog(_build(job))
        self._work_out(job, catalog, _range(partition), operations)

    def _reserve(self, build: Build, terms: Terms, catalog: CatalogRow, partitions: list[JsonObject]) -> None:
        """Numbers for new items. In an empty catalog they are in the order of arrival; in another one, where most are
        there already, each range has as many as it has new ones, so that ingesting the same again uses up none.
        """
        if not catalog["product_count"]:
            first = self._contents.reserve(build, terms.arrived)
            for partition in partitions:
                partition |= {"first": first, "reserved": None}
            return
        offset = 0
        for partition in partitions:
            ids = _range(partition)
            reserved = self._ingestions.count_new(terms.batch, catalog["content"], ids, terms.arrived)
            partition |= {"first": offset, "reserved": reserved}
            offset += reserved
        first = self._contents.reserve(build, offset)
        for partition in partitions:
            partition["first"] += first

    def _operations(self, job: Job, partition: Any) -> list[Any]:
        terms, ids = Terms(**job.params), _range(partition)
        return self._ingestions.operations(terms.batch, ids, terms.arrived)

    def _work_out(
        self, job: Job, catalog: CatalogRow, ids: IdRange, operations: Sequence[Any], *, is_new: bool = False
    ) -> tuple[Part, dict[str, sa.Row[Any]]]:
        """What the operations come to, and what is known of their items in the former content."""
        content = catalog["content"]
        names = list(dict.fromkeys(operation.product_id for operation, _ in operations))
        rows = [] if is_new else self._contents.former_rows(content, ids, FORMER, names)
        known = {row.product_id: row for row in rows}
        changed = [*patched(operations).intersection(known), *(row.product_id for row in rows if row.patched)]
        documents = dict(
            map(tuple, self._contents.former_rows(content, ids, ("product_id", "document"), changed)) if changed else ()
        )
        former = self._contents.deletions(content, ids, names)
        former |= {name: state_of(row, documents.get(name, "")) for name, row in known.items()}
        return work_out(operations, former, self._rules_for(job, catalog)), known

    def _missing(self, content: str, ids: IdRange, part: Part, terms: Terms) -> list[str]:
        """Items of the same source that the batch has nothing of."""
        rows = self._contents.former_rows(content, ids, ("product_id", "feed"))
        return [row.product_id for row in rows if row.feed == terms.source and row.product_id not in part.seen]

    def _finish(self, job: Job, terms: Terms, build: Build) -> None:
        """Until nothing has changed meanwhile that would have to be looked at again."""
        again = partial(self._again, job)
        more = partial(self._note_more, job.id)
        former = self._contents.catalog(build)["content"]
        while True:
            self._take_over_all(job, build, again, more)
            while self._settle_orphans(job, build, former):
                pass
            if self._take_over_all(job, build, again, more):  # that took long, and much has changed since
                continue
            tally = self._ingestions.tally(job.id)
            if (shortfall := _shortfall(tally, terms)) is not None:
                ended = partial(
                    self._ingestions.end, ingestion_id=job.id, status=FAILURE, reason=shortfall, tally=tally
                )
                self._contents.give_up(build, ended)
                raise BelowThreshold(shortfall)

            def succeeded(connection: sa.Connection, catalog: CatalogRow, tally: Tally = tally) -> None:
                self._ingestions.end(connection, job.id, SUCCESS, tally=tally)
                if terms.promote:
                    promote(connection, catalog)

            if self._contents.put_in_place(build, tally.rows, again, grown=more, ended=succeeded):
                return

    def _take_over_all(self, job: Job, build: Build, again: WorkAgain, more: Grown) -> bool:
        """Takes over what has changed meanwhile; whether items may be left without their parent."""
        orphans = False
        while taken := self._contents.take_over(build, again, more):
            orphans |= taken.leaves_orphans
            job.check()
        return orphans

    def _again(self, job: Job, catalog: CatalogRow, ids: Sequence[str]) -> Again:
        """What items come to that have changed since they were worked out."""
        terms, build = Terms(**job.params), _build(job)
        operations = self._ingestions.operations(terms.batch, IdRange(), terms.arrived, ids)
        rows = self._contents.former_rows(catalog["content"], IdRange(), (*FORMER, "document"), ids)
        known = {row.product_id: row for row in rows}
        # What knows no time was changed, or removed, just now.
        former = dict.fromkeys(ids, State(_WHENEVER, "{}", None, is_there=False))
        former |= self._contents.deletions(catalog["content"], IdRange(), ids)
        former |= {name: _just_now(state_of(row, row.document)) for name, row in known.items()}
        part = work_out(operations, former, self._rules_for(job, catalog))
        # Of what was removed just now nothing more is to be told than that it is not there.
        deleted = [(name, state) for name, state in part.deleted if state.at != _WHENEVER]
        return Again(_target(build, terms), part.written, known, deleted)

    def _note_more(self, job_id: str, connection: sa.Connection, rows: int) -> None:
        self._ingestions.note_more(connection, job_id, Tally(rows=rows))

    def _settle_orphans(self, job: Job, build: Build, former: str) -> bool:
        """Items whose parent is not there: new ones are invalid, and variants go with their product. Whether there were
        some: who was a parent may have gone.
        """
        found, after = False, ""
        while orphans := self._contents.orphans(build, former, after):
            job.check()
            found, after = True, orphans[-1].product_id
            wanted = {one.product_id: context_free(one.parent_id) for one in orphans if one.is_new}
            there = self._contents.has(build.content, {parent for parent in wanted.values() if parent})
            refused = [one for one, parent in wanted.items() if parent not in there]
            removed = [one.product_id for one in orphans if not one.is_new]
            self._contents.settle_orphans(
                build,
                former,
                adopted=[(one, parent) for one, parent in wanted.items() if parent is not None and parent in there],
                refused=refused,
                removed=removed,
                also=partial(self._note_orphans, job.id, refused, removed),
            )
        return found

    def _note_orphans(
        self, job_id: str, refused: Sequence[str], removed: Sequence[str], connection: sa.Connection, grown: int
    ) -> None:
        more = Tally(
            rows=grown,
            valid=-len(refused),
            invalid=len(refused),
            upserted=-len(refused),
            deleted=len(removed),
        )
        for product_id in refused:
            more.note(product_id, ["ITEM_PARENT_NOT_FOUND"])
        self._ingestions.note_more(connection, job_id, more)

    def _rules_for(self, job: Job, catalog: CatalogRow) -> Rules:
        with self._lock:
            if job.id not in self._rules:
                self._rules[job.id] = self._rules_of(catalog)
            return self._rules[job.id]


def _range(partition: JsonObject) -> IdRange:
    return IdRange(partition["after"], partition["through"])


def _target(build: Build, terms: Terms) -> Target:
    return Target(build.workspace_id, build.content, SOURCE, terms.source, build.ingestion_id)


def _build(job: Job) -> Build:
    return Build(job.workspace_id, job.target, job.id)


def _just_now(state: State) -> State:
    return state if state.at or state.changes else replace(state, at=_WHENEVER)


def _shortfall(tally: Tally, terms: Terms) -> str | None:
    """Why too few items are valid; None when there are enough. What equals a threshold passes."""
    if tally.valid < terms.min_item_count:
        return f"{tally.valid:,} items are valid; at least {terms.min_item_count:,} were asked for."
    count = tally.valid + tally.invalid
    rate = 100 * tally.valid / count if count else 0.0
    if rate < terms.min_success_rate_percent:
        return f"{rate:.2f} % of the items are valid; at least {terms.min_success_rate_percent:g} % were asked for."
    return None
