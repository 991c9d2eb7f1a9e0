"""Scores of catalogs, in segments of columns.

A run over a whole catalog writes a segment per partition, and they take the place of all others at once when it is
through. A run over some products writes a small segment that goes before what it replaces; when there are many of
those they are put together, and when they hold much of the catalog its segments are cut anew.

Counts lie beside each segment, less those of what it replaced, so that a summary adds up a few numbers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from services.gold.columns import packed
from services.gold.store.kept import FEW, Kept, rows_of
from services.gold.store.segments import (
    LIVE,
    MINE,
    NO_SCORES,
    PENDING,
    PREVIEW,
    Owner,
    frames_of,
    hold_scores,
    newest,
    over,
    touched,
)
from services.gold.tables import RESULT_PARTS, SEGMENTS
from services.gold.tallies import Gradings, Tally, stored, tally_of
from services.runtime.database import Database, chunked, upsert

SMALL_SEGMENTS: Final = 8
"""Segments of runs over some products beyond which they are put together."""
SMALL_ROWS: Final = 20_000
"""Products in those, beyond which the catalog's segments are cut anew if they hold a tenth of it."""
SEGMENT_ROWS: Final = 5_000
# Run 0 and partitions below zero are no run's: what was put together stays when a partition is done again.
_PUT_TOGETHER: Final = -(10**9)

_S: Final = SEGMENTS.c
_LIVE: Final = (*MINE, _S.state == LIVE)
_PLACES: Final = (
    sa.select(_S.number, _S.base, _S.first_id, _S.last_id, _S.rows, _S.run, _S.partition, _S.gradings)
    .where(*_LIVE)
    .order_by(_S.number)
)
_OF_RUN: Final = _S.run == sa.bindparam("of_run")
_LEFT: Final = (
    sa.select(_S.number, _S.state).where(*MINE, _S.state.in_((PENDING, PREVIEW)), ~_OF_RUN).order_by(_S.number)
)
_COUNTS_OF_PREVIEW: Final = sa.select(_S.counts, _S.gradings).where(*MINE, _S.state == PREVIEW, _OF_RUN)
_DROP_PREVIEW: Final = sa.delete(SEGMENTS).where(*MINE, _S.state == PREVIEW, _OF_RUN)
_DROP_OTHER_PREVIEWS: Final = sa.delete(SEGMENTS).where(*MINE, _S.state == PREVIEW, ~_OF_RUN)
_COUNTS: Final = sa.select(_S.counts, _S.gradings).where(*_LIVE)
_NUMBERS: Final = sa.select(_S.number).where(*_LIVE).order_by(_S.number)
_DROP_PARTITION: Final = sa.delete(SEGMENTS).where(*MINE, _OF_RUN, _S.partition == sa.bindparam("of_partition"))
_DROP: Final = sa.delete(SEGMENTS).where(*MINE, _S.number.in_(sa.bindparam("numbers", expanding=True)))
_DROP_ALL_BUT: Final = sa.delete(SEGMENTS).where(*MINE, ~_OF_RUN)
_GO_LIVE: Final = sa.update(SEGMENTS).where(*MINE, _OF_RUN).values(state=LIVE)


