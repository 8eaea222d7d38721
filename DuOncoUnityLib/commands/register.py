"""`duonco-unity register SCAN SCAN ... --out DIR`: how the scans of a patient lie on each other."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.progress import Progress

NAME = "register"
HELP = "lay each of several analysed scans of one patient over the next"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("images", type=Path, nargs="+", metavar="SCAN",
                        help="files registration.nrrd from the results of analyze, by date")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="folder for registration_N.h5 (maps points of scan N - 1 to scan N, LPS mm)")


def run(args: Namespace, progress: Progress) -> None:
    """Register and write the transforms."""
    from DuOncoUnityLib.registrations import register_in_order

    register_in_order(args.images, args.out, progress)
