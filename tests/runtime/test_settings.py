"""Settings: read once, frozen, and a misspelt name is refused."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError as PydanticValidationError

from services.runtime.settings import ServiceSettings, UnknownSettingError, shared_secret


class Settings(ServiceSettings):
    service = "silver"
    silver_partition_size: int = 5000


def test_names_are_read_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ASSAY_SILVER_PORT", "4711")
    monkeypatch.setenv("ASSAY_SILVER_PARTITION_SIZE", "10")
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    settings = Settings()
    assert (settings.port, settings.silver_partition_size, settings.home) == (4711, 10, tmp_path)


@pytest.mark.parametrize("name", ["ASSAY_SILVER_PARTITON_SIZE", "ASSAY_HOMES", "ASSAY_LOGLEVEL"])
def test_a_misspelt_name_is_refused_and_named(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    with pytest.raises(UnknownSettingError, match=name):
        Settings()


def test_names_of_other_components_are_their_business(monkeypatch):
    monkeypatch.setenv("ASSAY_GATEWAY_INLINE_LIMIT", "1")
    monkeypatch.setenv("ASSAY_GOLD_ANYTHING", "1")
    assert Settings().silver_partition_size == 5000


def test_values_are_checked_and_frozen(monkeypatch):
    monkeypatch.setenv("ASSAY_SILVER_PORT", "99999")
    with pytest.raises(PydanticValidationError):
        Settings()
    monkeypatch.delenv("ASSAY_SILVER_PORT")
    with pytest.raises(PydanticValidationError):
        Settings().host = "elsewhere"


def test_addresses_default_to_this_machine_and_can_be_moved(monkeypatch):
    monkeypatch.setenv("ASSAY_INGEST_ADDRESS", "10.0.0.7:9")
    settings = Settings()
    assert settings.address_of("ingest") == "10.0.0.7:9"
    assert settings.address_of("gold") == "127.0.0.1:50053"


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    path = tmp_path / "run" / "internal-token"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: shared_secret(path), range(32)))
    assert len(secrets) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["internal-token"]
