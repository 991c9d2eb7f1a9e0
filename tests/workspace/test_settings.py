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


MAIL = {"workspace_smtp_url": "smtps://us%40er:p%3Ass%2F@mail.example.com", "workspace_mail_from": "assay@example.com"}


def test_mails_are_files_by_default():
    settings = WorkspaceSettings()
    assert (settings.smtp_server, settings.workspace_mail_to) == (None, ())


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", ("smtp", "mail.example.com", 25, "", "")),
        ("smtp+starttls://mail.example.com/", ("smtp+starttls", "mail.example.com", 587, "", "")),
        ("smtps://us%40er:p%3Ass%2F@mail.example.com", ("smtps", "mail.example.com", 465, "us@er", "p:ss/")),
        ("smtp://a:b@[::1]:2525", ("smtp", "::1", 2525, "a", "b")),
    ],
)
def test_a_server_for_mails_is_a_url(url, server):
    made = WorkspaceSettings(**(MAIL | {"workspace_smtp_url": url})).smtp_server
    assert (made.scheme, made.host, made.port, made.user, made.password) == server
    assert made.timeout_seconds == 10


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must be smtp://"),
        ("mail.example.com:25", "must be smtp://"),
        ("http://hush:hush@mail.example.com", "must be smtp://"),
        ("smtp://", "must be smtp://"),
        ("smtp://mail.example.com:hush", "must be smtp://"),
        ("smtp://mail.example.com:99999", "must be smtp://"),
        ("smtp://mail.example.com/hush", "must be smtp://"),
        ("smtps://mail.example.com?hush", "must be smtp://"),
        ("smtps://hush@mail.example.com", "both user and password"),
        ("smtps://:hush@mail.example.com", "both user and password"),
        ("smtps://us:h%C3%BCsh@mail.example.com", "in ASCII"),
        ("smtp://us:hush@mail.example.com", "to another machine"),
    ],
)
def test_a_server_for_mails_that_is_none_is_refused_without_its_secret(url, words):
    with pytest.raises(ValidationError) as caught:
        WorkspaceSettings(**(MAIL | {"workspace_smtp_url": url}))
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_server_for_mails_needs_a_sender():
    with pytest.raises(ValidationError, match="needs workspace_mail_from"):
        WorkspaceSettings(workspace_smtp_url=MAIL["workspace_smtp_url"])


def test_recipients_come_with_commas(monkeypatch):
    monkeypatch.setenv("ASSAY_WORKSPACE_MAIL_TO", "ops@example.com, shop@example.com,")
    assert WorkspaceSettings().workspace_mail_to == ("ops@example.com", "shop@example.com")
    monkeypatch.setenv("ASSAY_WORKSPACE_MAIL_TO", "ops@example.com,shop")
    with pytest.raises(ValidationError, match="workspace_mail_to: address 2 is no e-mail address"):
        WorkspaceSettings()


def test_the_sender_is_an_address():
    with pytest.raises(ValidationError, match="workspace_mail_from"):
        WorkspaceSettings(workspace_mail_from="Assay <assay@example.com>")


@pytest.mark.parametrize(
    "url", ["", "assay.example.com", "ftp://assay.example.com", "https://", "https://a.b/?c", "https://a.b/#c"]
)
def test_links_need_a_whole_url(url):
    with pytest.raises(ValidationError, match="workspace_public_url"):
        WorkspaceSettings(workspace_public_url=url)


def test_the_password_is_not_in_the_text_of_the_settings():
    settings = WorkspaceSettings(**MAIL)
    assert "p:ss" not in repr(settings) + repr(settings.smtp_server)
    assert "p%3Ass" not in repr(settings)
