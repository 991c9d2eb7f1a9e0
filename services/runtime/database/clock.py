"""The database's own clock: the one that all processes share, whatever those of their machines say."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Now(FunctionElement[float]):
    """Seconds since 1970, with fractions; the moment of the statement, not of the transaction's beginning."""

    type = sa.Float()
    inherit_cache = True


@compiles(Now, "sqlite")
def _now_of_sqlite(_element: Now, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Now)
def _now(_element: Now, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM statement_timestamp()) AS double precision)"
