import io
import json

import pytest
from rich.console import Console

from cli.errors import CannotConnect, RunFailed, ServerRefused, UsageError
from cli.screen import Screen, clean


def test_control_characters_never_reach_the_terminal():
    assert clean("a\x1b[2Jb\r\nc\x9bd") == "a·[2Jb··c·d"


def test_plain_progress_is_one_line_when_something_is_quick(capsys):
    with Screen().track("Silver") as tracker:
        for done in range(100):
            tracker.update(done, 100)
        tracker.done("100 products")

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("silver: 100 products in 0.") and err.count("\n") == 1


def test_plain_progress_speaks_up_every_two_seconds(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("cli.screen.time.monotonic", lambda: now[0])

    with Screen().track("Gold") as tracker:
        for done in range(0, 10_000, 1000):
            now[0] += 0.7
            tracker.update(done, 10_000)

    assert capsys.readouterr().err.splitlines() == [
        "gold: 2,000 of 10,000 products",
        "gold: 5,000 of 10,000 products",
        "gold: 8,000 of 10,000 products",
    ]


def test_json_mode_keeps_standard_output_for_json(capsys):
    screen = Screen(as_json=True)
    screen.show("for people")
    screen.note("on the way")
    screen.emit({"name": "Rosélune"})

    out, err = capsys.readouterr()
    assert out == '{"name": "Rosélune"}\n'
    assert err == "on the way\n"


def test_without_json_nothing_is_emitted(capsys):
    Screen().emit({"a": 1})

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no"), "USAGE"),
        (CannotConnect("no"), "CANNOT_CONNECT"),
        (ServerRefused(409, "JOB_ALREADY_RUNNING", "no", [("jobId", "j1")], "r1"), "JOB_ALREADY_RUNNING"),
        (RunFailed("JOB_INTERRUPTED", "no", "j1"), "JOB_INTERRUPTED"),
    ],
)
def test_failures_are_told_to_people_and_to_machines(capsys, error, code):
    Screen(as_json=True).fail(error)

    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == code
    assert err.startswith("assay: no")


def test_a_refusal_shows_fields_and_request_id(capsys):
    Screen().fail(ServerRefused(400, "VALIDATION_ERROR", "scope is required", [("scope", "is required")], "req_1"))

    assert capsys.readouterr().err == (
        "assay: scope is required (VALIDATION_ERROR)\n       scope: is required\n       request id: req_1\n"
    )


def test_server_text_is_no_markup(capsys):
    Screen().note("[bold]not bold[/bold] [/]")

    assert capsys.readouterr().err == "[bold]not bold[/bold] [/]\n"


def test_a_terminal_shows_a_bar_that_ends_in_a_tick(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Screen()
    screen.err = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)

    with screen.track("Silver") as tracker:
        tracker.update(500, 1_000_000)
        tracker.done("1,000,000 products")

    last = screen.err.file.getvalue().splitlines()[-2]
    assert "✓ Silver ━━━" in last and last.rstrip().endswith("s 1,000,000 products")
