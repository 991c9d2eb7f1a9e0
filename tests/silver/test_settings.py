"""Settings of image checks, as they stand in the environment."""

import ipaddress

import pytest
from pydantic import ValidationError

from services.silver.settings import SilverSettings


def test_lists_are_texts_with_commas(monkeypatch):
    monkeypatch.setenv("ASSAY_SILVER_IMAGE_PORTS", "80, 8080")
    monkeypatch.setenv("ASSAY_SILVER_IMAGE_ALLOWED_NETWORKS", "10.20.0.0/16,fd00::/8")
    limits = SilverSettings().image_limits
    assert limits.ports == {80, 8080}
    assert limits.allowed_networks == (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8"))


def test_by_default_only_the_web_is_asked():
    limits = SilverSettings().image_limits
    assert (limits.ports, limits.allowed_networks) == ({80, 443}, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORTS", "80,http"), ("PORTS", "0"), ("ALLOWED_NETWORKS", "10.20.0.0/99"), ("PER_HOST", "0")],
)
def test_what_cannot_be_meant_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"ASSAY_SILVER_IMAGE_{name}", value)
    with pytest.raises(ValidationError):
        SilverSettings()
