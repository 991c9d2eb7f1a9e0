import pytest
from pydantic import ValidationError

from services.workspace.app import build
from services.workspace.settings import WorkspaceSettings

JWT = {
    "workspace_jwt_jwks_url": "https://login.example.com/.well-known/jwks.json",
    "workspace_jwt_issuer": "https://login.example.com/",
    "workspace_jwt_audience": "https://api.example.com",
}


def test_tokens_of_an_issuer_are_off_by_default():
    assert WorkspaceSettings().workspace_jwt_jwks_url is None


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("ASSAY_WORKSPACE_DEMO", "false")
    monkeypatch.setenv("ASSAY_WORKSPACE_JWT_TIER", "business")
    settings = WorkspaceSettings()
    assert (settings.workspace_demo, settings.workspace_jwt_tier) == (False, "business")


def test_a_complete_issuer_is_accepted():
    assert WorkspaceSettings(**JWT).workspace_jwt_workspaces_claim == "https://assay.dev/workspaces"


@pytest.mark.parametrize("missing", ["workspace_jwt_issuer", "workspace_jwt_audience"])
def test_an_issuer_must_be_complete(missing):
    with pytest.raises(ValidationError, match=missing):
        WorkspaceSettings(**{name: value for name, value in JWT.items() if name != missing})


@pytest.mark.parametrize("url", ["http://login.example.com/keys", "file:///etc/keys", "login.example.com", ""])
def test_keys_come_over_https_only(url):
    with pytest.raises(ValidationError, match="https"):
        WorkspaceSettings(**(JWT | {"workspace_jwt_jwks_url": url}))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:9"])
def test_a_key_server_on_this_machine_may_be_plain(host):
    WorkspaceSettings(**(JWT | {"workspace_jwt_jwks_url": f"http://{host}/keys"}))


def test_building_touches_nothing(tmp_path):
    build(WorkspaceSettings(home=tmp_path / "home", **JWT))
    assert not (tmp_path / "home" / "demo-key").exists()
