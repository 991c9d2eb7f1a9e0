"""What the duplicates phase reads and writes: who shares an identity with whom, and which product repeats which.

Statements are made once: a run over three products would spend more time on making them than on running them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
import sqlalchemy as sa

from services.runtime.database import Database, chunked
from services.silver.components import BATCH, CROWD, Edges, batches, edges_of
from services.silver.identity import term, terms
from services.silver.key_index import KeyIndex
from services.silver.matching import similarity_of
from services.silver.matching.postings import Postings, product_of, term_of
from services.silver.rules.duplicates import CANDIDATE_SCHEMA, KEYS, Likely
from services.silver.shards import among, joined
from services.silver.tables import PRODUCTS

Rows: TypeAlias = dict[str, sa.Row[Any]]
"""Rows by product id."""

Numbers: TypeAlias = Collection[int]
Partners: TypeAlias = Callable[[sa.Connection, Numbers | None], Iterable[Any]]
"""Chosen pairs of these numbers (`sequence`), of all for None: sequence, other, points, agree, disagree."""


class Mark(NamedTuple):
    """The product that a product repeats, and why."""

    duplicate_of: str | None = None
    evidence: str | None = None


class Related(NamedTuple):
    """What is compared, and what is told of it at present."""

    candidates: pl.DataFrame
    """See `CANDIDATE_SCHEMA`."""
    likely: list[Likely]
    """Pairs among them."""
    present: dict[str, Mark]
    shared: dict[str | None, set[int | None]]
    """Barcodes that were looked at, with all that is told as `shared_gtin` by products that have them."""
    crowds: dict[str, int]
    """Barcodes of more than `CROWD` products, and of how many: they identify nothing, whatever the titles say."""


_LOOKED_AT: Final = 20
"""Products of a crowd that are looked at for its barcode: two barcodes may have one term."""
_TRAITS: Final = {"parentId": "parent_id"} | {
    name: name for name in ("gtin", "brand", "mpn", "price", "title", "color", "size", "material")
}
_KEYS: Final = tuple(PRODUCTS.c[name] for name in KEYS)
_CANDIDATE: Final = (PRODUCTS.c.product_id, PRODUCTS.c.sequence, *_KEYS, PRODUCTS.c.document)
_MARKS: Final = (PRODUCTS.c.duplicate_of, PRODUCTS.c.duplicate_evidence)
_LINKED: Final = (PRODUCTS.c.product_id, PRODUCTS.c.sequence, *_MARKS, PRODUCTS.c.shared_gtin, *_KEYS)
_EVERY: Final = (*_CANDIDATE, *_MARKS, PRODUCTS.c.shared_gtin)
_MINE: Final = (
    PRODUCTS.c.catalog_id == sa.bindparam("of_catalog"),
    PRODUCTS.c.workspace_id == sa.bindparam("of_workspace"),
)
# Only what the last run could take is compared: the record of a product in error may be out of date.
_FRESH: Final = (PRODUCTS.c.error.is_(None), PRODUCTS.c.source_fingerprint != "")
_SOUND: Final = (*_MINE, *_FRESH)


def _among(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam("values", expanding=True))


# Without IS NOT NULL: it would lure SQLite into the index of all duplicates instead of the primary key.
_OF_IDS: Final = sa.select(*_LINKED).where(*_MINE, _among(PRODUCTS.c.product_id))
_OF_HEADS: Final = sa.select(*_LINKED).where(*_MINE, _among(PRODUCTS.c.duplicate_of))
_CANDIDATES: Final = sa.select(*_CANDIDATE).where(*_SOUND, _among(PRODUCTS.c.product_id))
_OF_SEQUENCES: Final = sa.select(*_LINKED).where(*_SOUND, _among(PRODUCTS.c.sequence))
_EVERY_OF_SEQUENCES: Final = sa.select(*_EVERY).where(*_SOUND, _among(PRODUCTS.c.sequence))
_GTINS: Final = sa.select(PRODUCTS.c.gtin14).where(*_MINE, _among(PRODUCTS.c.sequence), PRODUCTS.c.gtin14.is_not(None))
_ALL_MARKS: Final = sa.select(PRODUCTS.c.product_id, PRODUCTS.c.sequence, *_MARKS).where(
    *_MINE, PRODUCTS.c.duplicate_of.is_not(None)
)
_ALL_SHARED: Final = (
    sa.select(PRODUCTS.c.gtin14, PRODUCTS.c.shared_gtin)
    .where(*_MINE, PRODUCTS.c.shared_gtin.is_not(None))
    .group_by(PRODUCTS.c.gtin14, PRODUCTS.c.shared_gtin)
)
_COUNT_SHARED: Final = sa.select(sa.func.count()).where(*_MINE, PRODUCTS.c.shared_gtin.is_not(None))
_MARK: Final = (
    sa.update(PRODUCTS)
    .where(*_MINE, PRODUCTS.c.product_id == sa.bindparam("marked"))
    .values(duplicate_of=sa.bindparam("canonical"), duplicate_evidence=sa.bindparam("evidence"))
)
_SHARE: Final = (
    sa.update(PRODUCTS)
    .where(
        *_MINE,
        _among(PRODUCTS.c.sequence),
        PRODUCTS.c.gtin14 == sa.bindparam("gtin"),
        PRODUCTS.c.shared_gtin.is_distinct_from(sa.bindparam("products")),
    )
    .values(shared_gtin=sa.bindparam("products"))
)
_SHARE_NONE: Final = (
    sa.update(PRODUCTS)
    .where(*_MINE, PRODUCTS.c.shared_gtin.is_not(None), PRODUCTS.c.gtin14.is_(None))
    .values(shared_gtin=None)
)


class Links:
    """The links of one catalog. Every method is one transaction; rows of another workspace are never seen."""

    def __init__(self, database: Database, workspace_id: str, catalog_id: str) -> None:
        self._database = database
        self._keys = KeyIndex(workspace_id, catalog_id)
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def everything(self, partners: Partners) -> Iterator[Related]:
        """Every sound product whose identity another one of the catalog shares, or that is likely another.

        In batches of products that have nothing to do with those of other batches. The last has none, but what is told
        at present of products that are in no batch, and all barcodes that are noted as saying nothing.
        """
        with self._database.read() as connection:
            edges: list[Edges] = []
            crowds: dict[str, int] = {}
            crowded: set[int] = set()
            for postings in self._keys.shared(connection):
                found, of_crowds = edges_of(postings)
                edges.append(found)
                crowded |= set(term_of(of_crowds).tolist())
                crowds |= self._crowds(connection, of_crowds)
            pairs_of_all = [pair[:2] for pair in partners(connection, None)]
        edges.append(np.array(pairs_of_all, dtype=np.int64).reshape(-1, 2))
        seen: list[Any] = []
        for batch in batches(edges, BATCH):
            with self._database.read() as connection:
                rows = self._rows(connection, _EVERY_OF_SEQUENCES, batch)
                pairs = {(min(pair[:2]), max(pair[:2])): pair for pair in partners(connection, batch)}
            present = {product_id: _mark(row) for product_id, row in rows.items()}
            yield Related(_candidates(rows.values(), crowded), _likely(rows, pairs.values()), present, {}, {})
            seen.append(np.array([row.sequence for row in rows.values()], dtype=np.int64))
        compared = set(np.concatenate(seen).tolist()) if seen else set()
        with self._database.read() as connection:
            marked = connection.execute(_ALL_MARKS, self._mine)
            present = {row.product_id: _mark(row) for row in marked if row.sequence not in compared}
            shared: dict[str | None, set[int | None]] = {}
            for gtin, products in connection.execute(_ALL_SHARED, self._mine):
                shared.setdefault(gtin, {None}).add(products)  # others may have the barcode without the note
        yield Related(_candidates(()), [], present, shared, crowds)

    def related(self, product_ids: Iterable[str], turned: Numbers, partners: Partners) -> Related:
        """What a change of these products may touch.

        `turned` are numbers of further products where they may have changed. Candidates are the sound products
        that share an identity with any of them or are likely one with them, directly or through others; marks are those
        of every product where they may change: those, the products themselves, and those of one group with them before.
        """
        pairs: dict[tuple[int, int], Any] = {}
        with self._database.read() as connection:
            seeds = self._rows(connection, _OF_SEQUENCES, turned)
            keyed = self._former_group(connection, seeds.keys() | set(product_ids))
            holders = tuple(_Holders() for _ in _KEYS)
            numbers = {row.sequence for row in keyed.values()}
            fresh = keyed
            while fresh:
                found = self._sharing(connection, fresh, holders)
                new = {row.sequence for row in fresh.values()}
                pairs |= {(min(pair[:2]), max(pair[:2])): pair for pair in partners(connection, new)}
                others = {number for pair in pairs for number in pair} - numbers
                found |= self._rows(connection, _OF_SEQUENCES, others)
                numbers |= others | {row.sequence for row in found.values()}
                fresh = {product_id: row for product_id, row in found.items() if product_id not in keyed}
                keyed |= fresh
            paired = {number for pair in pairs for number in pair}
            sharing = {one for held in holders for ids in held.ids.values() if len(ids) > 1 for one in ids}
            sharing |= {row.product_id for row in keyed.values() if row.sequence in paired}
            sound = self._rows(connection, _CANDIDATES, sharing)
        present = {product_id: _mark(row) for product_id, row in keyed.items()}
        shared: dict[str | None, set[int | None]] = {}
        for row in keyed.values():
            shared.setdefault(row.gtin14, set()).add(row.shared_gtin)
        crowded = {term(column, value) for column, held in zip(KEYS, holders, strict=True) for value in held.crowds}
        candidates = _candidates(sound.values(), crowded)
        return Related(candidates, _likely(sound, pairs.values()), present, shared, holders[0].crowds)

    def present(self, product_ids: Iterable[str] | None = None) -> dict[str, Mark]:
        """The present marks of these products; without any named, of all that have one."""
        with self._database.read() as connection:
            if product_ids is None:
                return {row.product_id: _mark(row) for row in connection.execute(_ALL_MARKS, self._mine)}
            found = self._rows(connection, _OF_IDS, product_ids)
            return {product_id: _mark(row) for product_id, row in found.items()}

    def mark(self, marks: Mapping[str, Mark], present: Mapping[str, Mark]) -> None:
        """Sets the marks of products, and clears them where only `present` has one."""
        nothing = Mark()
        changed = [
            self._mine | {"marked": product_id, "canonical": mark.duplicate_of, "evidence": mark.evidence}
            for product_id in sorted(present.keys() | marks.keys())
            if present.get(product_id, nothing) != (mark := marks.get(product_id, nothing))
        ]
        if changed:
            with self._database.write() as connection:
                connection.execute(_MARK, changed)

    def share(self, gtins: Mapping[str, int], present: Mapping[str | None, Collection[int | None]]) -> None:
        """Notes with all their products the barcodes that identify nothing, and of how many products they are.

        `present` is what is told of barcodes so far, by whichever of their products: of those that are not among
        `gtins` it is taken back.
        """
        wanted = {gtin: gtins.get(gtin) for gtin in present.keys() | gtins.keys() if gtin is not None}
        changed = sorted(gtin for gtin, products in wanted.items() if set(present.get(gtin, ())) != {products})
        without_gtin = any(products is not None for products in present.get(None, ()))
        if not changed and not without_gtin:
            return
        with self._database.write() as connection:
            asked = terms("gtin14", changed)
            postings = self._keys.holders(connection, asked)
            for place, gtin in enumerate(changed):
                numbers = product_of(joined(among(postings, asked[place : place + 1])))
                for some in chunked(numbers.tolist()):
                    values = {"gtin": gtin, "values": some, "products": wanted[gtin]}
                    connection.execute(_SHARE, self._mine | values)
            if without_gtin:
                connection.execute(_SHARE_NONE, self._mine)

    def count_shared(self, product_ids: Iterable[str] | None) -> int:
        """How many of these products (None: of all) have a barcode that identifies nothing."""
        with self._database.read() as connection:
            if product_ids is None:
                return int(connection.execute(_COUNT_SHARED, self._mine).scalar_one())
            rows = self._rows(connection, _OF_IDS, product_ids)
            return sum(row.shared_gtin is not None for row in rows.values())

    def _sharing(self, connection: sa.Connection, rows: Rows, holders: "tuple[_Holders, ...]") -> Rows:
        """The holders of identities of `rows` that `holders` does not know yet; it gets to know them."""
        wanted: dict[int, list[tuple[_Holders, str]]] = {}
        for column, held in zip(KEYS, holders, strict=True):
            for value in {row._mapping[column] for row in rows.values()} - held.ids.keys() - {None}:
                held.ids[value] = set()
                wanted.setdefault(term(column, value), []).append((held, value))
        if not wanted:
            return {}
        postings = self._keys.holders(connection, np.fromiter(wanted, dtype=np.uint64))
        found, start, count = np.unique(term_of(postings), return_index=True, return_counts=True)
        few: set[int] = set()
        for asked, first, products in zip(found.tolist(), start.tolist(), count.tolist(), strict=True):
            if products > CROWD:
                for held, value in wanted[asked]:
                    held.crowds[value] = products
            else:
                few.update(product_of(postings[first : first + products]).tolist())
        sharing: Rows = {}
        asked_for = [{value for ends in wanted.values() for one, value in ends if one is held} for held in holders]
        for product_id, row in self._rows(connection, _OF_SEQUENCES, few).items():
            for column, held, values in zip(KEYS, holders, asked_for, strict=True):
                value = row._mapping[column]
                if value in values and value not in held.crowds:
                    held.ids[value].add(product_id)
                    sharing[product_id] = row
        return sharing

    def _crowds(self, connection: sa.Connection, crowded: Postings) -> dict[str, int]:
        """Barcodes among the (sorted) postings of crowds, and how many products have each."""
        crowds: dict[str, int] = {}
        found, start, count = np.unique(term_of(crowded), return_index=True, return_counts=True)
        for asked, first, products in zip(found.tolist(), start.tolist(), count.tolist(), strict=True):
            some = product_of(crowded[first : first + _LOOKED_AT]).tolist()
            gtins = connection.execute(_GTINS, self._mine | {"values": some}).scalars()
            crowds |= dict.fromkeys((gtin for gtin in gtins if term("gtin14", gtin) == asked), products)
        return crowds

    def _former_group(self, connection: sa.Connection, product_ids: Collection[str]) -> Rows:
        """The products, and those that were of one group with them when duplicates were last looked for.

        Of products that are gone, those that point at them still.
        """
        rows = self._rows(connection, _OF_IDS, product_ids)
        heads = set(product_ids) | {row.duplicate_of for row in rows.values() if row.duplicate_of is not None}
        rows = self._rows(connection, _OF_HEADS, heads) | rows
        return rows | self._rows(connection, _OF_IDS, heads - rows.keys())

    def _rows(
        self, connection: sa.Connection, statement: sa.Select[Any], values: Iterable[str] | Iterable[int]
    ) -> Rows:
        rows: Rows = {}
        for some in chunked(sorted(values)):
            rows |= {row.product_id: row for row in connection.execute(statement, self._mine | {"values": some})}
        return rows


class _Holders:
    """Who holds the values of one key, as far as it was asked; of crowds only how many they are."""

    def __init__(self) -> None:
        self.ids: dict[str, set[str]] = {}
        self.crowds: dict[str, int] = {}


def _mark(row: Any) -> Mark:
    return Mark(row.duplicate_of, row.duplicate_evidence)


def _likely(rows: Rows, pairs: Iterable[Any]) -> list[Likely]:
    ids = {row.sequence: product_id for product_id, row in rows.items()}
    return [
        Likely(ids[one], ids[other], similarity_of(points), tuple(_names(agree)), tuple(_names(disagree)))
        for one, other, points, agree, disagree in pairs
        if one in ids and other in ids
    ]


def _names(text: str) -> list[str]:
    return text.split(",") if text else []


def _candidates(rows: Collection[sa.Row[Any]], crowded: Collection[int] = ()) -> pl.DataFrame:
    """What is compared, see `CANDIDATE_SCHEMA`: keys from their columns, traits from the documents.

    `crowded` are the terms of keys that so many products have that they say nothing: those are left out.
    """
    if not rows:
        return pl.DataFrame(schema=CANDIDATE_SCHEMA)
    schema = {column.name: CANDIDATE_SCHEMA.get(column.name, pl.String) for column in _CANDIDATE}
    frame = pl.DataFrame([tuple(row)[: len(schema)] for row in rows], schema=schema, orient="row")
    if crowded:
        frame = frame.with_columns(_without_crowds(frame[name], crowded) for name in KEYS)
    traits = frame["document"].str.json_decode(pl.Struct(dict.fromkeys(_TRAITS, pl.String))).struct.unnest()
    return frame.with_columns_seq(traits.rename(_TRAITS).get_columns()).select_seq(CANDIDATE_SCHEMA.names())


def _without_crowds(keys: pl.Series, crowded: Collection[int]) -> pl.Series:
    told = [key if key is None or term(keys.name, key) not in crowded else None for key in keys.to_list()]
    return pl.Series(keys.name, told, dtype=pl.String)
