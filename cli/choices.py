"""What several commands let choose: channels; how Silver works, as options of a run and as settings of a workspace."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Channel(StrEnum):
    """Channels that feeds are for."""

    google = "google"
    meta = "meta"
    openai = "openai"


class UnknownBrands(StrEnum):
    """What to do with a brand nobody registered."""

    error = "error"
    register = "register"


class Duplicates(StrEnum):
    """Which duplicates to look for."""

    off = "off"
    certain = "certain"
    likely = "likely"


class DuplicateStrictness(StrEnum):
    """How sure a likely duplicate must be."""

    loose = "loose"
    normal = "normal"
    strict = "strict"


class ImageChecks(StrEnum):
    """How image URLs are checked."""

    off = "off"
    syntax = "syntax"
    reachability = "reachability"


UnknownBrandsOption = Annotated[
    UnknownBrands | None, typer.Option(help="Brands nobody registered: an error, or register them.", show_default=False)
]
DuplicatesOption = Annotated[
    Duplicates | None,
    typer.Option(help="Those that share an identity, or also the same thing in other words.", show_default=False),
]
DuplicateStrictnessOption = Annotated[
    DuplicateStrictness | None, typer.Option(help="How sure a likely duplicate must be.", show_default=False)
]
ImageChecksOption = Annotated[
    ImageChecks | None,
    typer.Option(help="Image URLs: their form alone, or also whether they answer.", show_default=False),
]
NotifyEmailOption = Annotated[
    bool,
    typer.Option(
        "--notify-email",
        help="Send an e-mail when the job has completed or failed, to whom the workspace's settings say.",
    ),
]
