"""Outcomes as tables for people, made for terminals of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.rest import Json
from cli.runs import IMAGES, Ended, GoldTally, SilverTally
from cli.screen import clean

BANDS = (
    ("excellent", "85-100", "ready for all channels", "green"),
    ("good", "65-84", "minor improvements", "cyan"),
    ("warning", "40-64", "fields are missing", "yellow"),
    ("poor", "0-39", "critical gaps", "red"),
)
BAND_BAR = 18
GAP_BAR = 24
GAPS_WIDTH = 37
LONGEST_ID = 16
ID_AND_TITLE = 30
ERRORS_SHOWN = 5
RULES_SHOWN = 4
IMAGES_SHOWN = 3
EIGHTHS = " ▏▎▍▌▋▊▉"


def heading(title: str) -> RenderableType:
    """A line with the section's name."""
    return Group("", Rule(Text(title, style="bold"), align="left", style="dim"))


def bar(share: float, width: int = GAP_BAR) -> str:
    """A bar of blocks for a share of 0-1; anything above 0 is seen."""
    eighths = max(round(share * width * 8), 1) if share > 0 else 0
    full, rest = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def import_report(result: Json) -> RenderableType:
    """The counts of an import."""
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for name in ("created", "updated", "unchanged", "errors"):
        table.add_column(name, justify="right", min_width=10)
    errors = Text(f"{result['errors']:,}", style="red" if result["errors"] else "")
    table.add_row(*(f"{result[name]:,}" for name in ("created", "updated", "unchanged")), errors)
    return _indented(table)


def bad_rows(rows: Sequence[Json], more: bool) -> RenderableType:
    """Rows of an import with something wrong, the first ones."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("column", no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column("what", overflow="fold")
    for row in rows:
        style = "red" if row["severity"] == "error" else "yellow"
        table.add_row(str(row["line"]), clean(row["column"]), Text(clean(row["message"]), style=style))
    if more:
        table.add_row("…", "", "")
    return _indented(table)


def silver_report(ended: Ended) -> RenderableType:
    """What a Silver run found."""
    tally: SilverTally = ended.tally
    table = _pairs()
    table.add_row(
        "normalised",
        f"{tally.succeeded:,} of {tally.processed:,} products; "
        f"{tally.fields_normalized:,} fields changed in {tally.changed:,}",
    )
    findings = ended.findings
    if changes := findings.get("changes"):
        table.add_row("most often", _commonest(changes))
    if issues := findings.get("issues"):
        table.add_row("issues", f"in {findings['productsWithIssues']:,} products: {_commonest(issues)}")
    table.add_row("duplicates", f"{tally.duplicates:,} products are duplicates of another")
    table.add_row("image URLs", Text(f"{tally.urls_validated:,} checked, ") + _broken(findings.get("brokenUrls", 0)))
    for image in findings.get("brokenImages", ())[:IMAGES_SHOWN]:
        status = f" {image['status']:.0f}" if image["status"] else ""
        table.add_row("", Text(f"{image['reason']}{status}  {clean(image['url'])}", no_wrap=True, overflow="ellipsis"))
    table.add_row("errors", _count(tally.failed))
    parts: list[RenderableType] = [table]
    if tally.errors:
        parts.append(Padding(_errors(tally), (0, 0, 0, 12)))
    return _indented(Group(*parts))


def gold_report(ended: Ended, titles: dict[str, str] | None = None) -> RenderableType:
    """What a Gold run found. `titles` by product id for the worst products."""
    tally: GoldTally = ended.tally
    summary = ended.summary["catalogSummary"]
    average = summary["avgScore"]
    table = _pairs()
    table.add_row("average", Text(f"{average:.1f}" if average is not None else "-", style="bold") + Text(" of 100"))
    if tally.gaps[IMAGES]:
        missing, unusable = tally.missing[IMAGES], tally.images_unusable
        table.add_row("images", f"{missing:,} products have none, {unusable:,} one that cannot be used")
    if tally.failed:
        table.add_row("errors", _count(tally.failed))
    parts: list[RenderableType] = [table]
    if tally.errors:
        parts.append(Padding(_errors(tally), (0, 0, 0, 12)))
    parts += ["", _bands(summary["scoreDistribution"])]
    if summary["topGaps"]:
        parts += ["", Text("What is missing or weak most often", style="dim"), _gaps(summary["topGaps"], tally)]
    if tally.worst:
        parts += ["", Text("Fix these first", style="dim"), _worst(tally.worst, titles or {})]
    return _indented(Group(*parts))


def _bands(distribution: Json) -> Table:
    total = sum(distribution.values()) or 1
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "left", "right", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)
    for name, scores, meaning, style in BANDS:
        count = distribution[name]
        table.add_row(
            Text(name, style=style),
            Text(scores, style="dim"),
            Text(f"{bar(count / total, BAND_BAR):<{BAND_BAR}}", style=style),
            f"{count:,}",
            f"{count / total:.0%}",
            Text(meaning, style="dim"),
        )
    return table


def _gaps(names: Sequence[str], tally: GoldTally) -> Table:
    """With counts where this run saw every product that the ranking is about."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, min_width=18)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name in names:
        count = tally.gaps[name]
        share = count / tally.succeeded if tally.succeeded else 0.0
        table.add_row(clean(name), Text(bar(share), style="yellow"), f"{count:,}" if count else "")
    return table


