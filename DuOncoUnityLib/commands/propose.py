"""`duonco-unity propose RESULT CT --threshold P`: other proposals of a result, without running the network again."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.report import print_result
from DuOncoUnityLib.progress import Progress

NAME = "propose"
HELP = "show more or fewer of the network's proposals in a result; what a person decided stays"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("result", type=Path, metavar="RESULT", help="folder written by analyze")
    parser.add_argument("ct", type=Path, metavar="CT", help="the CT that was analysed")
    parser.add_argument("--threshold", type=float, required=True, metavar="P",
                        help="show proposals from this confidence on, 0 to 1")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the result (default: RESULT itself)")
    parser.add_argument("--series", metavar="UID", help="DICOM series of the CT")
    parser.add_argument("--no-preview", action="store_true", help="do not draw preview.png")


def run(args: Namespace, progress: Progress) -> None:
    """Move the threshold and print the burden."""
    from DuOncoUnityLib.results import propose

    result = propose(args.result, args.ct, args.threshold, args.out or args.result, series_uid=args.series,
                     preview=not args.no_preview, progress=progress)
    if args.progress != "json":
        print_result([result])
        print(f"Shown: {len(result.lesions)} lesions and nodes; held back: {len(result.held_back)}.")
