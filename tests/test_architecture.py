"""What the house promises about itself: sizes, words, errors, dependencies."""

import ast
import functools
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("services", "gateway", "cli")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOMAIN_WORDS = re.compile(r"\b(products?|catalogs?|brands?|gtin|sku|scores?|rubric)\b", re.IGNORECASE)


def test_no_module_is_longer_than_a_redesign():
    assert [path for path in SOURCES if len(path.read_text().splitlines()) > 600] == []


def test_the_runtime_knows_no_domain_word():
    """But for the wire name `catalog_id` of a job's target, which is one word."""
    found = {
        f"{path.name}: {match.group()}"
        for path in (ROOT / "services/runtime").rglob("*.py")
        for match in DOMAIN_WORDS.finditer(path.read_text())
    }
    assert found == set()


def test_nothing_is_left_to_do_in_the_sources():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [path for path in SOURCES if marks.search(path.read_text())] == []


def error_classes():
    errors = importlib.import_module("services.runtime.errors")
    services = importlib.import_module("services")
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found, queue = [], [errors.DomainError]
    while queue:
        for child in queue.pop().__subclasses__():
            queue.append(child)
            if child.__module__.startswith("services.") and "reason" in vars(child):
                found.append(child)
    return sorted(found, key=lambda cls: (cls.__module__, cls.__name__))


def documented():
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))


def reasons_of_the_gateway():
    """The second argument of every ApiError, and of every row of the tables of (status, reason, text)."""
    found = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            row = node.args if isinstance(node, ast.Call) and ast.unparse(node.func) == "ApiError" else ()
            row = node.elts if isinstance(node, ast.Tuple) and len(node.elts) == 3 else row
            if len(row) > 1 and isinstance(row[1], ast.Constant) and re.fullmatch(r"[A-Z_]{5,}", str(row[1].value)):
                found.add(row[1].value)
    return found


def registry():
    """The numbers of the batch Items API by category."""
    codes = importlib.import_module("assay.ingest.v1.items_error_pb2").ItemsErrorCode.items()
    return {name.removeprefix("ITEMS_ERROR_CODE_"): number for name, number in codes if number}


def test_every_error_reason_is_documented_and_every_documented_one_exists():
    gateway = reasons_of_the_gateway()
    rows = set(importlib.import_module("services.ingest.parsing.problems").ROW_REASONS)
    of_items = {category for category, number in registry().items() if number < 600}
    reasons = {cls.reason for cls in error_classes()} | gateway | rows | of_items
    assert documented() == reasons


def test_every_number_of_the_items_api_is_documented():
    text = (ROOT / "docs/errors.md").read_text()
    told = {(name, int(number)) for name, number in re.findall(r"`([A-Z_]+)` \|? ?(\d+)", text)}
    told |= {(name, int(number)) for number, name in re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", text, re.MULTILINE)}
    assert set(registry().items()) <= told


def test_reasons_are_well_formed():
    assert [cls for cls in error_classes() if not re.fullmatch(r"[A-Z][A-Z0-9_]{2,62}", cls.reason)] == []


@functools.cache
def bodies():
    """The sources without the heads of their classes."""
    return {path: re.sub(r"^class .*$", "", path.read_text(), flags=re.MULTILINE) for path in SOURCES}


@pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
def test_every_error_is_raised_somewhere(cls):
    """By name, or as a base of one that is."""
    names = {cls.__name__, *(child.__name__ for child in cls.__subclasses__())}
    used = re.compile(rf"\b({'|'.join(names)})(\.of)?\(")
    places = [path for path, text in bodies().items() if used.search(text)]
    assert places


def test_every_dependency_is_documented_and_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    text = (ROOT / "docs/dependencies.md").read_text()
    pinned = {
        line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    assert [name for name in wanted if name not in text] == []
    assert [name for name in wanted if name.split("[")[0] not in pinned] == []


def test_the_constraints_hold_versions_and_no_addresses():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def every_rpc():
    import google.protobuf.descriptor_pool as pools

    for path in sorted((ROOT / "gen/assay").rglob("*_service_pb2.py")):
        importlib.import_module(".".join(path.relative_to(ROOT / "gen").with_suffix("").parts))
    names = [str(path.relative_to(ROOT / "protos")) for path in sorted((ROOT / "protos").rglob("*_service.proto"))]
    files = [pools.Default().FindFileByName(name) for name in names]
    return [method for file in files for service in file.services_by_name.values() for method in service.methods]


@pytest.mark.parametrize("rpc", every_rpc(), ids=lambda rpc: rpc.full_name)
def test_every_rpc_has_a_test_of_its_service(rpc):
    """Called by a test of the service that offers it, through a stub of a real server."""
    area = rpc.containing_service.file.package.split(".")[1]
    called = re.compile(rf"(\.{rpc.name}\b|\"{rpc.name}\")")
    tests = [path for path in (ROOT / "tests" / area).rglob("*.py") if called.search(path.read_text())]
    assert tests
