"""Scores and summaries as tables for people, made for terminals of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.report import BANDS, bar
from cli.rest import Json
from cli.screen import clean

STYLES = {name: style for name, _, _, style in BANDS}
ADVICE_SHOWN = 3
RULES_SHOWN = 5
EXAMPLES_SHOWN = 3


def scores_table(rows: Sequence[Json]) -> RenderableType:
    """A product a row: its score, what it could win, and what to do first."""
    if not rows:
        return Text("no product has such a score", style="dim")
    table = _table("product", "score", "to win", "what to do first", right=("score", "to win"))
    for row in rows:
        advice = [f"{gap['points']:.1f}  {gap['advice']}" for gap in row["gaps"][:ADVICE_SHOWN]]
        if row["stale"]:
            advice.append("scored under other settings")
        score = Text(str(row["score"]), style=STYLES[row["band"]])
        table.add_row(clean(row["productId"]), score, f"{row['pointsToWin']:.1f}", clean_lines(advice))
    return table


def summary_report(told: Json) -> RenderableType:
    """Bands, gaps with what filling them would gain, and readiness for channels."""
    summary = told["catalogSummary"]
    average = told["catalogAvgScore"]
    line = f"{told['scored']:,} products scored, on average {'–' if average is None else average}"
    if told["stale"]:
        line += f"; {told['stale']:,} under other settings than hold now"
    gaps = _table("gap", "products", "gain", "", right=("products", "gain"))
    most = max((gap["products"] for gap in summary["gapDetails"]), default=1)
    for gap in summary["gapDetails"]:
        gaps.add_row(clean(gap["field"]), f"{gap['products']:,}", f"+{gap['gain']:.2f}", bar(gap["products"] / most))
    channels = _table("channel", "ready", "what is in the way", right=("ready",))
    for channel in told["channels"]:
        errors = [rule for rule in channel["rules"] if rule["severity"] == "error"]
        worst = sorted(errors, key=lambda rule: -rule["products"])[:RULES_SHOWN]
        channels.add_row(
            channel["channel"],
            f"{channel['ready']:,}",
            clean_lines(f"{rule['products']:,}  {rule['rule']}" for rule in worst),
        )
    bands = _bands(summary["scoreDistribution"])
    return Group(Text(line), "", bands, "", gaps, "", channels)


def groups_table(by: str, rows: Sequence[Json]) -> RenderableType:
    """A brand or category a row."""
    table = _table(by, "products", "average", "ready", "what costs most", right=("products", "average", "ready"))
    for row in rows:
        gaps = ", ".join(f"{gap['field']} {gap['gain']:.1f}" for gap in row["gapDetails"][:ADVICE_SHOWN])
        name = clean(row["name"]) or "(none)"
        table.add_row(name, f"{row['products']:,}", f"{row['avgScore']:.1f}", f"{row['feedReady']:,}", clean(gaps))
    return table


def history_table(rows: Sequence[Json]) -> RenderableType:
    """A run a row, newest first."""
    names = ("run", "scored", "average", "ready", *STYLES)
    table = _table(*names, right=names[1:])
    for row in rows:
        bands = row["catalogSummary"]["scoreDistribution"]
        average = row["catalogAvgScore"]
        table.add_row(
            row["createdAt"][:16].replace("T", " "),
            f"{row['scored']:,}",
            "–" if average is None else f"{average:.1f}",
            f"{row['feedReady']:,}",
            *(f"{bands[name]:,}" for name in STYLES),
        )
    return table


def findings_report(channel: str, told: Json) -> RenderableType:
    """What keeps products out of a channel's feed, and what the channel would rather have otherwise."""
    line = Text(f"{told['ready']:,} of {told['products']:,} products are ready for {channel}")
    if not told["findings"]:
        return line
    table = _table("", "products", "rule", "for example", right=("products",))
    for finding in told["findings"]:
        severity = finding["severity"]
        table.add_row(
            Text(severity, style="red" if severity == "error" else "yellow"),
            f"{finding['products']:,}",
            clean(finding["rule"]),
            clean(", ".join(finding["productIds"][:EXAMPLES_SHOWN])),
        )
    return Group(line, "", table)


def clean_lines(lines: Iterable[str]) -> Text:
    """Lines of a cell, safe to show."""
    return Text("\n".join(map(clean, lines)))


def _bands(distribution: Json) -> Table:
    total = sum(distribution.values()) or 1
    table = _table("band", "products", "", right=("products",))
    for name, style in STYLES.items():
        table.add_row(Text(name, style=style), f"{distribution[name]:,}", Text(bar(distribution[name] / total), style))
    return table


def _table(*names: str, right: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table
