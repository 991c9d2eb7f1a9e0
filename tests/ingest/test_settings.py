import pytest
from pydantic import ValidationError

from services.ingest.settings import IngestSettings
from services.runtime.settings import UnknownSettingError


def test_limits_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("ASSAY_INGEST_MAX_COLUMNS", "7")
    monkeypatch.setenv("ASSAY_INGEST_CHUNK_ITEMS", "11")
    limits = IngestSettings().parse_limits
    assert (limits.max_columns, limits.chunk_items, limits.max_cell_bytes) == (7, 11, 1024 * 1024)


def test_a_misspelt_setting_is_refused(monkeypatch):
    monkeypatch.setenv("ASSAY_INGEST_MAX_COLUMN", "7")
    with pytest.raises(UnknownSettingError, match="ASSAY_INGEST_MAX_COLUMN"):
        IngestSettings()


def test_limits_out_of_range_are_refused():
    with pytest.raises(ValidationError):
        IngestSettings(ingest_max_columns=0)
