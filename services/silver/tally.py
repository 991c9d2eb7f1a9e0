"""Counts of changes and issues: per partition from the texts that are stored, and summed for the job's result."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import orjson
import polars as pl

# Keys of the entries themselves: inside a value every quotation mark has a backslash before it.
_CHANGE: Final = re.compile(r',"rule":"([^"]+)"')
_ISSUE: Final = re.compile(r',"rule":"([^"]+)","severity":"([^"]+)"')


def tally_of(products: pl.DataFrame, broken_images: int) -> str:
    """Counts one partition; JSON text.

    `products` has `_changes` and `_issues` (see `rules.pipeline.normalize`).
    """
    changes, issues = (products[name].to_list() for name in ("_changes", "_issues"))
    found = _ISSUE.findall("".join(issues))
    return orjson.dumps(
        {
            "changes": Counter(_CHANGE.findall("".join(changes))),
            "issues": Counter(rule for rule, _ in found),
            "severities": Counter(severity for _, severity in found),
            "productsWithIssues": len(issues) - issues.count("[]"),
            "brokenImages": broken_images,
        }
    ).decode()


class Tally:
    """The sum of partitions' counts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._changes: Counter[str] = Counter()
        self._issues: Counter[str] = Counter()
        self._severities: Counter[str] = Counter()
        self._products_with_issues = 0
        self.broken_images = 0
        for text in texts:
            counts = orjson.loads(text)
            self._changes.update(counts["changes"])
            self._issues.update(counts["issues"])
            self._severities.update(counts["severities"])
            self._products_with_issues += counts["productsWithIssues"]
            self.broken_images += counts["brokenImages"]

    def add_issue(self, rule: str, severity: str, products: int) -> None:
        """Counts what was found after the partitions; not in `productsWithIssues`, as it may have others as well."""
        self._issues[rule] += products
        self._severities[severity] += products

    def as_result(self) -> dict[str, Any]:
        """For the job's result, see job.proto."""
        return {
            "changes": dict(self._changes),
            "issues": dict(self._issues),
            "issuesBySeverity": {name: self._severities[name] for name in ("error", "warning", "info")},
            "productsWithIssues": self._products_with_issues,
        }
