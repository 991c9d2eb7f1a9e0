"""The Gold job: cut the work, score a partition, sum up."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from services.gold.channels.rules import broken_of
from services.gold.columns import RESULTS, SCORES
from services.gold.products import Neighbours
from services.gold.results import NOT_FOUND, NOT_IN_SILVER, summary_of
from services.gold.rubric.features import Features
from services.gold.rubric.score import graded
from services.gold.store import RunStore, ScoreStore
from services.gold.store.runs import Totals, now_ms
from services.gold.store.segments import LIVE, PENDING, PREVIEW, Owner
from services.gold.terms import Terms, is_preview, terms_of
from services.runtime.jobs import Job, JsonObject, Plan, Runner
from services.runtime.jobs.cuts import IdRange, ids_of, plan_of_list, plan_of_ranges

KIND = "gold"


class GoldRunner(Runner):
    """See `services.runtime.jobs.Runner`.

    `params`: {"productIds": [...]} for a selection; "previewMode" where the request says so.
    """

    kind = KIND

    def __init__(self, runs: RunStore, scores: ScoreStore, neighbours: Neighbours, partition_size: int) -> None:
        self._runs = runs
        self._scores = scores
        self._neighbours = neighbours
        self._partition_size = partition_size

    def prepare(self, job: Job) -> Plan:
        """Slices of the selection, or ranges that cover the catalog and every id between its products."""
        run = self._begin(job)
        self._scores.absorb(_owner(job), run)
        if "productIds" in job.params:
            return plan_of_list(run, job.params["productIds"], self._partition_size)
        planned = self._neighbours.plan(job.workspace_id, job.target, self._partition_size)
        return plan_of_ranges(run, planned.ranges, planned.total)

    def run_partition(self, job: Job, partition: Any) -> int:
        """Reads, scores and writes."""
        ids = ids_of(partition)
        if isinstance(ids, IdRange):
            found = self._neighbours.read_range(job.workspace_id, job.target, ids)
            ids = found["product_id"].to_list()
        else:
            found = self._neighbours.read_list(job.workspace_id, job.target, ids)
        products, errors = _fared(ids, found)
        place = (partition["run"], partition["number"])
        owner, terms = _owner(job), terms_of(job.settings)
        former = self._scores.comparable(owner, ids, terms.grading.id, but=place)
        scores, new = rescored(products, former, terms)
        results = _results(ids, errors, scores)
        if _is_whole(job):
            # What is back in bronze keeps the score it has: the run's segments take the place of all others.
            bronze = [product_id for product_id, error in zip(ids, errors, strict=True) if error == NOT_IN_SILVER]
            new = pl.concat((scores, self._scores.of_ids(owner, bronze)))
        self._scores.write_partition(*place, results, new, owner, state=_state(job), whole=_is_whole(job))
        return len(ids)

    def complete(self, job: Job) -> JsonObject:
        """The summary, kept and returned beside the counts."""
        run = self._begin(job)
        owner, state = _owner(job), _state(job)
        if state == PENDING:
            self._scores.finish_whole(run, owner)
        if state == PREVIEW:
            return self._preview(job, run)
        totals, summary = self._runs.complete(run, self._scores.counting(owner))
        return _told(totals, summary.to_json())

    def _preview(self, job: Job, run: int) -> JsonObject:
        """The summary as it would be, once: then the scores are gone."""
        recorded = self._runs.of_job(job.workspace_id, job.id)
        if recorded is not None and recorded.completed_at is not None:
            return _told(self._runs.totals(run), summary_of(recorded))
        counting = self._scores.counting_preview(_owner(job), run, whole=_is_whole(job))
        totals, summary = self._runs.complete(run, counting)
        self._scores.drop_preview(_owner(job), run)
        return _told(totals, summary.to_json())

    def discard(self, job: Job) -> None:
        """What is done stays done, but for a preview, which was to change nothing."""
        run = self._begin(job)
        self._scores.drop_preview(_owner(job), run)
        self._scores.absorb(_owner(job), None)

    def rows(self, job: Job, partition: Any) -> Sequence[str]:
        """Ids of the products."""
        ids = ids_of(partition)
        if isinstance(ids, IdRange):
            return self._neighbours.read_range(job.workspace_id, job.target, ids)["product_id"].to_list()
        return ids

    def probe(self, job: Job, partition: Any, rows: Sequence[str]) -> None:  # noqa: ARG002 - the rows say it all
        """Scores some products."""
        products, _errors = _fared(rows, self._neighbours.read_list(job.workspace_id, job.target, list(rows)))
        scored(products, terms_of(job.settings))

    def _begin(self, job: Job) -> int:
        grading = terms_of(job.settings).grading
        return self._runs.begin(job.id, job.workspace_id, job.target, grading, preview=is_preview(job))


def scored(products: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Normalised products (see `products`) as scores, `columns.SCORES`, in the same order."""
    of = Features(products)
    told = {
        "brand": products["brand"],
        "category": products["categoryPath"],
        "grading": pl.Series([terms.grading.id]).new_from_index(0, products.height),
        "fingerprint": products["_fingerprint"],
        "inputs": products["_inputs"],
        "scored_at": pl.Series([now_ms()]).new_from_index(0, products.height),
    }
    columns = graded(of, terms.weights, terms.expected).to_dict() | broken_of(of).to_dict() | told
    return pl.DataFrame([columns[name].alias(name) for name in SCORES], schema=SCORES)


