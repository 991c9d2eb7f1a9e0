"""The duplicates phase of a run: after all partitions, so that what is found does not depend on their order."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy as sa

from services.runtime.jobs import Job
from services.silver.likely import LikelySearch
from services.silver.links import Links, Mark, Numbers, Related
from services.silver.matching import Strictness
from services.silver.neighbours import LISTED_IDS_LIMIT, Ingest
from services.silver.options import options_of
from services.silver.rules.duplicate_evidence import is_likely
from services.silver.rules.duplicates import find_duplicates
from services.silver.store import Store


class Counts(NamedTuple):
    """What was found of the run's products."""

    likely: int
    shared_gtins: int


class DuplicatesPhase:
    """Marks which products repeat which, and barcodes that many unlike products share."""

    def __init__(self, store: Store, ingest: Ingest) -> None:
        self._store = store
        self._ingest = ingest

    def counts_as_indexed(self, job: Job, catalog_id: str) -> bool:
        """Whether what a partition writes under `catalog_id` will be in the index of likely duplicates in the end.

        That is so of a run over the whole catalog that makes it; noting it afterwards would write every product twice.
        """
        return (
            "productIds" not in job.params
            and options_of(job).duplicates == "likely"
            and not self._store.likely(job.workspace_id, catalog_id).is_there()
        )

    def run(self, job: Job, catalog_id: str) -> Counts:
        """Finds the duplicates of the run's products, and of whatever they may have to do with.

        `catalog_id` is what the products are stored under: the catalog's own, unless the run is a preview.
        """
        links = self._store.links(job.workspace_id, catalog_id)
        options = options_of(job)
        ids = job.params.get("productIds")
        if options.duplicates == "off":
            links.mark({}, links.present(ids))
            return Counts(0, 0)
        search = self._store.likely(job.workspace_id, catalog_id)
        if options.duplicates == "likely":
            search.update(Strictness(options.strictness), whole=ids is None, check=job.check)
        unsettled = self._store.unsettled(job.workspace_id, catalog_id)
        likely = 0
        shared: dict[str, int] = {}
        noted: dict[str | None, set[int | None]] = {}
        for related in self._related(job, catalog_id, links, search, unsettled):
            job.check()
            candidates = self._still_there(job, related.candidates, set(ids)) if ids else related.candidates
            found = find_duplicates(candidates, related.likely)
            marks = {
                product_id: Mark(head, found.evidence[product_id]) for product_id, head in found.duplicates.items()
            }
            links.mark(marks, related.present)
            shared |= found.shared | related.crowds
            noted |= related.shared
            mine = found.evidence.keys() if ids is None else found.evidence.keys() & set(ids)
            likely += sum(is_likely(found.evidence[product_id]) for product_id in mine)
        links.share(shared, noted)
        self._store.settle(job.workspace_id, catalog_id, unsettled)
        return Counts(likely, links.count_shared(ids) if shared else 0)

    def _related(
        self, job: Job, catalog_id: str, links: Links, search: LikelySearch, unsettled: Numbers
    ) -> Iterator[Related]:
        """What is to be compared with each other: of a whole catalog in batches."""
        ids: list[str] | None = job.params.get("productIds")
        likely = options_of(job).duplicates == "likely"
        if ids is None:
            yield from links.everything(search.partners if likely else _nobody)
        elif likely:
            yield links.related(ids, unsettled, search.partners)
        else:
            # Likely pairs of other products stay: only those of the run are to be without.
            mine = self._store.sequences(job.workspace_id, catalog_id, ids)

            def partners(connection: sa.Connection, numbers: Numbers | None) -> Iterable[Any]:
                return _without(search.partners(connection, numbers), mine)

            yield links.related(ids, unsettled, partners)

    def _still_there(self, job: Job, candidates: pl.DataFrame, fresh: set[str]) -> pl.DataFrame:
        """Leaves out products whose item was deleted since they were normalised: they are nobody's canonical."""
        others = [product_id for product_id in candidates["product_id"] if product_id not in fresh]
        existing: list[str] = []
        for start in range(0, len(others), LISTED_IDS_LIMIT):
            some = others[start : start + LISTED_IDS_LIMIT]
            existing += self._ingest.frame(job.workspace_id, job.target, some, keys_only=True)["product_id"].to_list()
        gone = set(others) - set(existing)
        if not gone:
            return candidates
        return candidates.filter(~pl.col("product_id").is_in(sorted(gone)))


def _nobody(_connection: sa.Connection, _numbers: Numbers | None) -> Iterable[Any]:
    return ()


def _without(pairs: Iterable[Any], numbers: set[int]) -> list[Any]:
    return [pair for pair in pairs if pair[0] not in numbers and pair[1] not in numbers]
