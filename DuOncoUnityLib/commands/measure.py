"""`duonco-unity measure SEGMENTATION CT --out DIR`: tables again after the segments were edited elsewhere."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.report import print_result
from DuOncoUnityLib.progress import Progress

NAME = "measure"
HELP = "measure an edited segmentation again"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("segmentation", type=Path, metavar="SEGMENTATION",
                        help="edited .seg.nrrd; the record and the anatomy beside it are carried on")
    parser.add_argument("ct", type=Path, metavar="CT", help="the CT that it was drawn on")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the result")
    parser.add_argument("--reviewer", default=None, metavar="NAME", help="who edited (default: the login name)")
    parser.add_argument("--series", metavar="UID", help="DICOM series of the CT")
    parser.add_argument("--height", type=float, metavar="M", help="patient's height in metres, for the muscle index")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="date of the scan, where the file has none")
    parser.add_argument("--no-preview", action="store_true", help="do not draw preview.png")


def run(args: Namespace, progress: Progress) -> None:
    """Measure and print the burden."""
    from DuOncoUnityLib.records.scan_facts import ScanFacts
    from DuOncoUnityLib.results import measure

    result = measure(args.segmentation, args.ct, args.out, reviewer=args.reviewer or getpass.getuser(),
                     series_uid=args.series, facts=ScanFacts(args.height, args.date), preview=not args.no_preview,
                     progress=progress)
    if args.progress != "json":
        print_result([result])
