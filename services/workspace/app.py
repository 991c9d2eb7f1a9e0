"""The workspace service, put together."""

from __future__ import annotations

import threading
from pathlib import Path

import grpc
from assay.workspace.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    auth_service_pb2,
    auth_service_pb2_grpc,
    brand_service_pb2,
    brand_service_pb2_grpc,
    category_service_pb2,
    category_service_pb2_grpc,
    job_service_pb2,
    job_service_pb2_grpc,
    settings_service_pb2,
    settings_service_pb2_grpc,
    workspace_pb2,
    workspace_service_pb2,
    workspace_service_pb2_grpc,
)

from services.runtime.metrics import Metrics
from services.runtime.migrations import migrate
from services.runtime.server import ServiceApp
from services.workspace.auth import JwtSettings, JwtVerifier, TokenAuthenticator
from services.workspace.clock import Clock, now_micros
from services.workspace.demo import make_demo
from services.workspace.mail.mailer import Mailer, Post
from services.workspace.servicers import (
    ApiKeyServicer,
    AuthServicer,
    BrandServicer,
    CategoryServicer,
    JobServicer,
    SettingsServicer,
    WorkspaceServicer,
)
from services.workspace.settings import WorkspaceSettings
from services.workspace.stores.api_keys import ApiKeyStore
from services.workspace.stores.brands import BrandStore
from services.workspace.stores.categories import CategoryStore
from services.workspace.stores.jobs import JobStore
from services.workspace.stores.mails import MailStore
from services.workspace.stores.pipeline_settings import PipelineSettingsStore
from services.workspace.stores.workspaces import WorkspaceStore
from services.workspace.sweeper import Sweeper

MIGRATIONS = Path(__file__).parent / "migrations"
FILES = (
    workspace_service_pb2.DESCRIPTOR,
    api_key_service_pb2.DESCRIPTOR,
    auth_service_pb2.DESCRIPTOR,
    brand_service_pb2.DESCRIPTOR,
    category_service_pb2.DESCRIPTOR,
    job_service_pb2.DESCRIPTOR,
    settings_service_pb2.DESCRIPTOR,
)


def build(settings: WorkspaceSettings, clock: Clock = now_micros) -> ServiceApp:
    """The service with its stores. Its database is migrated and, if empty, given the demo workspace on start."""
    database = settings.open_database()
    keys = ApiKeyStore(database, clock)
    jobs = JobStore(database, clock)
    # A local authenticator: the service that answers AuthService must not ask itself by RPC.
    authenticator = TokenAuthenticator(keys, _jwt_verifier(settings))
    stopping = threading.Event()
    sweeper = Sweeper(jobs, settings.workspace_sweep_seconds)
    mailer = Mailer(MailStore(database, clock), _post(settings), settings.workspace_mail_seconds, clock)

    def register(server: grpc.Server) -> None:
        workspace_service_pb2_grpc.add_WorkspaceServiceServicer_to_server(
            WorkspaceServicer(WorkspaceStore(database, clock)), server
        )
        api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server(ApiKeyServicer(keys, clock), server)
        auth_service_pb2_grpc.add_AuthServiceServicer_to_server(AuthServicer(authenticator), server)
        brand_service_pb2_grpc.add_BrandServiceServicer_to_server(BrandServicer(BrandStore(database, clock)), server)
        category_service_pb2_grpc.add_CategoryServiceServicer_to_server(
            CategoryServicer(CategoryStore(database)), server
        )
        job_service_pb2_grpc.add_JobServiceServicer_to_server(JobServicer(jobs, stopping), server)
        settings_service_pb2_grpc.add_SettingsServiceServicer_to_server(
            SettingsServicer(PipelineSettingsStore(database, clock)), server
        )

    def prepare() -> None:
        migrate(database, MIGRATIONS, patience_seconds=settings.patience_seconds)
        if settings.workspace_demo:
            make_demo(database, settings.home, clock)

    return ServiceApp(
        name=settings.service,
        settings=settings,
        files=FILES,
        register=register,
        authenticator=authenticator,
        metrics=Metrics(),
        on_start=(prepare, sweeper.start, mailer.start),
        on_drain=(stopping.set,),
        on_stop=(sweeper.stop, mailer.stop, database.dispose),
    )


def _jwt_verifier(settings: WorkspaceSettings) -> JwtVerifier | None:
    if settings.workspace_jwt_jwks_url is None:
        return None
    return JwtVerifier(
        JwtSettings(
            jwks_url=settings.workspace_jwt_jwks_url,
            issuer=settings.workspace_jwt_issuer or "",
            audience=settings.workspace_jwt_audience or "",
            workspaces_claim=settings.workspace_jwt_workspaces_claim,
            tier=workspace_pb2.Tier.Value(f"TIER_{settings.workspace_jwt_tier.upper()}"),
            key_set_seconds=settings.workspace_jwt_key_set_seconds,
            refetch_seconds=settings.workspace_jwt_refetch_seconds,
            timeout_seconds=settings.workspace_jwt_timeout_seconds,
        )
    )


def _post(settings: WorkspaceSettings) -> Post:
    return Post(
        server=settings.smtp_server,
        outbox=settings.home / "outbox",
        sender=settings.workspace_mail_from,
        recipients=settings.workspace_mail_to,
        public_url=settings.workspace_public_url,
    )
