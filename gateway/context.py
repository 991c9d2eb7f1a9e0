"""What handlers share: settings, the services, and work that outlives its request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from typing import Any

import grpc

from gateway.channels import Services
from gateway.contracts import Rpc
from gateway.errors import of_rpc_error, unavailable
from gateway.requests import ApiRequest
from gateway.settings import GatewaySettings


class Context:
    """One per process. `start` on the running loop before the first request, `close` after the last."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.stopping = threading.Event()
        """Set when the process is to stop: answers without an end in sight break off."""
        self._services: Services | None = None
        self._background: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Makes the channels."""
        self._services = Services(self.settings)

    async def close(self) -> None:
        """Lets background work end within the drain time, then closes the channels."""
        if self._background:
            await asyncio.wait(self._background, timeout=self.settings.drain_seconds)
        for task in self._background:
            task.cancel()
        if self._services is not None:
            await self._services.close()

    @property
    def services(self) -> Services:
        """The stubs."""
        if self._services is None:
            raise RuntimeError("the gateway was not started: the server must run its lifespan")
        return self._services

    def in_background(self, work: Awaitable[None]) -> None:
        """Goes on with `work` after the request has been answered."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def internal_token(self) -> str:
        """The secret between the services. 503 while they have not made it."""
        token = self.settings.resolved_internal_token()
        if not token:
            raise unavailable("The services have not started yet; try again later.")
        return token

    async def unary(self, rpc: Rpc, message: Any, request: ApiRequest, *, token: str | None = None) -> Any:
        """Calls a unary RPC on behalf of a request (with `token` instead of the caller's when given)."""
        try:
            return await self.services.call(rpc, message, request.metadata(token), request.seconds())
        except grpc.aio.AioRpcError as error:
            raise of_rpc_error(error, request.request_id) from None