def _worst(worst: Sequence[Json], titles: dict[str, str]) -> Table:
    """Ids and titles share what the scores and the gaps leave of 80 columns."""
    ids = min(LONGEST_ID, max(len(clean(result["productId"])) for result in worst))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("product", no_wrap=True, overflow="ellipsis", max_width=max(ids, len("product")))
    table.add_column("title", no_wrap=True, overflow="ellipsis", max_width=ID_AND_TITLE - ids)
    table.add_column("gaps, costliest first", no_wrap=True)
    for result in worst:
        table.add_row(
            Text(str(result["score"]), style="red"),
            clean(result["productId"]),
            clean(titles.get(result["productId"], "")) or "-",
            _some_of(result["gaps"]),
        )
    return table


def _some_of(names: Sequence[str]) -> str:
    """As many as fit, and how many there are more."""
    text, shown = "", 0
    for name in names:
        longer = f"{text}, {clean(name)}" if text else clean(name)
        if text and len(longer) > GAPS_WIDTH - len(" +99"):
            break
        text, shown = longer, shown + 1
    rest = len(names) - shown
    return f"{text} +{rest}" if rest else text


def _errors(tally: SilverTally | GoldTally) -> Group:
    return Group(*_error_lines(tally))


def _error_lines(tally: SilverTally | GoldTally) -> Iterator[Text]:
    for text, count in tally.errors.most_common(ERRORS_SHOWN):
        yield Text(f"{count:>6,} × {clean(text)}", no_wrap=True, overflow="ellipsis")
    kinds = len(tally.errors) - ERRORS_SHOWN
    if kinds > 0:
        yield Text(f"       and {kinds:,} more kinds", style="dim")


def _pairs() -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True, min_width=10)
    table.add_column(overflow="fold")
    return table


def _count(number: int) -> Text:
    return Text(f"{number:,}", style="red" if number else "")


def _broken(number: int) -> Text:
    return Text(f"{number:,} broken", style="red" if number else "")


def _commonest(counts: Json) -> str:
    """The rules that applied most often, and how many more there are."""
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = ", ".join(f"{clean(rule)} {count:,}" for rule, count in ranked[:RULES_SHOWN])
    rest = len(ranked) - RULES_SHOWN
    return f"{shown} and {rest:,} more rules" if rest > 0 else shown


def _indented(what: RenderableType) -> RenderableType:
    return Padding(what, (0, 0, 0, 2))
