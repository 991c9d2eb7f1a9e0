"""The registry of scopes against the contracts: neither knows one that the other does not."""

import importlib
from pathlib import Path

from services.runtime.contracts import scopes_of
from services.workspace.scopes import KNOWN_SCOPES, NOT_BY_DEFAULT, known

PROTOS = Path(__file__).parents[2] / "protos"


def test_the_registry_holds_exactly_the_scopes_of_all_rpcs():
    names = [
        str(path.relative_to(PROTOS).with_suffix("")).replace("/", ".") for path in PROTOS.rglob("*_service.proto")
    ]
    files = [importlib.import_module(f"{name}_pb2").DESCRIPTOR for name in names]
    assert set(scopes_of(files).values()) - {"internal"} == KNOWN_SCOPES


def test_what_is_not_given_by_default_exists():
    assert NOT_BY_DEFAULT < KNOWN_SCOPES


def test_unknown_scopes_mean_nothing():
    assert known(["internal", "jobs:read", "x"]) == {"jobs:read"}
