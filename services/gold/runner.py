"""The Gold job: cut the work, score a partition, sum up."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from services.gold.products import Neighbours
from services.gold.results import NOT_FOUND, NOT_IN_SILVER
from services.gold.rubric.grading import grading
from services.gold.rubric.score import DEFAULT_WEIGHTS, score
from services.gold.store import PARTITION_PLACES, Store, now_ms
from services.gold.summary import CatalogSummary, mean_of, top_gaps_of
from services.runtime.jobs import Job, JsonObject, Plan
from services.runtime.jobs.cuts import IdRange, ids_of, plan_of_list, plan_of_ranges

KIND = "gold"

# Pipeline settings (weights) and category trees are not there yet: the documented defaults, and nothing to link to.
WEIGHTS = DEFAULT_WEIGHTS
CATEGORIES_LINKED = False


class GoldRunner:
    """See `services.runtime.jobs.Runner`. `params`: {"productIds": [...]} for a selection, {} for the whole catalog."""

    kind = KIND

    def __init__(self, store: Store, neighbours: Neighbours, partition_size: int) -> None:
        self._store = store
        self._neighbours = neighbours
        self._partition_size = partition_size
        self._grading = grading(WEIGHTS, categories_linked=CATEGORIES_LINKED)

    def prepare(self, job: Job) -> Plan:
        """Slices of the selection, or ranges that cover the catalog and every id between its products."""
        run = self._store.begin_run(job.id, job.workspace_id, job.target, self._grading)
        if "productIds" in job.params:
            return plan_of_list(run, job.params["productIds"], self._partition_size)
        planned = self._neighbours.plan(job.workspace_id, job.target, self._partition_size)
        return plan_of_ranges(run, planned.ranges, planned.total)

    def run_partition(self, job: Job, partition: Any) -> int:
        """Reads, scores and writes; in a run over the whole catalog also drops the scores of vanished products."""
        ids = ids_of(partition)
        if isinstance(ids, IdRange):
            products = self._neighbours.read_range(job.workspace_id, job.target, ids)
            self._store.drop_vanished(job.workspace_id, job.target, ids, set(products["product_id"]))
        else:
            wanted = pl.DataFrame({"product_id": ids}, schema={"product_id": pl.String})
            found = self._neighbours.read_list(job.workspace_id, job.target, ids)
            products = wanted.join(found, on="product_id", how="left", maintain_order="left")
        first = partition["number"] * PARTITION_PLACES
        scored = _scored(products)
        results = scored.select_seq(
            pl.lit(partition["run"], dtype=pl.Int64),
            pl.int_range(pl.len(), dtype=pl.Int64).alias("position") + first,
            "product_id",
            "score",
            "faults",
            "error",
        )
        self._store.write_partition(
            partition["run"], partition["number"], results.rows(), self._score_rows(job, scored)
        )
        return results.height

    def complete(self, job: Job) -> JsonObject:
        """The summary, kept and returned beside the counts."""
        run = self._store.begin_run(job.id, job.workspace_id, job.target, self._grading)
        own = self._store.run_totals(run)
        catalog = self._store.catalog_totals(job.workspace_id, job.target)
        summary = CatalogSummary(
            avg_score=mean_of(own.score_sum, own.succeeded),
            distribution=catalog.bands,
            top_gaps=top_gaps_of(catalog.gap_frequencies),
        )
        self._store.complete_run(run, summary)
        return {
            "processed": own.processed,
            "succeeded": own.succeeded,
            "errors": own.processed - own.succeeded,
            "catalogSummary": summary.to_json(),
        }

    def discard(self, job: Job) -> None:
        """A run holds nothing but rows, and what is done stays done."""

    def _score_rows(self, job: Job, scored: pl.DataFrame) -> Sequence[tuple[Any, ...]]:
        constant = {"catalog_id": job.target, "workspace_id": job.workspace_id, "grading_id": self._grading.id}
        return (
            scored.filter(pl.col("score").is_not_null())
            .select_seq(
                pl.lit(constant["catalog_id"]).alias("catalog_id"),
                "product_id",
                pl.lit(constant["workspace_id"]).alias("workspace_id"),
                "score",
                "faults",
                "gap_mask",
                pl.lit(constant["grading_id"]).alias("grading_id"),
                "_fingerprint",
                pl.lit(now_ms()).alias("scored_at"),
            )
            .rows()
        )


def _scored(products: pl.DataFrame) -> pl.DataFrame:
    """Every row of `products` in its order, with score, faults and gap_mask, or with the number of its error."""
    graded = score(
        products.filter(pl.col("_in_silver").fill_null(value=False)), WEIGHTS, categories_linked=CATEGORIES_LINKED
    )
    return (
        products.select_seq("product_id", "_in_silver", "_fingerprint")
        .join(graded, on="product_id", how="left", maintain_order="left")
        .with_columns_seq(
            pl.when(pl.col("_in_silver").is_null())
            .then(NOT_FOUND)
            .when(~pl.col("_in_silver"))
            .then(NOT_IN_SILVER)
            .alias("error")
        )
    )
