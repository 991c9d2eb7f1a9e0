"""Names and flags that the calls of the batch Items API share."""

import re
from functools import lru_cache

from services.ingest.items_errors import EnvironmentInvalid, TenantEnvironmentRequired
from services.runtime.errors import ValidationError

MAX_NAME_CHARS = 255
"""Of attributes, categories and trees."""

_WORKSPACE_ID = re.compile(r"ws_[a-z0-9]+")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SCHEMA_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}")
_FLAGS = {"": False, "false": False, "true": True}


def check_scope(workspace_id: str, environment: str) -> None:
    """Where a call is to happen. Raises TenantEnvironmentRequired, EnvironmentInvalid, or ValidationError for a tenant
    that no workspace can be.
    """
    if not environment:
        raise TenantEnvironmentRequired()
    check_tenant(workspace_id)
    check_environment(environment)


def check_tenant(workspace_id: str) -> None:
    """The same of a call that is about all environments."""
    if not workspace_id:
        raise TenantEnvironmentRequired()
    if not is_workspace_id(workspace_id):
        raise ValidationError.of("tenant", "tenant must match ^ws_[a-z0-9]+$.")


def check_environment(environment: str) -> None:
    """Raises EnvironmentInvalid for one that no environment can be."""
    if not _ENVIRONMENT.fullmatch(environment):
        raise EnvironmentInvalid()


def is_workspace_id(text: str) -> bool:
    """Whether a workspace, or tenant, may be called so."""
    return _WORKSPACE_ID.fullmatch(text) is not None


def is_schema_name(name: str) -> bool:
    """Whether an item type may be called so: 1-64 letters, digits, underscores and hyphens, all of ASCII."""
    return _SCHEMA_NAME.fullmatch(name) is not None


@lru_cache(maxsize=1024)  # items name the same few again and again
def is_locale(text: str) -> bool:
    """Whether it has Java's form: two letters of ISO 639-1, underscore, two of ISO 3166-1. That the language and the
    country exist is not asked.
    """
    return _LOCALE.fullmatch(text) is not None


def fhr_flag(text: str) -> bool:
    """The parameter fhrValidation: true or false in any case, false when it is not given. Raises ValidationError."""
    flag = _FLAGS.get(text.lower())
    if flag is None:
        raise ValidationError.of("fhrValidation", "fhrValidation must be true or false.")
    return flag
