"""`duonco-unity series FOLDER`: what is in a DICOM folder, and which series would be analysed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.ct.dicom import SeriesInfo, choose_series, list_series
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.progress import Progress

NAME = "series"
HELP = "list the series of a DICOM folder and say which one is analysed"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder with DICOM files, searched with subfolders")


def run(args: Namespace, progress: Progress) -> None:
    """Print one block per series, then the choice with its reason."""
    progress.update("Reading headers", 0.0)
    found = list_series(args.folder)
    progress.update("Reading headers", 1.0)
    print(*map(_describe, found), sep="\n")
    try:
        best, reason = choose_series(found)
    except DuOncoError as error:
        print(error.message)
        return
    print(f"{reason}\nAnalyse another one with --series UID.\nchosen: {best.uid}")


def _describe(info: SeriesInfo) -> str:
    size = f"{info.image_count} x {info.rows} x {info.columns}"
    spacing = f"{info.pixel_spacing_mm:.2f} x {info.slice_spacing_mm:.2f} mm" if info.slice_spacing_mm else ""
    length = f"{info.coverage_mm:.0f} mm long" if info.coverage_mm else ""
    facts = [info.date, info.modality, info.orientation, size, spacing, length, info.kernel, info.contrast_phase]
    verdict = info.problem or "can be analysed"
    return f"{info.uid}\n    {', '.join(fact for fact in facts if fact)}\n    {verdict}"
