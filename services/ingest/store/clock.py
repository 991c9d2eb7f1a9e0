"""The service's clock."""

import time


def now_micros() -> int:
    """Microseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000
