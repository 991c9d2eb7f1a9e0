"""What ends a command, with its exit code.

0 ok · 1 the server refused or failed · 2 wrong usage · 3 cannot connect · 130 interrupted
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class CliError(Exception):
    """Ends the command: `message` for people, `hints` with what to do about it."""

    exit_code: ClassVar[int] = 1
    code: str = "FAILED"

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints: Sequence[str] = hints

    def as_json(self) -> dict[str, object]:
        """The error as `--json` prints it."""
        return {"code": self.code, "message": self.message}


class UsageError(CliError):
    """What was asked for makes no sense."""

    exit_code = 2
    code = "USAGE"


class CannotConnect(CliError):
    """Nobody answers."""

    exit_code = 3
    code = "CANNOT_CONNECT"


class ServerRefused(CliError):
    """The server answered with an error; all of it is kept.

    `violations` are (field, message), `request_id` is what to quote in a question about it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        violations: Sequence[tuple[str, str]] = (),
        request_id: str = "",
    ) -> None:
        hints = [f"{field}: {text}" for field, text in violations if text != message]
        if request_id:
            hints.append(f"request id: {request_id}")
        super().__init__(f"{message} ({code})", *hints)
        self.status = status
        self.code = code
        self.text = message
        self.violations = tuple(violations)
        self.request_id = request_id

    def as_json(self) -> dict[str, object]:
        """The error in the shape of the REST API's errors."""
        return {
            "code": self.code,
            "message": self.text,
            "details": [{"field": field, "message": text} for field, text in self.violations],
            "request_id": self.request_id,
        }


class RunFailed(CliError):
    """A job ended without success; `code` is its reason."""

    def __init__(self, code: str, message: str, job_id: str) -> None:
        super().__init__(f"{message} ({code})", f"job: {job_id}")
        self.code = code
        self.text = message
        self.job_id = job_id

    def as_json(self) -> dict[str, object]:
        """The error with the job it belongs to."""
        return {"code": self.code, "message": self.text, "jobId": self.job_id}


class StackFailed(CliError):
    """A process of the stack did not come up or died."""
