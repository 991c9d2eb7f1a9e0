"""The Silver job: cut the work, normalise a partition, find duplicates."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
import polars as pl

from services.runtime.jobs import Job, JsonObject, Plan, Runner
from services.runtime.jobs.cuts import IdRange, ids_of, plan_of_list, plan_of_ranges
from services.silver.brands import RunBrands
from services.silver.categories import RunCategories
from services.silver.duplicates import DuplicatesPhase
from services.silver.errors import CatalogUsedUp
from services.silver.images.runs import RunImages
from services.silver.job_findings import job_findings
from services.silver.matching.postings import LAST_NUMBER
from services.silver.neighbours import Ingest, Selection
from services.silver.options import options_of
from services.silver.previews import Previews
from services.silver.records import records, storable
from services.silver.rows import shadow_of
from services.silver.rules.brand import unknown_brand
from services.silver.rules.pipeline import RuleContext, decimal_mark_in, is_ambiguous, normalize
from services.silver.store import PARTITION_PLACES, Store
from services.silver.tally import tally_of

KIND = "silver"
NOT_FOUND: Final = "Product not found"
BRAND_NAME_CHARS: Final = 255
_MARK_SAMPLE: Final = 2_000


class SilverRunner(Runner):
    """See `services.runtime.jobs.Runner`.

    `params`: {"productIds": [...]} for a selection; and the options that the request names (see `options`).
    """

    kind = KIND

    def __init__(
        self,
        store: Store,
        ingest: Ingest,
        brands: RunBrands,
        categories: RunCategories,
        *,
        images: RunImages,
        previews: Previews,
        partition_size: int,
    ) -> None:
        self._store = store
        self._previews = previews
        self._ingest = ingest
        self._brands = brands
        self._categories = categories
        self._images = images
        self._partition_size = partition_size
        self._duplicates = DuplicatesPhase(store, ingest)

    def prepare(self, job: Job) -> Plan:
        """Slices of the selection, or ranges that cover the catalog and every id between its products."""
        run = self._store.begin_run(job.id, job.workspace_id, job.target)
        self._previews.sweep(run, job.workspace_id, job.target)
        if options_of(job).preview:
            self._previews.begin(run, job.workspace_id, job.target)
        if not _is_whole(job):
            return plan_of_list(run, job.params["productIds"], self._partition_size)
        planned = self._ingest.plan(job.workspace_id, job.target, self._partition_size)
        return plan_of_ranges(run, planned.ranges, planned.total)

    def run_partition(self, job: Job, partition: Any) -> int:
        """Reads, normalises and writes; also drops the rows of vanished items."""
        selection = ids_of(partition)
        items = self._ingest.frame(job.workspace_id, job.target, selection)
        existing = dict(zip(items["product_id"], items["sequence"], strict=True))
        for product_id, sequence in existing.items():
            if sequence > LAST_NUMBER:
                raise CatalogUsedUp(product_id)
        stored_under = _stored_under(job, partition["run"])
        self._store.drop_vanished(job.workspace_id, stored_under, selection, existing)
        normalized = self._normalize(job, items)
        good, failed = _parted(normalized)
        suggestions = self._suggestions(job, failed)
        mode = options_of(job).image_checks
        good, validated, broken = self._images.check(good, mode, job.check)
        results = _results(normalized, suggestions, selection, partition, validated if mode != "off" else None)
        indexed = self._duplicates.counts_as_indexed(job, stored_under)
        self._store.write_partition(
            partition["run"],
            partition["number"],
            results,
            records(good, job.workspace_id, stored_under, indexed=indexed),
            failed.select_seq("product_id", "sequence", "_error").rows(),
            broken_images=broken,
            tally=tally_of(good, len(broken)),
            owner=(job.workspace_id, stored_under),
            whole=_is_whole(job),
            indexed=indexed,
        )
        return len(results)

    def complete(self, job: Job) -> JsonObject:
        """Finds duplicates over the catalog and returns the counts."""
        run = self._store.begin_run(job.id, job.workspace_id, job.target)
        if not options_of(job).preview:
            return self._found(job, run)
        preview = (run, job.workspace_id, job.target)
        result = self._previews.result(*preview) or self._found(job, run)
        self._previews.end(*preview, result)
        return result

    def discard(self, job: Job) -> None:
        """What is done stays done, but for a preview, which was to change nothing."""
        if options_of(job).preview:
            run = self._store.begin_run(job.id, job.workspace_id, job.target)
            self._previews.forget(run, job.workspace_id, job.target)

    def forget(self, job: Job) -> None:
        """Drops the brands and categories as the run sees them."""
        self._brands.forget(job.id)
        self._categories.forget(job.id)

    def rows(self, job: Job, partition: Any) -> Sequence[str]:
        """Ids of the products."""
        selection = ids_of(partition)
        if isinstance(selection, IdRange):
            return self._ingest.frame(job.workspace_id, job.target, selection)["product_id"].to_list()
        return selection

    def probe(self, job: Job, partition: Any, rows: Sequence[str]) -> None:
        """Normalises some products and makes records of them. Images are not asked for: they are other people's."""
        good, _failed = _parted(self._normalize(job, self._ingest.frame(job.workspace_id, job.target, list(rows))))
        good, _validated, _broken = self._images.check(good, "syntax", job.check)
        records(good, job.workspace_id, _stored_under(job, partition["run"]), indexed=False)

    def _found(self, job: Job, run: int) -> JsonObject:
        """What there is to tell when all partitions are done."""
        stored_under = _stored_under(job, run)
        if _is_whole(job):
            self._store.make_keys(run, job.workspace_id, stored_under)
        found = self._duplicates.run(job, stored_under)
        counts, tally = self._store.finish_results(run, job.workspace_id, stored_under)
        return counts | {"likelyDuplicates": found.likely} | job_findings(self._store, run, tally, found.shared_gtins)

    def _normalize(self, job: Job, items: pl.DataFrame) -> pl.DataFrame:
        """The rules' output with sequence and source fingerprint beside it."""
        run = options_of(job)

        def apply(**options: Any) -> pl.DataFrame:
            context = RuleContext(
                brands=self._brands.of(job),
                categories=self._categories.of(job),
                currency=job.params.get("currency"),
                unknown_brands=run.unknown_brands,
                mappings=run.mappings,
                **options,
            )
            return normalize(items["product_id"], items["document"], items["parent_id"], context)

        normalized = apply()
        options: dict[str, Any] = {}
        if is_ambiguous(normalized) and (mark := self._decimal_mark(job)):
            options["decimal_mark"] = mark
            normalized = apply(**options)
        if run.unknown_brands == "register":
            normalized = self._with_new_brands(job, normalized, lambda: apply(**options))
        return storable(normalized).hstack([items["sequence"], items["fingerprint"].alias("source_fingerprint")])

    def _decimal_mark(self, job: Job) -> Any:
        """What the catalog's first products say where a partition is too small to tell "1.234" from "1.234"."""
        sample = self._ingest.frame(job.workspace_id, job.target, IdRange(), limit=_MARK_SAMPLE)
        return decimal_mark_in(sample["document"], options_of(job).mappings)

    def _with_new_brands(self, job: Job, normalized: pl.DataFrame, again: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Registers unknown brands (a preview acts as if) and links them.

        A name too long for the registry stays an error of its product.
        """
        new = normalized["_new_brand"].drop_nulls().unique(maintain_order=True)
        names = new.filter(new.str.len_chars() <= BRAND_NAME_CHARS).to_list()
        if names:
            if options_of(job).preview:
                self._brands.imagine(job.id, names)
            else:
                self._brands.register(job.id, job.workspace_id, names)
            normalized = again()
        unlinked = pl.format(unknown_brand("{}"), pl.col("_new_brand"))
        return normalized.with_columns_seq(_error=pl.coalesce("_error", unlinked))

    def _suggestions(self, job: Job, failed: pl.DataFrame) -> dict[str, str]:
        """JSON lists of registered brands like the unknown ones, by product id."""
        if not failed.height:
            return {}
        brands = self._brands.of(job)
        columns = (failed[name].to_list() for name in ("product_id", "brand", "_error"))
        return {
            product_id: orjson.dumps(names).decode()
            for product_id, brand, error in zip(*columns, strict=True)
            if brand and error == unknown_brand(brand) and (names := brands.suggestions(brand))
        }


def _is_whole(job: Job) -> bool:
    return "productIds" not in job.params


def _stored_under(job: Job, run: int) -> str:
    """The catalog id that the run's products are stored under."""
    return shadow_of(run) if options_of(job).preview else job.target


def _parted(normalized: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The products without error, and those with one."""
    errors = normalized["_error"]
    if errors.null_count() == len(errors):
        return normalized, normalized.clear()
    return normalized.filter(errors.is_null()), normalized.filter(errors.is_not_null())


def _results(
    normalized: pl.DataFrame,
    suggestions: Mapping[str, str],
    selection: Selection,
    partition: Any,
    validated: Mapping[str, int] | None,
) -> list[tuple[Any, ...]]:
    """The rows of `RESULT_COLUMNS`, in order of the selection or of ids.

    `validated`: URLs checked where these are not all that a product has; None where none are.
    """
    columns = (normalized[name].to_list() for name in ("product_id", "_fields_normalized", "_urls_validated", "_error"))
    fared: dict[str, tuple[Any, ...]] = {
        product_id: (
            (changed, 0 if validated is None else validated.get(product_id, urls), None, None)
            if error is None
            else (None, None, error, suggestions.get(product_id))
        )
        for product_id, changed, urls, error in zip(*columns, strict=True)
    }
    run, first = partition["run"], partition["number"] * PARTITION_PLACES
    wanted = fared if isinstance(selection, IdRange) else selection
    missing = (None, None, NOT_FOUND, None)
    return [
        (run, first + place, product_id, *fared.get(product_id, missing)) for place, product_id in enumerate(wanted)
    ]
