"""`duonco-unity series FOLDER`: what is in a DICOM folder, and which series would be analysed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.progress import Progress

NAME = "series"
HELP = "list the series of a DICOM folder and say which one is analysed"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder with DICOM files, searched with its subfolders")


def run(args: Namespace, progress: Progress) -> None:
    """Print one line per series and the choice with its reason."""
    from DuOncoUnityLib.ct.dicom import choose_series, list_series

    progress.update("Reading headers", 0.0)
    found = list_series(args.folder)
