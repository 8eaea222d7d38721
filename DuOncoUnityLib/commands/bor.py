"""`duonco-unity bor RS --out BOR`: best overall response from visit responses."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.recist_options import add_recist_arguments, recist_settings
from DuOncoUnityLib.progress import Progress

NAME = "bor"
HELP = "derive the best overall response, unconfirmed and confirmed, from visit responses (CDISC RS)"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("rs", type=Path, metavar="RS.csv",
                        help="visit responses with dates (OVRLRESP rows; one without result is the baseline)")
    parser.add_argument("--out", type=Path, required=True, metavar="BOR.csv", help="one row per subject")
    add_recist_arguments(parser)


def run(args: Namespace, progress: Progress) -> None:
    """Derive the best responses."""
    from DuOncoUnityLib.exports.cdisc import bor_from_rs

    progress.update("Deriving best responses", 0.0)
    count = bor_from_rs(args.rs, args.out, args.confirm_days, args.min_sd_days, recist_settings(args))
    progress.update("Done", 1.0)
    if args.progress != "json":
        print(f"Best overall response of {count} subjects written.")
