import pytest

from services.ingest.items_errors import EnvironmentInvalid, TenantEnvironmentRequired
from services.ingest.itemsapi.names import check_scope, fhr_flag, is_locale, is_schema_name
from services.runtime.errors import ValidationError


@pytest.mark.parametrize("environment", ["live1", "fas:live1", "a.b-c_D9", "x" * 64])
def test_environments(environment):
    check_scope("ws_a", environment)


@pytest.mark.parametrize(
    ("workspace_id", "environment", "error"),
    [
        ("", "live1", TenantEnvironmentRequired),
        ("ws_a", "", TenantEnvironmentRequired),
        ("", "", TenantEnvironmentRequired),
        ("acme", "live1", ValidationError),
        ("ws_a", "x" * 65, EnvironmentInvalid),
        ("ws_a", "a b", EnvironmentInvalid),
        ("ws_a", "é", EnvironmentInvalid),
        ("ws_a", "live1\n", EnvironmentInvalid),
    ],
)
def test_scopes_that_are_refused(workspace_id, environment, error):
    with pytest.raises(error):
        check_scope(workspace_id, environment)


@pytest.mark.parametrize(
    ("text", "flag"), [("", False), ("false", False), ("False", False), ("TRUE", True), ("true", True)]
)
def test_flags(text, flag):
    assert fhr_flag(text) is flag


@pytest.mark.parametrize("text", ["1", "yes", " true", "tru"])
def test_other_flags_are_refused(text):
    with pytest.raises(ValidationError):
        fhr_flag(text)


@pytest.mark.parametrize(
    ("text", "good"),
    [("fr_FR", True), ("en_GB", True), ("fr-FR", False), ("FR_fr", False), ("fr", False), ("fr_FR\n", False)],
)
def test_locales(text, good):
    assert is_locale(text) is good


@pytest.mark.parametrize(
    ("name", "good"), [("a-B_9", True), ("x" * 64, True), ("x" * 65, False), ("", False), ("a.b", False), ("ö", False)]
)
def test_names_of_schemas(name, good):
    assert is_schema_name(name) is good
