"""Requests per minute, per key, by tier: a moving window, counted in memory or in Redis (`limits` library)."""

from __future__ import annotations

import math
import time

from assay.workspace.v1 import workspace_pb2
from limits import RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from gateway.errors import ApiError
from gateway.log import logger
from gateway.principals import Principal
from gateway.settings import GatewaySettings


class RateLimitStorageError(ValueError):
    """ASSAY_RATE_LIMIT_STORAGE names a storage that cannot be used here."""


class RateLimiter:
    """Counts requests. A limit of 0 is none."""

    def __init__(self, settings: GatewaySettings) -> None:
        url = settings.rate_limit_storage
        try:
            client = {"implementation": "redispy"} if url.startswith("redis") else {}
            storage = storage_from_string(f"async+{url}", wrap_exceptions=True, **client)
        except ConfigurationError as error:
            raise RateLimitStorageError(f"ASSAY_RATE_LIMIT_STORAGE: {error}") from error
        self._limiter = MovingWindowRateLimiter(storage)
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
        if item is None:
            return {}
        try:
            allowed = await self._limiter.hit(item, principal.subject)
            window = await self._limiter.get_window_stats(item, principal.subject)
        except StorageError as error:
            # Better to serve unlimited for a while than not at all because a counter is out of reach.
            logger().warning("requests not counted", reason=str(error.storage_error))
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
