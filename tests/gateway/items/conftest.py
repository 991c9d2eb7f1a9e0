"""A client that names tenant and environment, and what the services' fakes answer."""

from __future__ import annotations

from typing import Any

import pytest

PLACE = {"tenant": "ws_demo", "environment": "live1"}


class Items:
    """Requests of the batch Items API in one environment of one tenant."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, verb: str, path: str, body: Any = None, **more: Any) -> Any:
        content = {} if body is None else {"json": body}
        return self.client.request(verb, path, params={**PLACE, **more}, **content)

    def text(self, verb: str, path: str, body: str | bytes, **more: Any) -> Any:
        """The same with a body as it is."""
        data = body.encode() if isinstance(body, str) else body
        headers = {"content-type": "application/json"}
        return self.client.request(verb, path, params={**PLACE, **more}, content=data, headers=headers)


@pytest.fixture
def items(client: Any) -> Items:
    return Items(client)
