"""`duonco-unity analyze INPUT --out DIR`: one CT in; layers, measurements, record and preview out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.report import print_result
from DuOncoUnityLib.model.calibration import SENSITIVITIES
from DuOncoUnityLib.progress import Progress

NAME = "analyze"
HELP = "segment and measure one CT"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("input", type=Path, metavar="INPUT", help="DICOM folder, NIfTI, NRRD or MHA file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the result")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="model folder (default: the bundled model)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto",
                        help="where to compute (default: auto)")
    parser.add_argument("--series", metavar="UID", help="DICOM series to analyse (see `duonco-unity series`)")
    parser.add_argument("--height", type=float, metavar="M", help="patient's height in metres, for the muscle index")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="date of the scan, where the file has none")
    point = parser.add_mutually_exclusive_group()
    point.add_argument("--sensitivity", choices=SENSITIVITIES, default="default",
                       help="how many proposals to show, as calibrated for the model (default: %(default)s)")
    point.add_argument("--threshold", type=float, metavar="P", help="show proposals from this confidence on, 0 to 1")
    parser.add_argument("--no-preview", action="store_true", help="do not draw preview.png")


def run(args: Namespace, progress: Progress) -> None:
    """Analyse and print the burden."""
    from DuOncoUnityLib.analysis import OperatingPoint
    from DuOncoUnityLib.records.scan_facts import ScanFacts
    from DuOncoUnityLib.results import analyze

    result = analyze(args.input, args.out, bundle_dir=args.model, device=args.device, series_uid=args.series,
                     facts=ScanFacts(args.height, args.date), point=OperatingPoint(args.threshold, args.sensitivity),
                     preview=not args.no_preview, progress=progress)
    if args.progress != "json":
        print_result([result])
