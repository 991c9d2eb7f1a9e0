"""What a command prints: results on standard output, everything about the way there on standard error.

On a terminal progress is a bar; otherwise it is a plain line every two seconds. With `--json` standard output carries
JSON and nothing else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from cli.errors import CliError

PLAIN_SECONDS = 2.0
BAR_WIDTH = 28
CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "·")


def clean(text: object) -> str:
    """Text from a server or a file, safe to show: control characters could drive the terminal."""
    return str(text).translate(CONTROL)


class Tracker(Protocol):
    """Shows how far something is."""

    def update(self, done: int, total: int) -> None:
        """Tells the units done and in all; a total of 0 means unknown."""

    def done(self, text: str) -> None:
        """Ends with a short word about the outcome."""


class Screen:
    """Where a command prints."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out = Console(highlight=False, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False)

    @property
    def lively(self) -> bool:
        """Whether somebody watches on a terminal."""
        return self.err.is_terminal and not self.err.is_dumb_terminal

    def show(self, what: RenderableType) -> None:
        """Prints a result for people; nothing with --json."""
        if not self.as_json:
            self.out.print(what)

    def emit(self, value: Any) -> None:
        """Prints a result for machines; nothing without --json."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201 - the answer itself

    def note(self, text: str, style: str = "") -> None:
        """One line about the way there."""
        self.err.print(Text(clean(text), style=style), soft_wrap=True)

    def done(self, text: str, seconds: float | None = None) -> None:
        """One line about a step that went well."""
        line = Text.assemble(("✓ ", "green"), clean(text))
        if seconds is not None:
            line.append(f"  {seconds:.1f} s", style="dim")
        self.err.print(line, soft_wrap=True)

    def fail(self, error: CliError) -> None:
        """Prints what ended the command."""
        self.emit({"error": error.as_json()})
        self.err.print(Text.assemble(("assay: ", "bold red"), clean(error.message)), soft_wrap=True)
        for hint in error.hints:
            self.err.print(Text("       " + clean(hint), style="dim"), soft_wrap=True)

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Says that something of unknown length is going on, until the block ends."""
        if not self.lively:
            self.note(text)
            yield
            return
        with self.err.status(Text(clean(text))):
            yield

    @contextmanager
    def track(self, label: str, unit: str = "products") -> Iterator[Tracker]:
        """Shows progress until the block ends. `unit` is the plural of what is counted."""
        if not self.lively:
            yield _Lines(self, label, unit)
            return
        bar = Progress(
            SpinnerColumn(finished_text=Text("✓", style="green")),
            TextColumn("{task.description}"),
            BarColumn(bar_width=BAR_WIDTH, style="grey37", pulse_style="grey62", complete_style="yellow"),
            _Seconds(),
            TextColumn("{task.fields[word]}", style="dim"),
            console=self.err,
        )
        with bar:
            yield _Bar(bar, bar.add_task(f"{label:<6}", total=None, word=""), unit)


class _Seconds(ProgressColumn):
    """Time since the start, to a tenth: much is done in less than a second."""

    def render(self, task: Task) -> Text:
        elapsed = (task.finished_time if task.finished else task.elapsed) or 0.0
        return Text(f"{elapsed:6.1f} s", style="dim")


class _Bar:
    def __init__(self, bar: Progress, task: TaskID, unit: str) -> None:
        self._bar = bar
        self._task = task
        self._unit = unit

    def update(self, done: int, total: int) -> None:
        word = f"{done:,} of {total:,} {self._unit}" if total else f"{done:,} {self._unit}"
        self._bar.update(self._task, completed=done, total=total or None, word=word)

    def done(self, text: str) -> None:
        total = self._bar.tasks[0].total or 1
        self._bar.update(self._task, completed=total, total=total, word=clean(text))


class _Lines:
    def __init__(self, screen: Screen, label: str, unit: str) -> None:
        self._screen = screen
        self._label = label.lower()
        self._unit = unit
        self._started = self._said = time.monotonic()

    def update(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said < PLAIN_SECONDS:
            return
        self._said = now
        whole = f" of {total:,}" if total else ""
        self._screen.note(f"{self._label}: {done:,}{whole} {self._unit}")

    def done(self, text: str) -> None:
        self._screen.note(f"{self._label}: {text} in {time.monotonic() - self._started:.1f} s")
