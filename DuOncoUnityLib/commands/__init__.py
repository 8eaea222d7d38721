"""One module per sub-command of `duonco-unity`: NAME, HELP, add_arguments(parser), run(args, progress)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Protocol

from DuOncoUnityLib.commands import analyze, demo, measure, series
from DuOncoUnityLib.progress import Progress


class Command(Protocol):
    """What the parser needs to know of a sub-command."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, args: Namespace, progress: Progress) -> None:
        """Do the work; errors are raised as `DuOncoError`."""


ALL: list[Command] = [series, analyze, measure, demo]
