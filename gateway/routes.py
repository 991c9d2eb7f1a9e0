"""Which handler a request belongs to: path templates of google.api.http, matched on the undecoded path.

`{field}` is one segment (an encoded slash stays inside it), `{field=**}` everything up to the end of the path, so that
product ids may hold slashes and whole URLs. Where several templates match, the one with the
longest literal text goes first.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from gateway.errors import ApiError, validation_error
from gateway.jsonio import Violation

Handler = Callable[[Any], Awaitable[Any]]
WorkspaceOf = Callable[[Any, frozenset[str]], str]
"""Finds the workspace of a request, given those of its token."""

ANY_TOKEN = ""
"""The scope of a route that needs a token, whatever it may do."""
VARIABLE = re.compile(r"\{([a-z_]+)(=\*\*)?\}")


def of_path(request: Any, _workspace_ids: frozenset[str]) -> str:
    """The workspace that the path names."""
    return str(request.parameters.get("workspace_id", ""))


@dataclass(frozen=True)
class Route:
    """One verb on one path. `scope`: what a caller's token must carry, or `ANY_TOKEN`; None: no token is needed."""

    verb: str
    template: str
    handler: Handler
    scope: str | None
    workspace_of: WorkspaceOf = of_path


@dataclass(frozen=True)
class Match:
    """What a request's path and verb lead to. `verb` is GET for HEAD requests."""

    route: Route
    parameters: dict[str, str]


class Router:
    """All routes."""

    def __init__(self, routes: Sequence[Route]) -> None:
        ordered = sorted(routes, key=lambda route: -len(VARIABLE.sub("", route.template)))
        self._routes = [(_pattern(route.template), route) for route in ordered]

    def match(self, verb: str, raw_path: str) -> Match:
        """The route. 404 NOT_FOUND for an unknown path, 405 METHOD_NOT_ALLOWED with `Allow` for a known one."""
        wanted = "GET" if verb == "HEAD" else verb
        allowed: set[str] = set()
        for pattern, route in self._routes:
            found = pattern.fullmatch(raw_path)
            if found is None:
                continue
            if route.verb == wanted:
                return Match(route, _decoded(found.groupdict()))
            allowed.add(route.verb)
        if not allowed:
            raise ApiError(404, "NOT_FOUND", "There is nothing at this address.")
        raise ApiError(405, "METHOD_NOT_ALLOWED", f"{verb} is not possible here.", headers={"allow": allow_of(allowed)})

    def allowed(self, raw_path: str) -> set[str]:
        """Verbs a path knows; empty for an unknown path."""
        return {route.verb for pattern, route in self._routes if pattern.fullmatch(raw_path)}


def allow_of(verbs: set[str]) -> str:
    """The value of the header `Allow`."""
    more = {"HEAD"} if "GET" in verbs else set()
    return ", ".join(sorted({*verbs, *more, "OPTIONS"}))


def _pattern(template: str) -> re.Pattern[str]:
    text, last = "", 0
    for variable in VARIABLE.finditer(template):
        text += re.escape(template[last : variable.start()])
        text += f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})"
        last = variable.end()
    return re.compile(text + re.escape(template[last:]))


def _decoded(parameters: dict[str, str]) -> dict[str, str]:
    try:
        return {name: unquote(text, errors="strict") for name, text in parameters.items()}
    except UnicodeDecodeError:
        raise validation_error([Violation("", "The path is not UTF-8.")]) from None
