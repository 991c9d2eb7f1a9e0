"""Pairs that have the points, in the database: each once for either product, so that a product's own are together."""

from collections.abc import Iterable
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from services.runtime.database import chunked, hold, upsert
from services.silver.matching import ACCEPTED_SCHEMA, chosen
from services.silver.tables import LIKELY_PAIRS

_COLUMNS: Final = ("catalog_id", "sequence", "other", "points", "coded", "chosen", "agree", "disagree")
_P: Final = LIKELY_PAIRS.c
_OF_CATALOG: Final = _P.catalog_id == sa.bindparam("of_catalog")
_DELETE_ALL: Final = sa.delete(LIKELY_PAIRS).where(_OF_CATALOG)
_AMONG: Final = _P.sequence.in_(sa.bindparam("values", expanding=True))
_OF: Final = sa.select(*(_P[name] for name in _COLUMNS[1:])).where(_OF_CATALOG, _AMONG)
_PARTNERS: Final = sa.select(_P.sequence, _P.other, _P.points, _P.agree, _P.disagree).where(_OF_CATALOG, _P.chosen)
_PARTNERS_OF: Final = _PARTNERS.where(_AMONG)
_ALL_ONCE: Final = _PARTNERS.where(_P.sequence < _P.other)
_DELETE_PAIR: Final = sa.delete(LIKELY_PAIRS).where(
    _OF_CATALOG, _P.sequence == sa.bindparam("one"), _P.other == sa.bindparam("two")
)
_CHOOSE: Final = (
    sa.update(LIKELY_PAIRS)
    .where(_OF_CATALOG, _P.sequence == sa.bindparam("one"), _P.other == sa.bindparam("two"))
    .values(chosen=sa.bindparam("is_chosen"))
)
STORED_SCHEMA: Final = {**ACCEPTED_SCHEMA, "chosen": pl.Boolean(), "agree": pl.String(), "disagree": pl.String()}
"""Pairs as they are kept: `ACCEPTED_SCHEMA` by `sequence` instead of places, names with commas between them."""


class PairStore:
    """The pairs of one catalog, within the caller's transactions."""

    def __init__(self, catalog_id: str) -> None:
        self._catalog_id = catalog_id
        self._mine: dict[str, Any] = {"of_catalog": catalog_id}

    def hold(self, connection: sa.Connection) -> None:
        """From here to the end of the transaction nobody else changes pairs: partners of pairs have partners."""
        hold(connection, f"likely {self._catalog_id}")

    def replace_all(self, connection: sa.Connection, accepted: pl.DataFrame) -> None:
        """Keeps these pairs (`ACCEPTED_SCHEMA`, by `sequence`) and no other."""
        connection.execute(_DELETE_ALL, self._mine)
        self._insert(connection, with_choice(accepted))

    def replace(self, connection: sa.Connection, products: set[int], accepted: pl.DataFrame) -> set[int]:
        """Keeps these pairs instead of all others of `products`.

        Returns the products of pairs that were chosen and are no longer, or the other way round.
        """
        before = self.of(connection, products)
        if not before.height and not accepted.height:
            return set()
        gone = [self._mine | ends for pair in before.select("left", "right").iter_rows() for ends in _both_ways(*pair)]
        if gone:
            connection.execute(_DELETE_PAIR, gone)
        self._insert(connection, with_choice(accepted))
        ends = set(before["right"]) | set(accepted["left"]) | set(accepted["right"]) | products
        return self._choose_again(connection, ends, before)

    def forget(self, connection: sa.Connection, products: set[int]) -> set[int]:
        """Drops the pairs of products that are gone; returns as `replace`: partners may now have better ones."""
        return self.replace(connection, products, ACCEPTED_SCHEMA.to_frame())

    def of(self, connection: sa.Connection, products: Iterable[int]) -> pl.DataFrame:
        """All pairs of these products, see `STORED_SCHEMA`; `left` is among them: a pair of two of them comes twice."""
        rows: list[Any] = []
        for some in chunked(sorted(products)):
            rows += connection.execute(_OF, self._mine | {"values": some}).all()
        names = ("left", "right", *_COLUMNS[3:])
        schema = {name: STORED_SCHEMA[name] for name in names}
        return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")

    def partners(self, connection: sa.Connection, products: Iterable[int] | None = None) -> list[sa.Row[Any]]:
        """Chosen pairs of these products: sequence, other, points, agree, disagree. Without any, all, each once."""
        if products is None:
            return list(connection.execute(_ALL_ONCE, self._mine))
        rows: list[sa.Row[Any]] = []
        for some in chunked(sorted(products)):
            rows += list(connection.execute(_PARTNERS_OF, self._mine | {"values": some}))
        return rows

    def _insert(self, connection: sa.Connection, pairs: pl.DataFrame) -> None:
        columns = ("points", "coded", "chosen", "agree", "disagree")
        rows = [
            (self._catalog_id, ends["one"], ends["two"], *rest)
            for left, right, *rest in pairs.select("left", "right", *columns).iter_rows()
            for ends in _both_ways(left, right)
        ]
        upsert(connection, LIKELY_PAIRS, _COLUMNS, sorted(rows, key=lambda row: row[:3]))

    def _choose_again(self, connection: sa.Connection, ends: set[int], before: pl.DataFrame) -> set[int]:
        """Looks anew whether pairs of `ends` are the best of their products: rivals may have come or gone."""
        near = self.of(connection, ends)
        wide = self.of(connection, set(near["right"]) | ends)
        pairs = wide.with_columns(
            left=pl.min_horizontal("left", "right"), right=pl.max_horizontal("left", "right")
        ).unique(["left", "right"])
        now = with_choice(pairs.drop("chosen"))
        concerned = now.filter(pl.col("left").is_in(ends) | pl.col("right").is_in(ends))
        stored = pairs.select("left", "right", was="chosen")
        turned = concerned.join(stored, on=["left", "right"]).filter(pl.col("chosen") != pl.col("was"))
        if turned.height:
            choices = [
                self._mine | ends | {"is_chosen": choice}
                for left, right, choice in turned.select("left", "right", "chosen").iter_rows()
                for ends in _both_ways(left, right)
            ]
            connection.execute(_CHOOSE, choices)
        were = before.filter("chosen")
        are = concerned.filter("chosen")
        return {*were["left"], *were["right"], *are["left"], *are["right"], *turned["left"], *turned["right"]}


def _both_ways(left: int, right: int) -> tuple[dict[str, int], dict[str, int]]:
    return {"one": left, "two": right}, {"one": right, "two": left}


def with_choice(accepted: pl.DataFrame) -> pl.DataFrame:
    """Pairs as they are kept (`STORED_SCHEMA`), each once, with whether they are chosen among themselves."""
    if accepted.schema["agree"] != pl.String:
        accepted = accepted.with_columns(pl.col("agree", "disagree").list.join(","))
    best = chosen(accepted).select("left", "right", chosen=pl.lit(True))
    return accepted.join(best, on=["left", "right"], how="left").with_columns(pl.col("chosen").fill_null(False))
