"""Requests per minute, per key, by tier: a moving window, counted in memory or in Redis (`limits` library).

Several gateways that name one Redis count together. What they know of a caller besides is remembered for seconds.
"""

from __future__ import annotations

import math
import time
from typing import Any
from urllib.parse import urlsplit

from assay.workspace.v1 import workspace_pb2
from limits import RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.errors import ApiError
from gateway.log import logger
from gateway.principals import Principal
from gateway.settings import GatewaySettings

ANSWER_SECONDS = 0.5
"""How long a request waits for Redis, to connect and to answer."""
AWAY_SECONDS = 1.0
"""How long a storage that did not answer is not asked again: requests need not all find out by themselves."""


class RateLimitStorageError(ValueError):
    """ASSAY_RATE_LIMIT_STORAGE names a storage that cannot be used here. The text leaves out what may be a password."""


class RateLimiter:
    """Counts requests. A limit of 0 is none."""

    def __init__(self, settings: GatewaySettings) -> None:
        url = settings.rate_limit_storage.get_secret_value()
        self._pool: ConnectionPool | None = None
        options: dict[str, Any] = {}
        try:
            if urlsplit(url).scheme in ("redis", "rediss"):
                self._pool = ConnectionPool.from_url(
                    url,
                    socket_connect_timeout=ANSWER_SECONDS,
                    socket_timeout=ANSWER_SECONDS,
                    # Once more, at once: a connection of before may have ended with its Redis.
                    retry=Retry(NoBackoff(), 1),
                )
                options = {"implementation": "redispy", "connection_pool": self._pool}
            storage = storage_from_string(f"async+{url}", wrap_exceptions=True, **options)
        except (ConfigurationError, ValueError):
            raise RateLimitStorageError(
                "ASSAY_RATE_LIMIT_STORAGE must be memory:// or redis://[:password@]host:port[/number]"
            ) from None
        self._limiter = MovingWindowRateLimiter(storage)
        self._asked_again_at = 0.0
        per_minute: dict[int, int] = {
            workspace_pb2.TIER_FREE: settings.gateway_rate_free,
            workspace_pb2.TIER_PRO: settings.gateway_rate_pro,
            workspace_pb2.TIER_BUSINESS: settings.gateway_rate_business,
            workspace_pb2.TIER_ENTERPRISE: settings.gateway_rate_enterprise,
        }
        self._items = {tier: RateLimitItemPerMinute(limit) for tier, limit in per_minute.items() if limit}
        self._unlimited = {tier for tier, limit in per_minute.items() if not limit}

    async def count(self, principal: Principal) -> dict[str, str]:
        """Counts a request and gives the headers for its answer (none for an unlimited tier).

        429 RATE_LIMIT_EXCEEDED, with Retry-After in seconds, when the window is full. X-RateLimit-Reset is the Unix
        time at which the oldest request leaves the window.
        """
        if principal.tier in self._unlimited:
            return {}
        item = self._items.get(principal.tier) or self._items.get(workspace_pb2.TIER_FREE)
        if item is None or time.monotonic() < self._asked_again_at:
            return {}
        try:
            allowed = await self._limiter.hit(item, principal.subject)
            window = await self._limiter.get_window_stats(item, principal.subject)
        except StorageError as error:
            # Better to serve unlimited for a while than not at all because a counter is out of reach.
            self._asked_again_at = time.monotonic() + AWAY_SECONDS
            logger().warning("requests not counted", reason=type(error.storage_error).__name__)
            return {}
        headers = {
            "x-ratelimit-limit": str(item.amount),
            "x-ratelimit-remaining": str(max(0, window.remaining)),
            "x-ratelimit-reset": str(math.ceil(window.reset_time)),
        }
        if not allowed:
            wait = max(1, math.ceil(window.reset_time - time.time()))
            raise ApiError(
                429,
                "RATE_LIMIT_EXCEEDED",
                f"More than {item.amount} requests in a minute; try again in {wait} seconds.",
                headers={**headers, "retry-after": str(wait)},
            )
        return headers

    async def close(self) -> None:
        """Ends the connections to Redis."""
        if self._pool is not None:
            await self._pool.disconnect()
