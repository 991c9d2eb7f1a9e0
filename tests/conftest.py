"""For all tests."""

import os

import pytest
from hypothesis import settings

from tests.support import postgres
from tests.support.databases import KINDS, Files, Server, opened

# An example that a busy machine takes long over is no failure; every test has a time limit of its own.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """The workers of `--dist loadfile`: see `tests.support.scheduling`."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.support.scheduling import StacksApart

    return StacksApart(config, log)


def pytest_collection_modifyitems(config, items):
    """Tests that say why they are about SQLite alone run with no other database."""
    kept, left_out = [], []
    for item in items:
        mark = item.get_closest_marker("sqlite_only")
        if mark is not None and not (mark.args and isinstance(mark.args[0], str)):
            raise pytest.UsageError(f"{item.nodeid}: sqlite_only needs a reason")
        params = getattr(getattr(item, "callspec", None), "params", {})
        elsewhere = mark is not None and params.get("database_kind", "sqlite") != "sqlite"
        (left_out if elsewhere else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL, see `tests.support.postgres`; it is there, or the test fails."""
    if url := os.environ.get(postgres.FOR_TESTS):
        yield Server(url)
        return
    with postgres.serving() as running:
        yield Server(running.url)


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory):
    """A folder for the files of SQLite."""
    return Files(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="module", params=KINDS)
def database_kind(request):
    return request.param


@pytest.fixture(scope="module")
def databases(database_kind, request):
    """Makes databases of the kind: `url()` of an empty one, `migrated(folder)` of one with a service's tables."""
    if database_kind == "sqlite":
        yield request.getfixturevalue("sqlite_files")
        return
    with request.getfixturevalue("postgres_server").cleared() as server:
        yield server


@pytest.fixture
def new_database(databases):
    """Opens a new database with the tables of a service, given the folder of its migrations."""
    made = []

    def make(migrations):
        made.append(opened(databases.migrated(migrations), migrations))
        return made[-1]

    yield make
    for database in made:
        database.dispose()
