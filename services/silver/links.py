"""What the duplicates phase reads and writes: who shares an identity with whom, and which product repeats which.

Statements are made once: a run over three products would spend more time on making them than on running them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import polars as pl
import sqlalchemy as sa

from services.runtime.database import Database, chunked
from services.silver.identity import key_numbers, number_range
from services.silver.matching import similarity_of
from services.silver.rules.duplicates import CANDIDATE_SCHEMA, Likely
from services.silver.tables import PRODUCTS

Rows: TypeAlias = dict[str, sa.Row[Any]]
"""Rows by product id."""

Numbers: TypeAlias = Collection[int]
Partners: TypeAlias = Callable[[Numbers | None], Iterable[Any]]
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
    shared: dict[str | None, int | None]
    """Barcodes that were looked at, with the `shared_gtin` of their products."""
    crowds: dict[str, int]
    """Barcodes of more than `CROWD` products, and of how many: they identify nothing, whatever the titles say."""


CROWD: Final = 1_000
"""Products of one identity beyond which they are not even compared."""
FEW_VALUES: Final = 10
"""Values of a key whose holders are read at once, to see only then whether they are a crowd."""


_TRAITS: Final = {"parentId": "parent_id"} | {
    name: name for name in CANDIDATE_SCHEMA if name in {"brand", "mpn", "price", "title", "color", "size", "material"}
}
_KEYS: Final = (PRODUCTS.c.gtin14, PRODUCTS.c.brand_mpn_key, PRODUCTS.c.brand_sku_key)
_NUMBERS: Final = (PRODUCTS.c.gtin_number, PRODUCTS.c.brand_mpn_number, PRODUCTS.c.brand_sku_number)
_CANDIDATE: Final = (PRODUCTS.c.product_id, PRODUCTS.c.sequence, *_KEYS, PRODUCTS.c.document)
_MARKS: Final = (PRODUCTS.c.duplicate_of, PRODUCTS.c.duplicate_evidence)
_LINKED: Final = (PRODUCTS.c.product_id, PRODUCTS.c.sequence, *_MARKS, PRODUCTS.c.shared_gtin, *_KEYS)
_MINE: Final = (
    PRODUCTS.c.catalog_id == sa.bindparam("of_catalog"),
    PRODUCTS.c.workspace_id == sa.bindparam("of_workspace"),
)
# Only what the last run could take is compared: the record of a product in error may be out of date.
_FRESH: Final = (PRODUCTS.c.error.is_(None), PRODUCTS.c.source_fingerprint != "")
_SOUND: Final = (*_MINE, *_FRESH)
# The same for look-ups by number. As a bare column the catalog would lure SQLite into the primary key, and through it
# into reading the whole catalog.
_BY_NUMBER: Final = (PRODUCTS.c.catalog_id.concat("") == sa.bindparam("of_catalog"), _MINE[1], *_FRESH)


def _among(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam("values", expanding=True))


def _sharing(number: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Sound products whose key another one seems to have; what is shared comes from the numbers' index alone."""
    of_catalog = number.between(sa.bindparam("low"), sa.bindparam("high"))
    shared = (
        sa.select(number).where(of_catalog).group_by(number).having(sa.func.count().between(2, sa.bindparam("crowd")))
    )
    return sa.select(*_CANDIDATE).where(*_BY_NUMBER, number.in_(shared))


