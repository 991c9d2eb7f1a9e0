"""The brand registry: brands, and the names by which they are known."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson
import sqlalchemy as sa

from services.runtime.database import Database, chunked, hold, settle
from services.runtime.errors import ValidationError
from services.workspace.clock import Clock
from services.workspace.errors import BrandExists, BrandNotFound
from services.workspace.names import matching_key, slug_of
from services.workspace.stores.workspaces import require_workspace
from services.workspace.tables import BRAND_NAMES, BRANDS, WORKSPACES

READ_ROWS = 1000
ALIASES_LIMIT = 100

Fared: TypeAlias = Literal["created", "known", "alias taken"]


@dataclass(frozen=True)
class NewBrand:
    """What a brand shall be. An empty slug is made from the name."""

    workspace_id: str
    name: str
    slug: str = ""
    aliases: tuple[str, ...] = ()
    logo_url: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class BrandChanges:
    """What shall change of a brand; None and empty: nothing."""

    add_aliases: tuple[str, ...] = ()
    remove_aliases: tuple[str, ...] = ()
    logo_url: str | None = None
    description: str | None = None


class BrandStore:
    """Registers, reads, changes and removes brands."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, brand: NewBrand) -> sa.Row[Any]:
        """The new brand. BrandExists when its name, an alias or its slug is taken; WorkspaceNotFound."""
        keys = dict.fromkeys(matching_key(name) for name in (brand.name, *brand.aliases))

        def work(connection: sa.Connection) -> sa.Row[Any]:
            _hold(connection, brand.workspace_id)
            require_workspace(connection, brand.workspace_id)
            taken = _known(connection, brand.workspace_id, list(keys))
            if taken:
                raise BrandExists(
                    "A brand with this name or alias exists already.", metadata={"brand_id": next(iter(taken.values()))}
                )
            _refuse_slug(connection, brand)
            slug = brand.slug or _free_slugs(connection, brand.workspace_id, [slug_of(brand.name)])[0]
            row = self._row(brand, slug)
            connection.execute(sa.insert(BRANDS).values(row))
            connection.execute(
                sa.insert(BRAND_NAMES),
                [{"workspace_id": brand.workspace_id, "key": key, "brand_id": row["id"]} for key in keys],
            )
            _note_change(connection, brand.workspace_id)
            return _get(connection, brand.workspace_id, row["id"])

        return settle(self._database, work)

    def register(self, workspace_id: str, names: Sequence[str]) -> list[sa.Row[Any]]:
        """The brand of each name, in order; unknown names become brands, under their first spelling. Idempotent, also
        when several callers register the same names at once. WorkspaceNotFound.
        """
        spellings: dict[str, str] = {}
        keys = [matching_key(name) for name in names]
        for key, name in zip(keys, names, strict=True):
            spellings.setdefault(key, name)

        with self._database.read() as connection:  # mostly all are known, and nobody has to wait
            require_workspace(connection, workspace_id)
            known = _known(connection, workspace_id, list(spellings))
            if len(known) == len(spellings):
                brands = _by_id(connection, set(known.values()))
                return [brands[known[key]] for key in keys]

        def work(connection: sa.Connection) -> list[sa.Row[Any]]:
            _hold(connection, workspace_id)
            require_workspace(connection, workspace_id)
            known = _known(connection, workspace_id, list(spellings))
            fresh = [key for key in spellings if key not in known]
            slugs = _free_slugs(connection, workspace_id, [slug_of(spellings[key]) for key in fresh])
            rows = [
                self._row(NewBrand(workspace_id, spellings[key]), slug) for key, slug in zip(fresh, slugs, strict=True)
            ]
            known.update({row["name_key"]: row["id"] for row in rows})
            if rows:
                connection.execute(sa.insert(BRANDS), rows)
                connection.execute(
                    sa.insert(BRAND_NAMES),
                    [{"workspace_id": workspace_id, "key": key, "brand_id": known[key]} for key in fresh],
                )
                _note_change(connection, workspace_id)
            brands = _by_id(connection, set(known.values()))
            return [brands[known[key]] for key in keys]

        return settle(self._database, work)

    def add(self, workspace_id: str, brands: Sequence[NewBrand]) -> list[Fared]:
        """Registers what is not known by its name yet; tells in order how each fared. WorkspaceNotFound."""
        keys = [list(dict.fromkeys(map(matching_key, (brand.name, *brand.aliases)))) for brand in brands]

        def work(connection: sa.Connection) -> list[Fared]:
            _hold(connection, workspace_id)
            require_workspace(connection, workspace_id)
            every = dict.fromkeys(key for of_one in keys for key in of_one)
            owner = _known(connection, workspace_id, list(every))
            fared, fresh, names = list[Fared](), list[dict[str, Any]](), list[dict[str, Any]]()
            for brand, of_one in zip(brands, keys, strict=True):
                if of_one[0] in owner:
                    fared.append("known")
                elif any(key in owner for key in of_one):
                    fared.append("alias taken")
                else:
                    row = self._row(brand, "")
                    owner.update(dict.fromkeys(of_one, row["id"]))
                    fresh.append(row)
                    names += [{"workspace_id": workspace_id, "key": key, "brand_id": row["id"]} for key in of_one]
                    fared.append("created")
            slugs = _free_slugs(connection, workspace_id, [slug_of(row["name"]) for row in fresh])
            if fresh:
                rows = [row | {"slug": slug} for row, slug in zip(fresh, slugs, strict=True)]
                connection.execute(sa.insert(BRANDS), rows)
                connection.execute(sa.insert(BRAND_NAMES), names)
                _note_change(connection, workspace_id)
            return fared

        return settle(self._database, work)

    def change(self, workspace_id: str, brand_id: str, changes: BrandChanges) -> sa.Row[Any]:
        """The changed brand. BrandNotFound; BrandExists when an alias means another one; ValidationError
        above 100 aliases."""

        def work(connection: sa.Connection) -> sa.Row[Any]:
            _hold(connection, workspace_id)
            brand = _get(connection, workspace_id, brand_id)
            before: list[str] = orjson.loads(brand.aliases)
            kept = [alias for alias in before if alias not in changes.remove_aliases]
            aliases = list(dict.fromkeys((*kept, *changes.add_aliases)))
            if len(aliases) > ALIASES_LIMIT:
                raise ValidationError.of("addAliases", f"A brand has at most {ALIASES_LIMIT} aliases.")
            keys = dict.fromkeys(map(matching_key, aliases))
            owner = _known(connection, workspace_id, list(keys))
            others = [holder for holder in owner.values() if holder != brand_id]
            if others:
                raise BrandExists("An alias means another brand already.", metadata={"brand_id": others[0]})
            texts = {"logo_url": changes.logo_url, "description": changes.description}
            values: dict[str, Any] = {"aliases": orjson.dumps(aliases).decode(), "updated_at": self._clock()}
            values |= {name: text for name, text in texts.items() if text is not None}
            connection.execute(sa.update(BRANDS).where(BRANDS.c.id == brand_id).values(values))
            if aliases != before:
                lost = set(map(matching_key, before)) - set(keys) - {brand.name_key, matching_key(brand.name)}
                mine = BRAND_NAMES.c.brand_id == brand_id
                connection.execute(sa.delete(BRAND_NAMES).where(mine, BRAND_NAMES.c.key.in_(sorted(lost))))
                new = [
                    {"workspace_id": workspace_id, "key": key, "brand_id": brand_id} for key in keys if key not in owner
                ]
                if new:
                    connection.execute(sa.insert(BRAND_NAMES), new)
                _note_change(connection, workspace_id)
            return _get(connection, workspace_id, brand_id)

        return settle(self._database, work)

    def get(self, workspace_id: str, brand_id: str) -> sa.Row[Any]:
        """The brand. BrandNotFound."""
        with self._database.read() as connection:
            return _get(connection, workspace_id, brand_id)

    def page(self, workspace_id: str, after: tuple[int | str, ...] | None, limit: int) -> list[sa.Row[Any]]:
        """At most `limit` brands by name, after (name_key,). WorkspaceNotFound."""
        query = sa.select(BRANDS).where(BRANDS.c.workspace_id == workspace_id)
        if after is not None:
            query = query.where(BRANDS.c.name_key > after[0])
        with self._database.read() as connection:
            require_workspace(connection, workspace_id)
            return list(connection.execute(query.order_by(BRANDS.c.name_key).limit(limit)))

    def version(self, workspace_id: str) -> str:
        """Changes whenever a brand or an alias is added or removed. WorkspaceNotFound."""
        with self._database.read() as connection:
            return str(require_workspace(connection, workspace_id).brands_version)

    def chunks(self, workspace_id: str) -> Iterator[list[sa.Row[Any]]]:
        """All brands by name, in lists of at most 1,000. No transaction is open between them: a slow reader holds
        nothing up. WorkspaceNotFound.
        """
        after: tuple[int | str, ...] | None = None
        while rows := self.page(workspace_id, after, READ_ROWS):
            yield rows
            after = (rows[-1].name_key,)

    def delete(self, workspace_id: str, brand_id: str) -> None:
        """The brand and its names are gone. BrandNotFound."""
        with self._database.write() as connection:
            _hold(connection, workspace_id)
            _get(connection, workspace_id, brand_id)
            connection.execute(sa.delete(BRAND_NAMES).where(BRAND_NAMES.c.brand_id == brand_id))
            connection.execute(sa.delete(BRANDS).where(BRANDS.c.id == brand_id))
            _note_change(connection, workspace_id)

    def _row(self, brand: NewBrand, slug: str) -> dict[str, Any]:
        now = self._clock()
        return {
            "id": f"brand_{secrets.token_hex(8)}",
            "workspace_id": brand.workspace_id,
            "name": brand.name,
            "name_key": matching_key(brand.name),
            "slug": slug,
            "aliases": orjson.dumps(brand.aliases).decode(),
            "logo_url": brand.logo_url,
            "description": brand.description,
            "created_at": now,
            "updated_at": now,
        }