class ScoreStore:
    """Every method is one transaction; rows of another workspace are never seen."""

    def __init__(self, database: Database, grading_of: Gradings) -> None:
        self._database = database
        self._grading_of = grading_of
        self._kept = Kept()

    def write_partition(
        self,
        run: int,
        partition: int,
        results: pl.DataFrame,
        scores: pl.DataFrame,
        owner: Owner,
        *,
        state: str,
        whole: bool,
    ) -> None:
        """Replaces the partition's results (`columns.RESULTS`) and its scores (`columns.SCORES`).

        `state`: `LIVE` for a run over some products, whose scores count at once; `PENDING` for one over the whole
        catalog, whose scores count when it is through (`finish_whole`); `PREVIEW` for scores that never count.
        `whole`: whether the run is over the whole catalog.
        """
        succeeded = results["score"].drop_nulls()
        part = (run, partition, results.height, len(succeeded), int(succeeded.sum()), packed(results))
        if not scores["product_id"].is_sorted():
            scores = scores.sort("product_id")
        net = tally_of(scores, self._grading_of)
        with self._database.write() as connection:
            columns = ("run", "partition", "rows", "succeeded", "score_sum", "columns")
            upsert(connection, RESULT_PARTS, columns, [part])  # whoever writes the same partition waits here
            if not whole:
                hold_scores(connection, owner)
            connection.execute(_DROP_PARTITION, owner.values | {"of_run": run, "of_partition": partition})
            if not scores.height:
                return
            places = [] if whole else connection.execute(_PLACES, owner.values).all()
            if not whole:
                former = self._rows(connection, owner, scores["product_id"].to_list(), places)
                net = net.less(tally_of(former, self._grading_of))
            number = self._insert(connection, owner, (run, partition), scores, net, state=state, base=state == PENDING)
            if state == LIVE:
                self._tidy(connection, owner, places, number, scores.height)
        if state == LIVE:
            self._kept.keep(number, scores)

    def finish_whole(self, run: int, owner: Owner) -> None:
        """Puts the segments of a run over the whole catalog in the place of all others."""
        with self._database.write() as connection:
            hold_scores(connection, owner)
            connection.execute(_DROP_ALL_BUT, owner.values | {"of_run": run})
            connection.execute(_GO_LIVE, owner.values | {"of_run": run})

    def absorb(self, owner: Owner, run: int | None) -> None:
        """Takes in what runs over the whole catalog left that were not through: what is done stays. Previews go.

        `run`: one under way, whose segments stay as they are; None: there is none.
        """
        others = owner.values | {"of_run": -1 if run is None else run}
        with self._database.read() as connection:
            if not connection.execute(_LEFT, others).all():
                return
        with self._database.write() as connection:
            hold_scores(connection, owner)
            left = connection.execute(_LEFT, others).all()  # somebody else may have been faster
            connection.execute(_DROP_OTHER_PREVIEWS, others)
            pending = [row.number for row in left if row.state == PENDING]
            if pending:
                self._cut_anew(connection, owner, pending)

    def counting_preview(self, owner: Owner, run: int, *, whole: bool) -> Callable[[sa.Connection], Tally]:
        """Reads counts as they would be after a run that changes nothing, if it did."""

        def counted(connection: sa.Connection) -> Tally:
            rows = list(connection.execute(_COUNTS_OF_PREVIEW, owner.values | {"of_run": run}))
            rows += [] if whole else connection.execute(_COUNTS, owner.values)
            return stored(rows)

        return counted

    def drop_preview(self, owner: Owner, run: int) -> None:
        """Forgets the scores of a run that changes nothing."""
        with self._database.read() as connection:
            if not connection.execute(_COUNTS_OF_PREVIEW, owner.values | {"of_run": run}).all():
                return
        with self._database.write() as connection:
            connection.execute(_DROP_PREVIEW, owner.values | {"of_run": run})

    def counting(self, owner: Owner) -> Callable[[sa.Connection], Tally]:
        """Reads counts over all scores of the catalog."""

        def counted(connection: sa.Connection) -> Tally:
            return stored(connection.execute(_COUNTS, owner.values).all())

        return counted

    def totals(self, owner: Owner) -> Tally:
        """Counts over all scores of the catalog."""
        with self._database.read() as connection:
            return self.counting(owner)(connection)

    def of_ids(self, owner: Owner, ids: Iterable[str]) -> pl.DataFrame:
        """The scores that these products have, in id order (`columns.SCORES`)."""
        return self._of_ids(owner, ids, lambda places: places)

    def comparable(self, owner: Owner, ids: Iterable[str], grading: str, *, but: tuple[int, int]) -> pl.DataFrame:
        """The same, for a run that scores under a grading; none where no score of the catalog was made under it.

        `but`: leaves out what this partition of the run, both by number, has written.
        """

        def others(places: Sequence[Any]) -> Sequence[Any]:
            left = [row for row in places if (row.run, row.partition) != but]
            return left if any(grading in row.gradings for row in left) else ()

        return self._of_ids(owner, ids, others)

    def _of_ids(
        self, owner: Owner, ids: Iterable[str], choose: Callable[[Sequence[Any]], Sequence[Any]]
    ) -> pl.DataFrame:
        wanted = sorted(set(ids))
        if not wanted:
            return NO_SCORES
        with self._database.read() as connection:
            places = choose(connection.execute(_PLACES, owner.values).all())
            return self._rows(connection, owner, wanted, places).sort("product_id") if places else NO_SCORES

    def numbers(self, owner: Owner) -> list[int]:
        """The live segments, lowest first: where they are the same, nothing has changed."""
        with self._database.read() as connection:
            return list(connection.execute(_NUMBERS, owner.values).scalars())

    def segments(self, owner: Owner, numbers: Sequence[int]) -> pl.DataFrame:
        """What the segments of these numbers that are still there hold, as `newest`."""
        with self._database.read() as connection:
            places = {row.number: row for row in connection.execute(_PLACES, owner.values)}
            wanted = [places[number] for number in numbers if number in places]
            base = {row.number: row.first_id for row in wanted if row.base}
            frames = dict(frames_of(connection, owner, [row.number for row in wanted]))
        # Base segments have no product in common: in the order of their ids they are what is wanted already.
        whole = pl.concat([NO_SCORES, *(frames[number] for number in sorted(base, key=base.__getitem__))])
        small = [frame for number, frame in frames.items() if number not in base]
        return over(whole, newest(small)) if small else whole

    def _rows(self, connection: sa.Connection, owner: Owner, wanted: list[str], places: Iterable[Any]) -> pl.DataFrame:
        """The scores of these (sorted) ids that count now, in no particular order."""
        numbers = touched(places, wanted)
        frames = self._kept.of(numbers)
        for number, frame in frames_of(connection, owner, [one for one in numbers if one not in frames]):
            frames[number] = frame
            if len(wanted) <= FEW:
                self._kept.keep(number, frame)
        found = [NO_SCORES]
        for number in reversed(numbers):
            pieces = rows_of(frames.pop(number), wanted)
            newer = {product_id for piece in pieces for product_id in piece["product_id"]}
            found += pieces
            wanted = [product_id for product_id in wanted if product_id not in newer] if newer else wanted
        return pl.concat(found)

    def _tidy(self, connection: sa.Connection, owner: Owner, places: Sequence[Any], number: int, height: int) -> None:
        """Puts small segments together where there are many, or cuts all anew where they hold much of the catalog.

        `places`: the segments that were live before the small one of this number and height.
        """
        small = [row for row in places if not row.base]
        rows, all_rows = (height + sum(row.rows for row in some) for some in (small, places))
        if rows > SMALL_ROWS and rows * 10 > all_rows:
            self._cut_anew(connection, owner, ())
        elif len(small) >= SMALL_SEGMENTS:
            numbers = [*(row.number for row in small), number]
            query = sa.select(_S.counts, _S.gradings).where(_S.number.in_(numbers))
            net = stored(connection.execute(query).all())
            together = newest(frame for _, frame in frames_of(connection, owner, numbers))
            connection.execute(_DROP, owner.values | {"numbers": numbers})
            of_no_run = (0, _PUT_TOGETHER - numbers[-1])
            self._insert(connection, owner, of_no_run, together, net, state=LIVE, base=False)

    def _cut_anew(self, connection: sa.Connection, owner: Owner, pending: Sequence[int]) -> None:
        """Makes base segments of everything that counts, and of `pending` segments, which are newer."""
        live = list(connection.execute(_NUMBERS, owner.values).scalars())
        everything = newest(frame for _, frame in frames_of(connection, owner, [*live, *pending]))
        for some in chunked([*live, *pending]):
            connection.execute(_DROP, owner.values | {"numbers": some})
        for place, cut in enumerate(everything.iter_slices(SEGMENT_ROWS)):
            counts = tally_of(cut, self._grading_of)
            self._insert(connection, owner, (0, -1 - place), cut, counts, state=LIVE, base=True)

    def _insert(
        self,
        connection: sa.Connection,
        owner: Owner,
        partition: tuple[int, int],
        scores: pl.DataFrame,
        counts: Tally,
        *,
        state: str,
        base: bool,
    ) -> int:
        """Writes a segment, and returns its number."""
        numbers, gradings = counts.packed()
        run, place = partition
        values = {
            **{"catalog_id": owner.catalog_id, "workspace_id": owner.workspace_id, "run": run, "partition": place},
            **{"state": state, "base": base, "rows": scores.height, "columns": packed(scores)},
            **{"first_id": scores["product_id"][0], "last_id": scores["product_id"][-1]},
            **{"counts": numbers, "gradings": gradings},
        }
        key = connection.execute(_INSERT, values).inserted_primary_key
        assert key is not None  # noqa: S101 - narrows for the type checker
        return int(key[0])


_INSERT: Final = sa.insert(SEGMENTS)
