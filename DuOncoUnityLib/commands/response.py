"""`duonco-unity response --tu TU --tr TR --out RS`: RECIST 1.1 on CDISC tumour tables."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.recist_options import add_recist_arguments, recist_settings
from DuOncoUnityLib.progress import Progress

NAME = "response"
HELP = "derive RECIST 1.1 responses (CDISC RS) from tumour tables (CDISC TU and TR)"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--tu", type=Path, required=True, metavar="TU.csv", help="tumour identification")
    parser.add_argument("--tr", type=Path, required=True, metavar="TR.csv", help="tumour results")
    parser.add_argument("--out", type=Path, required=True, metavar="RS.csv", help="responses")
    add_recist_arguments(parser)


def run(args: Namespace, progress: Progress) -> None:
    """Derive the responses."""
    from DuOncoUnityLib.exports.cdisc import rs_from_tumour_tables

    progress.update("Deriving responses", 0.0)
    count = rs_from_tumour_tables(args.tu, args.tr, args.out, recist_settings(args))
    progress.update("Done", 1.0)
    if args.progress != "json":
        print(f"{count} responses written.")
