"""What the duplicates phase reads and writes: who shares an identity with whom, and which product repeats which.

Statements are made once: a run over three products would spend more time on making them than on running them.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypeAlias

import polars as pl
import sqlalchemy as sa

from services.runtime.database import Database, chunked
from services.silver.identity import key_numbers, number_range
from services.silver.rules.duplicates import CANDIDATE_SCHEMA
from services.silver.tables import PRODUCTS

Rows: TypeAlias = dict[str, sa.Row[Any]]
"""Rows by product id."""

_TRAITS: Final = {"parentId": "parent_id", "title": "title", "color": "color", "size": "size", "material": "material"}
_KEYS: Final = (PRODUCTS.c.gtin14, PRODUCTS.c.brand_mpn_key)
_NUMBERS: Final = (PRODUCTS.c.gtin_number, PRODUCTS.c.brand_mpn_number)
_CANDIDATE: Final = (PRODUCTS.c.product_id, PRODUCTS.c.sequence, *_KEYS, PRODUCTS.c.document)
_LINKED: Final = (PRODUCTS.c.product_id, PRODUCTS.c.duplicate_of, *_KEYS)
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
    shared = sa.select(number).where(of_catalog).group_by(number).having(sa.func.count() > 1)
    return sa.select(*_CANDIDATE).where(*_BY_NUMBER, number.in_(shared))


_SHARING: Final = tuple(map(_sharing, _NUMBERS))
# Without IS NOT NULL: it would lure SQLite into the index of all duplicates instead of the primary key.
_OF_IDS: Final = sa.select(*_LINKED).where(*_MINE, _among(PRODUCTS.c.product_id))
_OF_HEADS: Final = sa.select(*_LINKED).where(*_MINE, _among(PRODUCTS.c.duplicate_of))
_OF_NUMBERS: Final = tuple(sa.select(*_LINKED).where(*_BY_NUMBER, _among(number)) for number in _NUMBERS)
_CANDIDATES: Final = sa.select(*_CANDIDATE).where(*_SOUND, _among(PRODUCTS.c.product_id))
_ALL_LINKS: Final = sa.select(PRODUCTS.c.product_id, PRODUCTS.c.duplicate_of).where(
    *_MINE, PRODUCTS.c.duplicate_of.is_not(None)
)
_MARK: Final = (
    sa.update(PRODUCTS)
    .where(*_MINE, PRODUCTS.c.product_id == sa.bindparam("marked"))
    .values(duplicate_of=sa.bindparam("canonical"))
)


class Links:
    """The links of one catalog. Every method is one transaction; rows of another workspace are never seen."""

    def __init__(self, database: Database, workspace_id: str, catalog_id: str) -> None:
        self._database = database
        self._catalog_id = catalog_id
        self._mine: dict[str, Any] = {"of_workspace": workspace_id, "of_catalog": catalog_id}

    def shared_keys(self) -> pl.DataFrame:
        """Every sound product whose identity another one of the catalog shares: see `CANDIDATE_SCHEMA`."""
        rows: Rows = {}
        low, high = number_range(self._catalog_id)
        which = self._mine | {"low": low, "high": high}
        with self._database.read() as connection:
            for statement in _SHARING:  # one key at a time: the documents of products that share nothing stay unread
                rows |= {row.product_id: row for row in connection.execute(statement, which)}
        return _candidates(rows.values())

    def related(self, product_ids: Iterable[str]) -> tuple[pl.DataFrame, dict[str, str | None]]:
        """What a change of these products may touch.

        Returns the sound products that share an identity with them, directly or through others (see
        `CANDIDATE_SCHEMA`), and the present `duplicate_of` of every product where it may change: those, the products
        themselves, and those that were of one group with them before.
        """
        with self._database.read() as connection:
            keyed = self._former_group(connection, product_ids)
            holders: tuple[dict[str, set[str]], ...] = tuple({} for _ in _KEYS)
            fresh = keyed
            while fresh:
                found: Rows = {}
                for key, held, statement in zip(_KEYS, holders, _OF_NUMBERS, strict=True):
                    wanted = {row._mapping[key.name] for row in fresh.values()} - held.keys() - {None}
                    held.update((value, set()) for value in wanted)
                    numbers = {number for number in key_numbers(self._catalog_id, wanted) if number is not None}
                    for product_id, row in self._rows(connection, statement, numbers).items():
                        if row._mapping[key.name] in wanted:
                            held[row._mapping[key.name]].add(product_id)
                            found[product_id] = row
                fresh = {product_id: row for product_id, row in found.items() if product_id not in keyed}
                keyed |= fresh
            sharing = {one for held in holders for ids in held.values() if len(ids) > 1 for one in ids}
            sound = self._rows(connection, _CANDIDATES, sharing)
        return _candidates(sound.values()), {product_id: row.duplicate_of for product_id, row in keyed.items()}

    def present(self, product_ids: Iterable[str] | None = None) -> dict[str, str | None]:
        """The present `duplicate_of` of these products; without any named, of all that have one."""
        with self._database.read() as connection:
            if product_ids is None:
                return {row.product_id: row.duplicate_of for row in connection.execute(_ALL_LINKS, self._mine)}
            found = self._rows(connection, _OF_IDS, product_ids)
            return {product_id: row.duplicate_of for product_id, row in found.items()}

    def mark(self, duplicates: Mapping[str, str], present: Mapping[str, str | None]) -> None:
        """Sets `duplicate_of` of `duplicates`, and clears it where only `present` has one."""
        changed = [
            self._mine | {"marked": product_id, "canonical": duplicates.get(product_id)}
            for product_id in present.keys() | duplicates.keys()
            if present.get(product_id) != duplicates.get(product_id)
        ]
        if changed:
            with self._database.write() as connection:
                connection.execute(_MARK, changed)

    def _former_group(self, connection: sa.Connection, product_ids: Iterable[str]) -> Rows:
        """The products, and those that were of one group with them when duplicates were last looked for."""
        rows = self._rows(connection, _OF_IDS, product_ids)
        heads = rows.keys() | {row.duplicate_of for row in rows.values() if row.duplicate_of is not None}
        rows = self._rows(connection, _OF_HEADS, heads) | rows
        return rows | self._rows(connection, _OF_IDS, heads - rows.keys())

    def _rows(
        self, connection: sa.Connection, statement: sa.Select[Any], values: Iterable[str] | Iterable[int]
    ) -> Rows:
        rows: Rows = {}
        for some in chunked(sorted(values)):
            found = connection.execute(statement, self._mine | {"values": some})
            rows |= {row.product_id: row for row in found}
        return rows


def _candidates(rows: Collection[sa.Row[Any]]) -> pl.DataFrame:
    """What is compared, see `CANDIDATE_SCHEMA`: keys from their columns, traits from the documents."""
    if not rows:
        return pl.DataFrame(schema=CANDIDATE_SCHEMA)
    schema = {column.name: CANDIDATE_SCHEMA.get(column.name, pl.String) for column in _CANDIDATE}
    frame = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    traits = frame["document"].str.json_decode(pl.Struct(dict.fromkeys(_TRAITS, pl.String))).struct.unnest()
    return frame.with_columns_seq(traits.rename(_TRAITS).get_columns()).select_seq(CANDIDATE_SCHEMA.names())
