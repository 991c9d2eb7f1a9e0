"""`python -m gateway`: serves REST until SIGTERM or SIGINT."""

from __future__ import annotations

import gc
import sys

from pydantic import ValidationError

from gateway.log import configure_logging, logger
from gateway.ratelimit import RateLimitStorageError
from gateway.server import PortTakenError, make_server
from gateway.settings import GatewaySettings, UnknownSettingError

# New objects between two searches for cycles. A body of a thousand items makes tens of thousands that all live until it
# is answered; with Python's 700 a fifth of its time went into looking through them.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main() -> int:
    """The exit code: 0 after a drain, 1 when the gateway could not start."""
    try:
        settings = GatewaySettings()
    except (UnknownSettingError, ValidationError) as error:
        configure_logging("info", "json")
        logger().error("cannot start", reason=str(error))
        return 1
    configure_logging(settings.log_level, settings.log_format)
    try:
        server, listening = make_server(settings)
    except (PortTakenError, RateLimitStorageError) as error:
        logger().error("cannot start", reason=str(error))
        return 1
    # What start-up made stays: no search for cycles need walk through it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    server.run(sockets=[listening])
    logger().info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
