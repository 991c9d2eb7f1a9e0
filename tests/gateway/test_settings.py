"""Settings are read once and checked."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.server import PortTakenError, make_server
from gateway.settings import FOREIGN, GatewaySettings, UnknownSettingError, known_names
from services.runtime.settings import ServiceSettings


def test_addresses_default_to_this_machine(monkeypatch):
    monkeypatch.setenv("ASSAY_SILVER_PORT", "6000")
    monkeypatch.setenv("ASSAY_GOLD_ADDRESS", "gold.example:7000")
    settings = GatewaySettings()
    assert settings.address_of("silver") == "127.0.0.1:6000"
    assert settings.address_of("gold") == "gold.example:7000"


def test_a_misspelt_name_is_refused(monkeypatch):
    monkeypatch.setenv("ASSAY_GATEWAY_INLINE_LIMITS", "5")
    monkeypatch.setenv("ASSAY_HTTP_PROT", "5")
    with pytest.raises(UnknownSettingError, match="ASSAY_GATEWAY_INLINE_LIMITS, ASSAY_HTTP_PROT"):
        GatewaySettings()


def test_settings_of_other_components_pass(monkeypatch):
    monkeypatch.setenv("ASSAY_SILVER_PARTITION_SIZE", "5")
    monkeypatch.setenv("ASSAY_DATABASE_URL", "sqlite://")
    GatewaySettings()


def test_a_wrong_value_is_refused(monkeypatch):
    monkeypatch.setenv("ASSAY_HTTP_PORT", "http")
    with pytest.raises(ValidationError, match="http_port"):
        GatewaySettings()


def test_every_setting_the_services_share_is_known_here():
    names = {f"ASSAY_{name.upper()}" for name in ServiceSettings.model_fields}
    assert {name for name in names - known_names() if not name.startswith(FOREIGN)} == set()


def test_the_services_know_the_names_of_the_gateway(monkeypatch):
    for name in ("ASSAY_RATE_LIMIT_STORAGE", "ASSAY_GATEWAY_INLINE_LIMIT", "ASSAY_HTTP_PORT"):
        monkeypatch.setenv(name, "8080")
    ServiceSettings()


def test_the_internal_token_is_read_from_its_file_once_there(tmp_path):
    settings = GatewaySettings(home=tmp_path)
    assert settings.resolved_internal_token() == ""
    (tmp_path / "internal-token").write_text("secret\n")
    assert settings.resolved_internal_token() == "secret"


def test_the_token_is_not_in_the_text_of_the_settings():
    assert "hush" not in repr(GatewaySettings(internal_token="hush"))


def test_a_taken_port_is_an_error(gateway):
    with pytest.raises(PortTakenError):
        make_server(GatewaySettings(http_port=gateway.address[1]))