def _hold(connection: sa.Connection, workspace_id: str) -> None:
    """Who changes the registry of a workspace does so alone: names, aliases and slugs are looked for before."""
    hold(connection, f"brands {workspace_id}")


def _note_change(connection: sa.Connection, workspace_id: str) -> None:
    connection.execute(
        sa.update(WORKSPACES)
        .where(WORKSPACES.c.id == workspace_id)
        .values(brands_version=WORKSPACES.c.brands_version + 1)
    )


def _get(connection: sa.Connection, workspace_id: str, brand_id: str) -> sa.Row[Any]:
    query = sa.select(BRANDS).where(BRANDS.c.workspace_id == workspace_id, BRANDS.c.id == brand_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise BrandNotFound("Brand not found.", metadata={"brand_id": brand_id})
    return row


def _by_id(connection: sa.Connection, ids: set[str]) -> Mapping[str, sa.Row[Any]]:
    rows: dict[str, sa.Row[Any]] = {}
    for chunk in chunked(sorted(ids)):
        rows.update({row.id: row for row in connection.execute(sa.select(BRANDS).where(BRANDS.c.id.in_(chunk)))})
    return rows


def _known(connection: sa.Connection, workspace_id: str, keys: Sequence[str]) -> dict[str, str]:
    """Brand id by key, of those keys that are taken."""
    known: dict[str, str] = {}
    for chunk in chunked(keys):
        query = sa.select(BRAND_NAMES.c.key, BRAND_NAMES.c.brand_id).where(
            BRAND_NAMES.c.workspace_id == workspace_id, BRAND_NAMES.c.key.in_(chunk)
        )
        known.update((row.key, row.brand_id) for row in connection.execute(query))
    return known


def _refuse_slug(connection: sa.Connection, brand: NewBrand) -> None:
    query = sa.select(BRANDS.c.id).where(BRANDS.c.workspace_id == brand.workspace_id, BRANDS.c.slug == brand.slug)
    brand_id = connection.execute(query).scalar_one_or_none()
    if brand_id is not None:
        raise BrandExists("A brand with this slug exists already.", metadata={"brand_id": brand_id})


def _free_slugs(connection: sa.Connection, workspace_id: str, wanted: Sequence[str]) -> list[str]:
    """A free slug for each wanted one: itself, or with the lowest number from 2 that is free."""
    in_workspace = sa.select(BRANDS.c.slug).where(BRANDS.c.workspace_id == workspace_id)
    taken: set[str] = set()
    for chunk in chunked(sorted(set(wanted))):
        taken.update(connection.execute(in_workspace.where(BRANDS.c.slug.in_(chunk))).scalars())
    numbers: dict[str, int] = {}
    slugs: list[str] = []
    for base in wanted:
        slug = base
        if slug in taken:
            if base not in numbers:
                numbers[base] = 2
                # A slug holds no wildcard of LIKE.
                taken.update(connection.execute(in_workspace.where(BRANDS.c.slug.like(f"{base}-%"))).scalars())
            while (slug := f"{base}-{numbers[base]}") in taken:
                numbers[base] += 1
        taken.add(slug)
        slugs.append(slug)
    return slugs
