"""The ingestion job: build what the catalog would be, range by range; then put it in place, or not.

Everything is worked out aside (`store.contents`), so that readers see the catalog as it was or as it is then, whenever
the process dies. Thresholds are looked at when all is known (batch-items-api.txt, "Batch ingestion").
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from services.ingest.items_errors import BelowThreshold, IngestionGivenUp
from services.ingest.itemsapi.folding import State
from services.ingest.itemsapi.parts import Part, Rules, context_free, patched, work_out
from services.ingest.itemsapi.tally import SAMPLES, Tally, total
from services.ingest.store.catalogs import CatalogRow
from services.ingest.store.contents import Build, ContentStore, Ended, WorkAgain
from services.ingest.store.copying import Again
from services.ingest.store.ingestions import ERROR, FAILURE, RUNNING, SUCCESS, IngestionStore
from services.ingest.store.orphans import Change
from services.ingest.store.ranges import IdRange, ranges_between
from services.ingest.store.rows import FORMER, NEVER, Numbers, Target, rows_of, state_of
from services.ingest.store.versions import promote
from services.runtime.jobs import Job, JobSpec, JsonObject, Plan, Runner

KIND = "ingestion"
QUEUE = "ingest"
JOB_NAME = "batch_ingestion"
PIECE_ITEMS, PIECE_BYTES = 250, 8 * 1024 * 1024
"""Of those, as much as is held and written at once."""
_WHENEVER = 2**62
"""The time of a change that knows none: it was made now, so that it is later than any of a batch."""
SOURCE = "batch"
"""What an item has as its source in the pipeline API when an ingestion wrote it; no source of a configuration."""
PARENT_NOT_FOUND = "ITEM_PARENT_NOT_FOUND"
DRAINED_AT_ONCE, CHANGES_AT_ONCE = 25, 250
"""So many changes are taken over at once first, so that nobody waits long, and in the last steps, for which all wait;
more when there is no end of them.
"""
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
        waiting = deque(pieces)
        while waiting:
            piece = waiting.popleft()
            operations, read = self._ingestions.operations(terms.batch, piece, terms.arrived)
            known = {} if is_new else self._known(former, piece, operations)
            if halves := [] if is_new else self._halves(former, piece, operations, known):
                waiting.extendleft(reversed(halves))
                continue
            part = self._work_out(job, catalog, piece, operations, known)
            missing = self._missing(former, piece, part, terms) if terms.delete_missing_items and not is_new else []
            part.tally.deleted += len(missing)
            tally.add(part.tally)
            before, is_last = tally.rows, not waiting

            def also(connection: sa.Connection, rows: int, before: int = before, is_last: bool = is_last) -> None:
                tally.rows = before + rows  # a transaction that lost a race is done again
                if is_last:
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
                missing=missing,
                also=also,
            )
            count += read
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
        ids = _range(partition)
        self._work_out(job, catalog, ids, operations, self._known(catalog["content"], ids, operations))

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
        return self._ingestions.operations(terms.batch, ids, terms.arrived).operations

    def _known(self, former: str, ids: IdRange, operations: Sequence[Any]) -> dict[str, sa.Row[Any]]:
        """`FORMER` of the items that the former content has."""
        rows = self._contents.former_rows(former, ids, FORMER, sorted(_names(operations)))
        return {row.product_id: row for row in rows}

    def _work_out(
        self,
        job: Job,
        catalog: CatalogRow,
        ids: IdRange,
        operations: Sequence[Any],
        known: Mapping[str, sa.Row[Any]],
    ) -> Part:
        """What the operations come to. `known`: see `_known`."""
        content, kept = catalog["content"], _kept(operations, known)
        documents = dict(
            map(tuple, self._contents.former_rows(content, ids, ("product_id", "document"), kept)) if kept else ()
        )
        gone = sorted(_names(operations).difference(known))
        former = self._contents.deletions(content, gone) if gone else {}
        former |= {name: state_of(row, documents.get(name, "")) for name, row in known.items()}
        part = work_out(operations, former, self._rules_for(job, catalog))
        self._note_parentless(Terms(**job.params), content, part)
        return part

    def _halves(
        self, former: str, piece: IdRange, operations: Sequence[Any], known: Mapping[str, sa.Row[Any]]
    ) -> list[IdRange]:
        """The piece in two, if what is kept of the former content is too much to be held at once."""
        names = sorted(_names(operations))
        gone = [name for name in names if name not in known]
        if len(names) < 2 or self._contents.size(former, _kept(operations, known), gone) <= PIECE_BYTES:
            return []
        middle = names[(len(names) - 1) // 2]
        return [IdRange(piece.after, middle), IdRange(middle, piece.through)]

    def _note_parentless(self, terms: Terms, content: str, part: Part) -> None:
        """Of items that are not valid anyway: whether the parent is neither in the catalog nor in the batch."""
        candidates = {name: {parent, context_free(parent) or parent} for name, parent in part.unsure.items()}
        wanted = sorted(set().union(*candidates.values()))
        there = self._contents.has(content, wanted) if wanted else set()
        there |= self._ingestions.those_put(terms.batch, wanted, terms.arrived) if wanted else set()
        for name, parents in candidates.items():
            if not parents & there:
                part.tally.note(name, [PARENT_NOT_FOUND])

    def _missing(self, content: str, ids: IdRange, part: Part, terms: Terms) -> list[str]:
        """Items of the same source that the batch has nothing of."""
        rows = self._contents.former_rows(content, ids, ("product_id", "feed"))
        return [row.product_id for row in rows if row.feed == terms.source and row.product_id not in part.seen]

    def _finish(self, job: Job, terms: Terms, build: Build) -> None:
        """Until little enough has changed meanwhile that all may wait for it."""
        again, told = partial(self._again, job), partial(self._note_change, job.id)
        former = self._contents.catalog(build)["content"]
        for _ in range(self._contents.count_noted(build) // DRAINED_AT_ONCE + 1):
            self._contents.take_over(build, again, told, at_most=DRAINED_AT_ONCE)
            job.check()
        after: str | None = ""
        while after is not None:
            after = self._contents.settle_orphans(build, former, told, after)
            job.check()

        def ended(connection: sa.Connection, catalog: CatalogRow, change: Change) -> None:
            tally = total([self._ingestions.tally(job.id), _tally(change)])
            if (reason := _shortfall(tally, terms)) is not None:
                raise _TooFewError(reason, tally)
            self._ingestions.end(connection, job.id, SUCCESS, tally=tally)
            if terms.promote:
                promote(connection, catalog)

        at_once = CHANGES_AT_ONCE
        try:
            while not self._has_put_in_place(job, build, again, ended, at_once):
                job.check()
                noted = self._contents.count_noted(build)
                self._contents.take_over(build, again, told, at_most=at_once)
                if self._contents.count_noted(build) > noted - at_once // 4:
                    at_once *= 2  # others write as quickly: they are to wait longer
        except _TooFewError as few:
            end = partial(self._ingestions.end, ingestion_id=job.id, status=FAILURE, reason=few.reason, tally=few.tally)
            self._contents.give_up(build, end)
            raise BelowThreshold(few.reason) from None

    def _has_put_in_place(self, job: Job, build: Build, again: WorkAgain, ended: Ended, at_once: int) -> bool:
        if self._contents.count_noted(build) > at_once:
            return False
        rows = self._ingestions.tally(job.id).rows
        return self._contents.put_in_place(build, rows, again, at_most=2 * at_once, ended=ended)

    def _again(self, job: Job, catalog: CatalogRow, ids: Sequence[str], *, is_changed: bool) -> Again:
        """What items come to that have, or whose parents have, changed since they were worked out."""
        terms, build = Terms(**job.params), _build(job)
        operations, _ = self._ingestions.operations(terms.batch, IdRange(), terms.arrived, ids)
        rows = self._contents.former_rows(catalog["content"], IdRange(), (*FORMER, "document"), ids)
        known = {row.product_id: row for row in rows}
        # What knows no time was changed, or removed, just now.
        former = dict.fromkeys(ids if is_changed else (), State(_WHENEVER, "{}", None, is_there=False))
        former |= self._contents.deletions(catalog["content"], ids)
        states = {name: state_of(row, row.document) for name, row in known.items()}
        former |= {name: _just_now(state) for name, state in states.items()} if is_changed else states
        part = work_out(operations, former, self._rules_for(job, catalog))
        # Of what was removed just now nothing more is to be told than that it is not there.
        deleted = [(name, state) for name, state in part.deleted if state.at != _WHENEVER]
        return Again(_target(build, terms), part.written, known, deleted)

    def _note_change(self, job_id: str, connection: sa.Connection, change: Change) -> None:
        self._ingestions.note_more(connection, job_id, _tally(change))

    def _rules_for(self, job: Job, catalog: CatalogRow) -> Rules:
        with self._lock:
            if job.id not in self._rules:
                self._rules[job.id] = self._rules_of(catalog)
            return self._rules[job.id]


def _names(operations: Sequence[Any]) -> set[str]:
    return {operation.product_id for operation, _ in operations}


def _kept(operations: Sequence[Any], known: Mapping[str, sa.Row[Any]]) -> list[str]:
    """Known items of which something may stay as it is: those that are to be changed, or were."""
    changed = patched(operations)
    return [name for name, row in known.items() if name in changed or row.patched is not None]


def _range(partition: JsonObject) -> IdRange:
    return IdRange(partition["after"], partition["through"])


def _target(build: Build, terms: Terms) -> Target:
    return Target(build.workspace_id, build.content, SOURCE, terms.source, build.ingestion_id)


def _build(job: Job) -> Build:
    return Build(job.workspace_id, job.target, job.id)


def _just_now(state: State) -> State:
    return replace(state, at=_WHENEVER) if state.at == NEVER and state.changes is None else state


def _tally(change: Change) -> Tally:
    """New items without their parent are invalid, and variants went with their product."""
    refused = len(change.refused) - change.refused_no_more
    deleted = len(change.removed) - change.removed_no_more
    tally = Tally(rows=change.grown, valid=-refused, invalid=refused, upserted=-refused, deleted=deleted)
    if change.refused or refused:
        tally.errors[PARENT_NOT_FOUND] = (refused, change.refused[:SAMPLES])
    return tally


class _TooFewError(Exception):
    """What was built is not to be put in place."""

    def __init__(self, reason: str, tally: Tally) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tally = tally


def _shortfall(tally: Tally, terms: Terms) -> str | None:
    """Why too few items are valid; None when there are enough. What equals a threshold passes."""
    if tally.valid < terms.min_item_count:
        return f"{tally.valid:,} items are valid; at least {terms.min_item_count:,} were asked for."
    count = tally.valid + tally.invalid
    nothing_invalid = 100.0 if terms.arrived else 0.0  # deletions are never invalid; an empty batch reaches nothing
    rate = 100 * tally.valid / count if count else nothing_invalid
    if rate < terms.min_success_rate_percent:
        return f"{rate:.2f} % of the items are valid; at least {terms.min_success_rate_percent:g} % were asked for."
    return None
