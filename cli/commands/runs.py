"""`assay silver` and `assay gold`: run a stage over a catalog, or over some of its products."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.choices import (
    DuplicatesOption,
    DuplicateStrictnessOption,
    ImageChecksOption,
    NotifyEmailOption,
    UnknownBrandsOption,
)
from cli.context import AsJson, CatalogOption, Desk, Key, Url, Workspace, desk, find_catalog
from cli.errors import ServerRefused, UsageError
from cli.report import gold_report, heading, silver_report
from cli.rest import Api, Json, segment
from cli.runs import GOLD, SILVER, Ended, GoldTally, Stage, body_of, path_of, run

Products = Annotated[
    list[str] | None,
    typer.Option("--product", "-p", help="Only this product; repeat it for more.", show_default=False),
]
ResultsFile = Annotated[
    Path | None,
    typer.Option("--results", help="Write every product's result into this file, as JSON lines.", show_default=False),
]
Preview = Annotated[
    bool | None,
    typer.Option(
        "--preview/--no-preview",
        help="Tell what would be, and change nothing; default: as the settings say.",
        show_default=False,
    ),
]
Detach = Annotated[bool, typer.Option("--detach", help="Do not wait: print the job's id and return.")]


def silver(
    *,
    catalog: CatalogOption = None,
    product: Products = None,
    unknown_brands: UnknownBrandsOption = None,
    duplicates: DuplicatesOption = None,
    duplicate_strictness: DuplicateStrictnessOption = None,
    image_checks: ImageChecksOption = None,
    preview: Preview = None,
    notify_email: NotifyEmailOption = False,
    results: ResultsFile = None,
    detach: Detach = False,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Normalise products: fields, prices, GTINs, brands, image URLs, duplicates.

    What is not named here is as the workspace's settings say: see `assay settings`.
    """
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    body = body_of(
        product or [],
        unknownBrands=unknown_brands,
        duplicates=duplicates,
        duplicateStrictness=duplicate_strictness,
        imageChecks=image_checks,
        previewMode=preview,
        notify_email=notify_email or None,
    )
    with at.api() as api:
        ended = _run(at, api, SILVER, catalog=catalog, body=body, results=results, detach=detach)
        if ended:
            at.screen.show(heading("Silver"))
            at.screen.show(silver_report(ended))


def gold(
    *,
    catalog: CatalogOption = None,
    product: Products = None,
    preview: Preview = None,
    notify_email: NotifyEmailOption = False,
    results: ResultsFile = None,
    detach: Detach = False,
    key: Key = None,
    url: Url = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Score products from 0 to 100 and show what to fix first. Run `assay silver` before."""
    at = desk(key=key, url=url, workspace=workspace, as_json=as_json)
    with at.api() as api:
        body = body_of(product or [], previewMode=preview, notify_email=notify_email or None)
        ended = _run(at, api, GOLD, catalog=catalog, body=body, results=results, detach=detach)
        if ended:
            at.screen.show(heading("Gold"))
            at.screen.show(gold_report(ended, titles_of(api, ended)))


def _run(
    at: Desk, api: Api, stage: Stage, *, catalog: str | None, body: Json, results: Path | None, detach: bool
) -> Ended | None:
    if detach and results:
        raise UsageError("--results needs the results: leave --detach out, or read them with `assay jobs results`")
    catalog_id = str(find_catalog(api, catalog)["id"])
    if detach:
        _detached(at, api, stage, catalog_id, body)
        return None
    with _writer(results) as write, at.screen.track(stage.label) as tracker:
        ended = run(api, stage, catalog_id, body, tracker=tracker, on_results=write)
        tracker.done(f"{ended.tally.processed:,} products")
    at.screen.emit({"jobId": ended.job["id"], "catalogId": catalog_id} | ended.as_json())
    return ended


def _detached(at: Desk, api: Api, stage: Stage, catalog_id: str, body: Json) -> None:
    accepted = api.post(path_of(stage, catalog_id), body, prefer="respond-async")
    at.screen.emit(accepted)
    at.screen.show(str(accepted["backgroundJobId"]))


@contextmanager
def _writer(file: Path | None) -> Iterator[Callable[[Sequence[Json]], None]]:
    """Writes results as they come; into nothing without a file. UsageError when it cannot be written."""
    if file is None:
        yield lambda _batch: None
        return
    try:
        opened = file.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
    with opened:
        yield lambda batch: opened.writelines(json.dumps(result, ensure_ascii=False) + "\n" for result in batch)


def titles_of(api: Api, ended: Ended) -> dict[str, str]:
    """Titles of the worst products by id; none where the key may not read products."""
    tally: GoldTally = ended.tally
    catalog_id = ended.job.get("catalogId")
    titles: dict[str, str] = {}
    for result in tally.worst:
        try:
            product = api.get(f"catalog/products/{segment(result['productId'])}", catalog_id=catalog_id)
        except ServerRefused:
            continue
        titles[result["productId"]] = str(product.get("title") or "")
    return titles
