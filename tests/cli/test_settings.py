import pytest

from cli.errors import UsageError
from cli.settings import read_settings
from gateway.settings import GatewaySettings
from services.runtime.settings import ServiceSettings

OURS = {
    "ASSAY_URL": "http://elsewhere",
    "ASSAY_API_KEY": "sk_live_x",
    "ASSAY_WORKSPACE": "ws_x",
    "ASSAY_INGEST_WORKERS": "2",
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    import os

    for name in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(name)


def test_defaults_are_those_of_the_services():
    ours, theirs = read_settings(), ServiceSettings()

    for name in ("ingest", "silver", "gold", "workspace"):
        assert ours.port_of(name) == getattr(theirs, f"{name}_port")
        assert getattr(ours, f"{name}_metrics_port") == getattr(theirs, f"{name}_metrics_port")
    assert ours.port_of("gateway") == theirs.http_port
    assert ours.home == theirs.home
    assert ours.drain_seconds == theirs.drain_seconds


@pytest.mark.parametrize("settings", [ServiceSettings, GatewaySettings])
def test_names_of_the_command_are_refused_by_no_process(monkeypatch, settings):
    for name, value in OURS.items():
        monkeypatch.setenv(name, value)

    settings()


def test_workers_end_before_what_they_need(monkeypatch):
    assert read_settings().processes == ("workspace", "ingest", "silver", "gold", "gateway")
    monkeypatch.setenv("ASSAY_INGEST_WORKERS", "2")
    assert read_settings().processes[4:] == ("ingest-worker-1", "ingest-worker-2", "gateway")


@pytest.mark.parametrize("count", ["-1", "17", "some"])
def test_a_number_of_workers_that_makes_no_sense_is_named(monkeypatch, count):
    monkeypatch.setenv("ASSAY_INGEST_WORKERS", count)
    with pytest.raises(UsageError) as raised:
        read_settings()
    assert raised.value.hints[0].startswith("ASSAY_INGEST_WORKERS: ")


def test_url_wins_over_host_and_port(monkeypatch):
    monkeypatch.setenv("ASSAY_HTTP_PORT", "9999")
    assert read_settings().base_url == "http://127.0.0.1:9999"

    monkeypatch.setenv("ASSAY_URL", "https://assay.example.com/")
    assert read_settings().base_url == "https://assay.example.com"


@pytest.mark.parametrize(
    ("host", "url", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080", "127.0.0.1:50052"),
        ("::", "http://[::1]:8080", "[::1]:50052"),
        ("10.0.0.7", "http://10.0.0.7:8080", "10.0.0.7:50052"),
    ],
)
def test_a_stack_that_listens_everywhere_is_reached_at_loopback(monkeypatch, host, url, address):
    monkeypatch.setenv("ASSAY_HOST", host)

    settings = read_settings()

    assert settings.base_url == url
    assert settings.address_of("silver") == address


def test_a_senseless_setting_is_named(monkeypatch):
    monkeypatch.setenv("ASSAY_HTTP_PORT", "eighty")

    with pytest.raises(UsageError) as raised:
        read_settings()

    assert raised.value.exit_code == 2
    assert raised.value.hints[0].startswith("ASSAY_HTTP_PORT: ")


def test_the_key_is_not_shown_by_accident(monkeypatch):
    monkeypatch.setenv("ASSAY_API_KEY", "sk_live_secret")

    assert "sk_live_secret" not in repr(read_settings())
