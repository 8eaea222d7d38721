"""The one error class that users see: a sentence for the person, details for the log, an exit code for scripts."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command `duonco-unity` (documented in README.md)."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_INPUT = 3
    BAD_MODEL = 4
    CANNOT_WRITE = 5
    OUT_OF_RESOURCES = 6
    CANCELLED = 130


class DuOncoError(Exception):
    """A problem that a person can understand and act on.

    Args:
        message: one clear sentence for the user, without jargon, identifiers or paths of other patients.
        details: what a developer needs, written to the log only.
        exit_code: the exit code of the command line.
    """

    def __init__(self, message: str, *, details: str = "", exit_code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.exit_code = exit_code


class Cancelled(DuOncoError):
    """The user stopped the work; nothing was written."""

    def __init__(self) -> None:
        super().__init__("Stopped; nothing was changed.", exit_code=ExitCode.CANCELLED)
