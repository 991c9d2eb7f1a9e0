"""`assay feed`: products as channels want them, and what keeps products out of a feed."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer

from cli.choices import Channel
from cli.context import AsJson, Desk, Key, Url, Workspace, desk, find_catalog
from cli.errors import UsageError
from cli.rest import Api
from cli.scores import findings_report

FEEDS = "/api/v1/feeds"
COUNT = "x-feed-product-count"
OWN_TYPES = {
    Channel.google: "application/xml",
    Channel.meta: "text/csv",
    Channel.openai: "application/json",
}
NDJSON = "application/x-ndjson"

feed = typer.Typer(help="Feeds for channels, and what keeps products out of them.", no_args_is_help=True)


class Format(StrEnum):
    """How a feed is written."""

    own = "own"
    ndjson = "ndjson"


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write into this file; default: standard output.", show_default=False),
]
CatalogOption = Annotated[
    str | None,
    typer.Option("--catalog", "-c", help="Catalog by id or name; default: all of them.", show_default=False),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="The channel's own (RSS, CSV, JSON), or a JSON object a line.")
]
EveryProduct = Annotated[bool, typer.Option("--all", help="Also products that the channel would refuse.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Products at most.", show_default=False)]
Offset = Annotated[int | None, typer.Option(min=0, help="Products to leave out first.", show_default=False)]
Fresh = Annotated[bool, typer.Option("--fresh", help="Made anew, whatever is kept.")]
ChannelArgument = Annotated[Channel, typer.Argument(help="google, meta or openai.", show_default=False)]


@feed.callback()
def _feed() -> None:
    """Feeds for channels, and what keeps products out of them."""


def _writes(channel: Channel) -> None:
    def write(
        *,
        output: Output = None,
        catalog: CatalogOption = None,
        written: FormatOption = Format.own,
        every: EveryProduct = False,
        limit: Limit = None,
        offset: Offset = None,
        fresh: Fresh = False,
        key: Key = None,
        url: Url = None,
        workspace: Workspace = None,
    ) -> None:
        at = desk(key=key, url=url, workspace=workspace)
        kind = NDJSON if written == Format.ndjson else OWN_TYPES[channel]
        headers = {"Accept": kind} | ({"Cache-Control": "no-cache"} if fresh else {})
        with at.api() as api:
            asked = _asked(at, api, catalog) | {"limit": limit, "offset": offset, "include": "all" if every else None}
            with api.download(f"{FEEDS}/{channel}", headers, **asked) as answer, _target(output) as target:
                for piece in answer.iter_bytes():
                    target.write(piece)
        count = int(answer.headers.get(COUNT, "0"))
        at.screen.done(f"{count:,} products for {channel}" + (f" in {output}" if output else ""))

    write.__doc__ = f"Write the feed for {channel}: of all catalogs, unless one is named."
    feed.command(str(channel))(write)


for _channel in Channel:
    _writes(_channel)


@feed.command()
def validate(
    channel: ChannelArgument,
    *,
    catalog: CatalogOption = None,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Tell what keeps products out of a channel's feed. Ends with 1 when anything does."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        told = api.get(f"{FEEDS}/{channel}/validate", **_asked(at, api, catalog))
    if as_json:
        at.screen.emit(told)
    else:
        at.screen.show(findings_report(str(channel), told))
    if not told["valid"]:
        raise typer.Exit(1)


def _asked(at: Desk, api: Api, catalog: str | None) -> dict[str, object]:
    """What both calls ask for: the catalog, if one is named, and whose feed it is."""
    by_name = catalog is not None and not catalog.startswith("cat_")
    found = find_catalog(api, catalog)["id"] if by_name else catalog  # a key for feeds alone may not read catalogs
    return {"catalog_id": found, "workspace_id": at.settings.workspace}


@contextmanager
def _target(output: Path | None) -> Iterator[IO[bytes]]:
    """Where bytes go. A file is there only once all of it is: what broke off leaves the former one as it was."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f".{output.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with part.open("wb") as opened:
            yield opened
        part.replace(output)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
