"""`assay scores` and `assay summary`: what to fix first, product by product and over a catalog."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.choices import Channel
from cli.context import AsJson, CatalogOption, Key, Url, Workspace, desk, find_catalog
from cli.rest import segment
from cli.scores import groups_table, history_table, scores_table, summary_report


class Sort(StrEnum):
    """Order of scores."""

    id = "id"
    score = "score"
    score_desc = "score_desc"
    points = "points"


class Band(StrEnum):
    """Bands of scores."""

    excellent = "excellent"
    good = "good"
    warning = "warning"
    poor = "poor"


class By(StrEnum):
    """What products are put together by."""

    brand = "brand"
    category = "category"


def _option(help_text: str) -> Any:
    return typer.Option(help=help_text, show_default=False)


def scores(
    *,
    catalog: CatalogOption = None,
    band: Annotated[Band | None, _option("Only scores in this band.")] = None,
    gap: Annotated[str | None, _option("Only products with this gap, for example gtin.")] = None,
    stage: Annotated[str | None, _option("Only products with a gap in this stage, for example media.")] = None,
    brand: Annotated[str | None, _option("Only products of this brand.")] = None,
    category: Annotated[str | None, _option("Only products in this category or below it.")] = None,
    stale: Annotated[bool | None, _option("Only scores made under other settings, or only the others.")] = None,
    ready_for: Annotated[Channel | None, _option("Only products that are ready for this channel.")] = None,
    not_ready_for: Annotated[Channel | None, _option("Only products that are not.")] = None,
    sort: Annotated[Sort, typer.Option(help="Order; points: most points to win first.")] = Sort.points,
    limit: Annotated[int, typer.Option(min=1, help="How many products.")] = 20,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List scores: which products to fix first, and what to do about each."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    asked = {
        "band": band,
        "gap": gap,
        "stage": stage,
        "brand": brand,
        "category": category,
        "stale": None if stale is None else str(stale).lower(),
        "ready_for": ready_for,
        "not_ready_for": not_ready_for,
        "sort": sort,
    }
    with at.api() as api:
        found = find_catalog(api, catalog)
        wanted: dict[str, Any] = {name: str(value) for name, value in asked.items() if value is not None}
        path = f"catalogs/{segment(found['id'])}/scores"
        rows = [row for row, _ in zip(api.pages(path, **wanted), range(limit), strict=False)]
    if as_json:
        at.screen.emit(rows)
    else:
        at.screen.show(scores_table(rows))


def summary(
    *,
    catalog: CatalogOption = None,
    by: Annotated[By | None, _option("Of the brands or categories instead of the whole.")] = None,
    depth: Annotated[int, typer.Option(min=1, max=10, help="Levels of the category that count.")] = 1,
    history: Annotated[bool, typer.Option("--history", help="What each run left, newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many brands, categories or runs.")] = 20,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Tell how a catalog stands: bands, gaps and what filling them would gain, readiness for channels."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        found = find_catalog(api, catalog)
        path = f"catalogs/{segment(found['id'])}/summary"
        if by is None and not history:
            told: Any = api.get(path)
        elif history:
            told = [row for row, _ in zip(api.pages(f"{path}/history"), range(limit), strict=False)]
        else:
            asked: dict[str, Any] = {"by": str(by), "depth": depth} if by == By.category else {"by": str(by)}
            told = [row for row, _ in zip(api.pages(f"{path}/groups", **asked), range(limit), strict=False)]
    if as_json:
        at.screen.emit(told)
    elif history:
        at.screen.show(history_table(told))
    elif by is not None:
        at.screen.show(groups_table(str(by), told))
    else:
        at.screen.show(summary_report(told))