_SHARING: Final = tuple(map(_sharing, _NUMBERS))
# Without IS NOT NULL: it would lure SQLite into the index of all duplicates instead of the primary key.
_OF_IDS: Final = sa.select(*_LINKED).where(*_MINE, _among(PRODUCTS.c.product_id))
_OF_HEADS: Final = sa.select(*_LINKED).where(*_MINE, _among(PRODUCTS.c.duplicate_of))
_OF_NUMBERS: Final = tuple(
    sa.select(*_LINKED).where(*_BY_NUMBER, _among(number)).limit(sa.bindparam("most", type_=sa.Integer))
    for number in _NUMBERS
)
_CANDIDATES: Final = sa.select(*_CANDIDATE).where(*_SOUND, _among(PRODUCTS.c.product_id))
_OF_SEQUENCES: Final = sa.select(*_LINKED).where(*_SOUND, _among(PRODUCTS.c.sequence))
_CANDIDATES_OF_SEQUENCES: Final = sa.select(*_CANDIDATE).where(*_SOUND, _among(PRODUCTS.c.sequence))
_COUNTS: Final = tuple(
    sa.select(number, sa.func.count())
    .where(_among(number))
    .group_by(number)
    .having(sa.func.count() > sa.bindparam("crowd"))
    for number in _NUMBERS
)
_CROWDED: Final = (
    sa.select(PRODUCTS.c.gtin_number)
    .where(PRODUCTS.c.gtin_number.between(sa.bindparam("low"), sa.bindparam("high")))
    .group_by(PRODUCTS.c.gtin_number)
    .having(sa.func.count() > sa.bindparam("crowd"))
)
_COUNT_OF_CROWDS: Final = (
    sa.select(PRODUCTS.c.gtin14, sa.func.count())
    .where(*_BY_NUMBER, PRODUCTS.c.gtin_number.in_(_CROWDED))
    .group_by(PRODUCTS.c.gtin14)
    .having(sa.func.count() > sa.bindparam("crowd"))
)
_ALL_MARKS: Final = sa.select(PRODUCTS.c.product_id, *_MARKS).where(*_MINE, PRODUCTS.c.duplicate_of.is_not(None))
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
        *_BY_NUMBER[:2],
        PRODUCTS.c.gtin_number == sa.bindparam("number"),
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
        self._catalog_id = catalog_id
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def everything(self, partners: Partners) -> Related:
        """Every sound product whose identity another one of the catalog shares, or that is likely another."""
        rows: Rows = {}
        low, high = number_range(self._catalog_id)
        which = self._mine | {"low": low, "high": high, "crowd": CROWD}
        pairs = list(partners(None))
        with self._database.read() as connection:
            for statement in _SHARING:  # one key at a time: the documents of products that share nothing stay unread
                rows |= {row.product_id: row for row in connection.execute(statement, which)}
            paired = {number for pair in pairs for number in pair[:2]} - {row.sequence for row in rows.values()}
            rows |= self._rows(connection, _CANDIDATES_OF_SEQUENCES, paired)
            present = self._all_marks(connection)
            shared = {row[0]: row[1] for row in connection.execute(_ALL_SHARED, self._mine)}
            crowds = {row[0]: row[1] for row in connection.execute(_COUNT_OF_CROWDS, which)}
        return Related(_candidates(rows.values()), _likely(rows, pairs), present, shared, crowds)

    def related(self, product_ids: Iterable[str], turned: Numbers, partners: Partners) -> Related:
        """What a change of these products may touch.

        `turned` are numbers of further products, whose likely partners have changed. Candidates are the sound products
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
                pairs |= {(min(pair[:2]), max(pair[:2])): pair for pair in partners(new)}
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
        shared = {row.gtin14: row.shared_gtin for row in keyed.values()}
        return Related(_candidates(sound.values()), _likely(sound, pairs.values()), present, shared, holders[0].crowds)

    def present(self, product_ids: Iterable[str] | None = None) -> dict[str, Mark]:
        """The present marks of these products; without any named, of all that have one."""
        with self._database.read() as connection:
            if product_ids is None:
                return self._all_marks(connection)
            found = self._rows(connection, _OF_IDS, product_ids)
            return {product_id: _mark(row) for product_id, row in found.items()}

    def mark(self, marks: Mapping[str, Mark], present: Mapping[str, Mark]) -> None:
        """Sets the marks of products, and clears them where only `present` has one."""
        nothing = Mark()
        changed = [
            self._mine | {"marked": product_id, "canonical": mark.duplicate_of, "evidence": mark.evidence}
            for product_id in present.keys() | marks.keys()
            if present.get(product_id, nothing) != (mark := marks.get(product_id, nothing))
        ]
        if changed:
            with self._database.write() as connection:
                connection.execute(_MARK, changed)

    def share(self, gtins: Mapping[str, int], present: Mapping[str | None, int | None]) -> None:
        """Notes with all their products the barcodes that identify nothing, and of how many products they are.

        What `present` tells of barcodes that are not among `gtins` is taken back.
        """
        wanted = {gtin: gtins.get(gtin) for gtin in present.keys() | gtins.keys() if gtin is not None}
        changed = [gtin for gtin, products in wanted.items() if present.get(gtin) != products]
        if not changed and present.get(None) is None:
            return
        numbers = key_numbers(self._catalog_id, changed)
        with self._database.write() as connection:
            for gtin, number in zip(changed, numbers, strict=True):
                connection.execute(_SHARE, self._mine | {"gtin": gtin, "number": number, "products": wanted[gtin]})
            if present.get(None) is not None:
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
        found: Rows = {}
        for key, held, *statements in zip(_KEYS, holders, _OF_NUMBERS, _COUNTS, strict=True):
            wanted = {row._mapping[key.name] for row in rows.values()} - held.ids.keys() - {None}
            if not wanted:
                continue
            held.ids.update((value, set()) for value in wanted)
            values = list(wanted)
            by_value: dict[str, Any] = dict(zip(values, key_numbers(self._catalog_id, values), strict=True))
            of_numbers, counts = statements
            numbers = set(by_value.values())
            few = len(numbers) <= FEW_VALUES
            holding = self._rows(connection, of_numbers, numbers, most=CROWD + 1) if few else {}
            if not few or len(holding) > CROWD:  # there may be a crowd: of those it is only counted how many they are
                crowded = {
                    number: products
                    for some in chunked(list(numbers))
                    for number, products in connection.execute(counts, {"values": some, "crowd": CROWD})
                }
                held.crowds |= {value: crowded[number] for value, number in by_value.items() if number in crowded}
                holding = self._rows(connection, of_numbers, numbers - crowded.keys())
            for product_id, row in holding.items():
                if row._mapping[key.name] in wanted:
                    held.ids[row._mapping[key.name]].add(product_id)
                    found[product_id] = row
        return found

    def _all_marks(self, connection: sa.Connection) -> dict[str, Mark]:
        return {row.product_id: _mark(row) for row in connection.execute(_ALL_MARKS, self._mine)}

    def _former_group(self, connection: sa.Connection, product_ids: Collection[str]) -> Rows:
        """The products, and those that were of one group with them when duplicates were last looked for.

        Of products that are gone, those that point at them still.
        """
        rows = self._rows(connection, _OF_IDS, product_ids)
        heads = set(product_ids) | {row.duplicate_of for row in rows.values() if row.duplicate_of is not None}
        rows = self._rows(connection, _OF_HEADS, heads) | rows
        return rows | self._rows(connection, _OF_IDS, heads - rows.keys())

    def _rows(
        self,
        connection: sa.Connection,
        statement: sa.Select[Any],
        values: Iterable[str] | Iterable[int],
        most: int = 2**31,
    ) -> Rows:
        rows: Rows = {}
        for some in chunked(sorted(values)):
            found = connection.execute(statement, self._mine | {"values": some, "most": most})
            rows |= {row.product_id: row for row in found}
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


def _candidates(rows: Collection[sa.Row[Any]]) -> pl.DataFrame:
    """What is compared, see `CANDIDATE_SCHEMA`: keys from their columns, traits from the documents."""
    if not rows:
        return pl.DataFrame(schema=CANDIDATE_SCHEMA)
    schema = {column.name: CANDIDATE_SCHEMA.get(column.name, pl.String) for column in _CANDIDATE}
    frame = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    traits = frame["document"].str.json_decode(pl.Struct(dict.fromkeys(_TRAITS, pl.String))).struct.unnest()
    return frame.with_columns_seq(traits.rename(_TRAITS).get_columns()).select_seq(CANDIDATE_SCHEMA.names())
