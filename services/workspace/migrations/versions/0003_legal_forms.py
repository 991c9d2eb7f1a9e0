"""Names of brands are compared blind to legal forms too: the keys are made anew.

Where the new key means another brand already ("Acme" beside "Acme Inc."), a name keeps its former one: both brands
stay, and people decide which to remove. Former keys are as good as new ones to the code before, so the way back leaves
them.
"""

import orjson
import sqlalchemy as sa
from alembic import op

from services.workspace.names import matching_key

revision = "0003"
down_revision = "0002"

BRANDS = sa.table(
    "brands", *(sa.column(name) for name in ("id", "workspace_id", "name", "name_key", "aliases", "created_at"))
)
NAMES = sa.table("brand_names", *(sa.column(name) for name in ("workspace_id", "key", "brand_id")))


def upgrade() -> None:
    connection = op.get_bind()
    workspaces = connection.execute(sa.select(BRANDS.c.workspace_id).distinct()).scalars().all()
    for workspace_id in workspaces:
        _rekey(connection, workspace_id)


def downgrade() -> None:
    pass


def _rekey(connection: sa.Connection, workspace_id: str) -> None:
    held = sa.select(NAMES.c.key, NAMES.c.brand_id).where(NAMES.c.workspace_id == workspace_id)
    owner = {row.key: row.brand_id for row in connection.execute(held)}
    former: dict[str, set[str]] = {}
    for key, brand_id in owner.items():
        former.setdefault(brand_id, set()).add(key)
    brands = sa.select(BRANDS).where(BRANDS.c.workspace_id == workspace_id).order_by(BRANDS.c.created_at, BRANDS.c.id)
    fresh, stale, renamed = [], [], []
    for brand in connection.execute(brands).all():
        wanted = list(dict.fromkeys(map(matching_key, (brand.name, *orjson.loads(brand.aliases)))))
        for key in wanted:
            owner.setdefault(key, brand.id)
        held_before = former.get(brand.id, set())
        mine = [key for key in wanted if owner[key] == brand.id]
        fresh += [
            {"workspace_id": workspace_id, "key": key, "brand_id": brand.id} for key in mine if key not in held_before
        ]
        if len(mine) == len(wanted):
            stale += [{"of_key": key} for key in held_before - set(wanted)]
        if owner[wanted[0]] == brand.id and wanted[0] != brand.name_key:
            renamed.append({"of_brand": brand.id, "to_key": wanted[0]})
    if renamed:
        rename = sa.update(BRANDS).where(BRANDS.c.id == sa.bindparam("of_brand"))
        connection.execute(rename.values(name_key=sa.bindparam("to_key")), renamed)
    if stale:
        of_workspace = (NAMES.c.workspace_id == workspace_id, NAMES.c.key == sa.bindparam("of_key"))
        connection.execute(sa.delete(NAMES).where(*of_workspace), stale)
    if fresh:
        connection.execute(sa.insert(NAMES), fresh)
