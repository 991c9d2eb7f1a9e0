"""What the first start makes, and only the first."""

import stat

import pytest
import sqlalchemy as sa

from services.workspace.app import MIGRATIONS
from services.workspace.clock import now_micros
from services.workspace.demo import DEMO_KEY_FILE, make_demo
from services.workspace.scopes import KNOWN_SCOPES
from services.workspace.stores.api_keys import ApiKeyStore, NewKey
from services.workspace.stores.workspaces import WorkspaceStore
from services.workspace.tables import API_KEYS


@pytest.fixture
def database(new_database):
    return new_database(MIGRATIONS)


def count(database, table):
    with database.read() as connection:
        return connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_the_first_start_prints_a_key_that_works_and_keeps_it_for_the_command_line(database, tmp_path, capsys):
    make_demo(database, tmp_path / "home", now_micros)
    line = capsys.readouterr().out
    secret = line.removeprefix("assay demo key: ").rstrip("\n")
    assert line == f"assay demo key: {secret}\n"
    file = tmp_path / "home" / DEMO_KEY_FILE
    assert file.read_text().strip() == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    row = ApiKeyStore(database, now_micros).accept(secret)
    assert (row.workspace_id, row.name, row.tier) == ("ws_demo", "demo", 4)
    assert set(row.permissions.split()) == KNOWN_SCOPES


def test_a_second_start_makes_and_prints_nothing(database, tmp_path, capsys):
    make_demo(database, tmp_path, now_micros)
    before = (tmp_path / DEMO_KEY_FILE).read_text()
    capsys.readouterr()
    make_demo(database, tmp_path, now_micros)
    assert capsys.readouterr().out == ""
    assert (tmp_path / DEMO_KEY_FILE).read_text() == before
    assert (count(database, "workspaces"), count(database, "api_keys")) == (1, 1)


def scopes_by_name(database):
    with database.read() as connection:
        return {row.name: set(row.permissions.split()) for row in connection.execute(sa.select(API_KEYS))}


def test_the_demos_key_gets_the_scopes_that_have_come_since_and_no_other_key_does(database, tmp_path):
    make_demo(database, tmp_path, now_micros)
    ApiKeyStore(database, now_micros).create(NewKey("ws_demo", "other", ["jobs:read"], 1))
    with database.write() as connection:
        connection.execute(sa.update(API_KEYS).values(permissions="jobs:read"))
    make_demo(database, tmp_path, now_micros)
    assert scopes_by_name(database) == {"demo": KNOWN_SCOPES, "other": {"jobs:read"}}


@pytest.mark.parametrize("secret", [None, b"sk_live_another", b"\xff"])
def test_a_key_that_is_not_the_one_in_the_file_stays_as_it_is(database, tmp_path, secret):
    make_demo(database, tmp_path / "elsewhere", now_micros)
    with database.write() as connection:
        connection.execute(sa.update(API_KEYS).values(permissions="jobs:read"))
    if secret:
        (tmp_path / DEMO_KEY_FILE).write_bytes(secret)
    make_demo(database, tmp_path, now_micros)
    assert scopes_by_name(database) == {"demo": {"jobs:read"}}


def test_where_there_is_a_workspace_there_is_no_demo(database, tmp_path, capsys):
    WorkspaceStore(database, now_micros).create("ws_real", "Real")
    make_demo(database, tmp_path, now_micros)
    assert capsys.readouterr().out == ""
    assert not (tmp_path / DEMO_KEY_FILE).exists()
    assert count(database, "api_keys") == 0


def test_an_old_key_file_is_replaced_with_a_private_one(database, tmp_path):
    file = tmp_path / DEMO_KEY_FILE
    file.write_text("old")
    file.chmod(0o644)
    make_demo(database, tmp_path, now_micros)
    assert file.read_text().startswith("sk_live_")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_cannot_be_written_down_does_not_come_to_be(database, tmp_path):
    (tmp_path / DEMO_KEY_FILE).mkdir()
    with pytest.raises(OSError):
        make_demo(database, tmp_path, now_micros)
    assert (count(database, "workspaces"), count(database, "api_keys")) == (0, 0)
