"""The RPCs: check the request, ask a store, answer."""

from services.workspace.servicers.api_keys import ApiKeyServicer
from services.workspace.servicers.auth import AuthServicer
from services.workspace.servicers.brands import BrandServicer
from services.workspace.servicers.categories import CategoryServicer
from services.workspace.servicers.jobs import JobServicer
from services.workspace.servicers.settings import SettingsServicer
from services.workspace.servicers.workspaces import WorkspaceServicer

__all__ = [
    "ApiKeyServicer",
    "AuthServicer",
    "BrandServicer",
    "CategoryServicer",
    "JobServicer",
    "SettingsServicer",
    "WorkspaceServicer",
]
