"""`duonco-unity compare DIR DIR ... --out DIR`: lesions and response over time."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.recist_options import add_recist_arguments, recist_settings
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.progress import Progress

NAME = "compare"
HELP = "follow lesions and response over the analysed scans of one patient"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folders", type=Path, nargs="+", metavar="CASE_DIR", help="results of analyze, in any order")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the result")
    parser.add_argument("--date", action="append", default=[], metavar="[CASE_DIR=]YYYY-MM-DD", dest="dates",
                        help="date of a scan whose file has none: with its folder, or once per folder in their order")
    add_recist_arguments(parser)


def run(args: Namespace, progress: Progress) -> None:
    """Compare and print the table of responses."""
    from DuOncoUnityLib.comparison import compare

    comparison = compare(args.folders, args.out, dates=_dates(args.dates, args.folders),
                         settings=recist_settings(args), progress=progress)
    if args.progress != "json":
        print(comparison.text)
        print("Research use, not a medical device.")


def _dates(given: list[str], folders: list[Path]) -> dict[Path, str]:
    """The date of every folder for which one was given."""
    named = dict(text.rsplit("=", 1) for text in given if "=" in text)
    if named and len(named) == len(given):
        unknown = set(map(Path, named)) - set(folders)
        if unknown:
            raise DuOncoError("A --date names a folder that is not compared.", exit_code=ExitCode.USAGE)
        return {Path(folder): date for folder, date in named.items()}
    if named or len(given) not in (0, len(folders)):
        raise DuOncoError("Give --date as FOLDER=DATE, or once for every folder in their order.",
                          exit_code=ExitCode.USAGE)
    return dict(zip(folders, given, strict=False))
