"""`duonco-unity evaluate --pred SEG --truth SEG`: how well a segmentation agrees with a truth."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from DuOncoUnityLib.progress import Progress

NAME = "evaluate"
HELP = "compare a segmentation with a truth: overlap, surfaces, volumes, lesion by lesion"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--pred", type=Path, required=True, metavar="SEG",
                        help="the segmentation to judge: .seg.nrrd, or a label map (NIfTI, NRRD, MHA)")
    parser.add_argument("--truth", type=Path, required=True, metavar="SEG", help="the truth, on the same voxels")
    parser.add_argument("--ct", type=Path, metavar="CT", help="the scan of both, for the density of every lesion")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="folder for evaluation.json, segments.csv and lesions.csv")
    parser.add_argument("--lesions", action="append", default=[], metavar="SEGMENT",
                        help="segment whose connected pieces are lesions; may be given several times "
                             "(default: Lesions and Lymph nodes; every segment where neither is there)")
    parser.add_argument("--name", type=_named_number, action="append", default=[], metavar="NUMBER=SEGMENT",
                        help="what a number of a label map means, such as 1=Lesions; may be given several times")
    parser.add_argument("--tolerance", type=float, default=2.0, metavar="MM",
                        help="of the surface Dice (default: %(default)s)")
    parser.add_argument("--least-iou", type=float, default=0.1, metavar="IOU",
                        help="intersection over union with which a lesion counts as found (default: %(default)s)")


def run(args: Namespace, progress: Progress) -> None:
    """Compare, print the tables and write them where wanted."""
    from DuOncoUnityLib.evaluation.agreement import EvaluationOptions, evaluate
    from DuOncoUnityLib.evaluation.tables import agreement_text, write_agreement

    options = EvaluationOptions(args.tolerance, args.least_iou, tuple(args.lesions), dict(args.name))
    agreement = evaluate(args.pred, args.truth, args.ct, options, progress)
    if args.out:
        write_agreement(args.out, agreement)
    if args.progress != "json":
        print(agreement_text(agreement))


def _named_number(text: str) -> tuple[int, str]:
    number, _, name = text.partition("=")
    if not number.strip().isdecimal() or not int(number) or not name.strip():  # 0 is the background
        raise ArgumentTypeError(f"{text!r} is not of the form NUMBER=SEGMENT")
    return int(number), name.strip()
