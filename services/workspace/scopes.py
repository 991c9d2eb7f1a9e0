"""The registry of scopes: every permission a token can carry. A test holds it against the options of all RPCs."""

from __future__ import annotations

from collections.abc import Iterable

# What each scope opens is said by the `required_scope` of the methods in the contracts. "internal" is no scope that
# a token carries: it is what the services show each other.
KNOWN_SCOPES: frozenset[str] = frozenset(
    {
        "brands:read",
        "brands:write",
        "catalogs:read",
        "catalogs:write",
        "categories:read",
        "categories:write",
        "feed:read",
        "jobs:read",
        "jobs:write",
        "keys:read",
        "keys:write",
        "products:read",
        "products:write",
        "settings:read",
        "settings:write",
        "workspace:read",
    }
)

# Never given along unless named: a key that can make keys is a choice.
NOT_BY_DEFAULT = frozenset({"keys:write"})


def known(scopes: Iterable[str]) -> frozenset[str]:
    """Those of the scopes that mean something here."""
    return KNOWN_SCOPES.intersection(scopes)