def rescored(products: pl.DataFrame, former: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of all the products, in their order, and those among them that are not as they were.

    `former`: scores that the products have. One that would come out as it is stays, with the time it was made.
    """
    grading = terms.grading.id
    known = {
        (product_id, inputs): place
        for place, (product_id, inputs, of) in enumerate(former.select_seq("product_id", "inputs", "grading").rows())
        if of == grading
    }
    kept = [known.get(row) for row in products.select_seq("product_id", "_inputs").rows()]
    changed = [row for row, place in enumerate(kept) if place is None]
    if len(changed) == products.height:
        new = scored(products, terms)
        return new, new
    new = scored(products[pl.Series(changed, dtype=pl.UInt32)], terms) if changed else former.clear()
    numbers = iter(range(former.height, former.height + new.height))
    places = [next(numbers) if place is None else place for place in kept]
    return pl.concat((former, new))[pl.Series(places, dtype=pl.UInt32)], new


def _fared(ids: Sequence[str], found: pl.DataFrame) -> tuple[pl.DataFrame, list[int | None]]:
    """The products that can be scored, in the order of `ids`, and why each of `ids` cannot; None where it can.

    Lists, because expressions over the three products of a small run took longer than those over a partition's
    thousands do here.
    """
    places = {product_id: place for place, product_id in enumerate(found["product_id"].to_list())}
    in_silver = found["_in_silver"].to_list()
    wanted = [places.get(product_id) for product_id in ids]
    errors = [NOT_FOUND if place is None else None if in_silver[place] else NOT_IN_SILVER for place in wanted]
    scorable = [place for place, error in zip(wanted, errors, strict=True) if error is None]
    if scorable == list(range(found.height)):
        return found, errors
    return found[pl.Series(scorable, dtype=pl.UInt32)], errors


def _results(ids: Sequence[str], errors: Sequence[int | None], scores: pl.DataFrame) -> pl.DataFrame:
    """`columns.RESULTS` of the products with these ids; `scores` are of those without an error, in the same order."""
    if scores.height < len(ids):
        numbers = iter(range(scores.height))
        places = pl.Series([next(numbers) if error is None else None for error in errors], dtype=pl.UInt32)
        scores = scores.select_seq(pl.all().gather(places))
    told = {"product_id": pl.Series(ids, dtype=pl.String), "error": pl.Series(errors, dtype=RESULTS["error"])}
    columns = scores.to_dict() | told
    return pl.DataFrame([columns[name].alias(name) for name in RESULTS])


def _told(totals: Totals, summary: JsonObject) -> JsonObject:
    """A run's public result."""
    return {
        "processed": totals.processed,
        "succeeded": totals.succeeded,
        "errors": totals.processed - totals.succeeded,
        "catalogSummary": summary,
    }


def _owner(job: Job) -> Owner:
    return Owner(job.workspace_id, job.target)


def _is_whole(job: Job) -> bool:
    return "productIds" not in job.params


def _state(job: Job) -> str:
    if is_preview(job):
        return PREVIEW
    return PENDING if _is_whole(job) else LIVE
