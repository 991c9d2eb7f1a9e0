"""The parts every service is put together from, and the service itself once its own parts are there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.descriptor import FileDescriptor

from services.runtime.auth import RemoteAuthenticator
from services.runtime.channels import Channels
from services.runtime.database import Database
from services.runtime.jobs import (
    Follow,
    Followers,
    GoneTargets,
    JobLedger,
    JobLog,
    LocalEngine,
    Rows,
    Runner,
    claim_owner,
)
from services.runtime.jobs.gone import Gone
from services.runtime.metrics import Metrics
from services.runtime.migrations import migrate
from services.runtime.server import ServiceApp
from services.runtime.settings import ServiceSettings


@dataclass(frozen=True)
class Parts:
    """A migrated database and ways to the neighbours."""

    settings: ServiceSettings
    database: Database
    channels: Channels
    metrics: Metrics
    internal_token: str

    @classmethod
    def of(cls, settings: ServiceSettings, migrations: Path) -> "Parts":
        """Opens and migrates the database; connects to nobody yet."""
        database = settings.open_database()
        migrate(database, migrations, patience_seconds=settings.patience_seconds)
        token = settings.resolved_internal_token()
        channels = Channels(
            token,
            max_message_bytes=settings.max_message_bytes,
            unary_seconds=settings.unary_deadline_seconds,
            stream_seconds=settings.stream_deadline_seconds,
        )
        return cls(settings, database, channels, Metrics(), token)

    def channel(self, service: str) -> grpc.Channel:
        """The channel to another service."""
        return self.channels.to(self.settings.address_of(service))

    def engine(self, runners: Mapping[str, Runner], follow: Follow | None = None) -> LocalEngine:
        """The job engine, owning a slot of this machine. `follow` says what is started after a job."""
        settings = self.settings
        return LocalEngine(
            JobLedger(self.channel("workspace"), claim_owner(settings.home / "run", settings.service)),
            JobLog(self.database),
            runners,
            self.metrics,
            job_threads=settings.job_threads,
            partition_threads=settings.partition_threads,
            patience_seconds=settings.patience_seconds,
            works=settings.role != "api",
            followers=None if follow is None else Followers(follow, seconds=settings.follow_seconds),
        )

    def gone_targets(self, rows: Rows, gone: Gone, interval_seconds: float) -> GoneTargets:
        """What removes the rows of targets that are gone, in processes that work on jobs; to be started and stopped."""
        return GoneTargets(JobLog(self.database), rows, gone, interval_seconds, works=self.settings.role != "api")

    def app(
        self,
        files: Sequence[FileDescriptor],
        register: Callable[[grpc.Server], None],
        engine: LocalEngine,
        *,
        on_start: Iterable[Callable[[], None]] = (),
        on_stop: Iterable[Callable[[], None]] = (),
    ) -> ServiceApp:
        """A service that runs jobs and asks the workspace service about tokens.

        `on_start` comes before the engine, `on_stop` after it, when no job is at work any more.
        """
        return ServiceApp(
            name=self.settings.service,
            settings=self.settings,
            files=files,
            register=register,
            authenticator=RemoteAuthenticator(self.channel("workspace")),
            metrics=self.metrics,
            on_start=[*on_start, engine.start],
            on_drain=[engine.drain],
            on_stop=[engine.stop, *on_stop, self.channels.close, self.database.dispose],
            internal_token=self.internal_token,
        )
