"""`duonco-unity segment-lesion CT --point X Y Z --out MASK`: the lesion at a point."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.progress import Progress

if TYPE_CHECKING:
    from DuOncoUnityLib.ct.volume import CTVolume
    from DuOncoUnityLib.model.click import ClickResult, ClickSegmenter

NAME = "segment-lesion"
HELP = "segment the lesion at a point, or along its longest diameter"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ct", type=Path, metavar="CT", help="DICOM folder, NIfTI, NRRD or MHA file")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--point", type=float, nargs=3, action="append", metavar=("X", "Y", "Z"),
                       help="a point in the lesion, LPS mm; may be given several times")
    where.add_argument("--diameter", type=float, nargs=6, metavar=("X", "Y", "Z", "X", "Y", "Z"),
                       help="both ends of its longest diameter, LPS mm: outlines large and uneven lesions better")
    parser.add_argument("--negative", type=float, nargs=3, action="append", default=[], metavar=("X", "Y", "Z"),
                        help="a point that does not belong to it; may be given several times")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--larger", action="store_true",
                      help="the next larger outline at the points, where a part was taken for the whole")
    size.add_argument("--smaller", action="store_true", help="the next smaller outline at the points")
    parser.add_argument("--out", type=Path, required=True, metavar="MASK", help="mask file (.nii.gz, .nrrd, .mha)")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="model folder (default: the bundled model)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto",
                        help="where to compute (default: auto)")
    parser.add_argument("--series", metavar="UID", help="DICOM series of the CT")


def run(args: Namespace, progress: Progress) -> None:
    """Segment, write the mask on the grid of the CT and print what was found."""
    import numpy as np

    from DuOncoUnityLib.ct.read import read_ct
    from DuOncoUnityLib.exports.mask import check_mask_path, write_mask
    from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle
    from DuOncoUnityLib.model.click import ClickSegmenter

    check_mask_path(args.out)
    if args.diameter and (args.larger or args.smaller):
        raise DuOncoError("A diameter says how large the lesion is: it goes with neither --larger nor --smaller.",
                          exit_code=ExitCode.USAGE)
    progress.update("Reading the CT", 0.0)
    ct = read_ct(args.ct, series_uid=args.series)
    segmenter = ClickSegmenter(load_bundle(args.model or default_bundle_dir()), args.device)
    progress.update("Segmenting the lesion", 0.5)
    result = _outlined(segmenter, ct, args)
    mask = np.zeros(ct.hu.shape, dtype=np.uint8)
    mask[result.box] = result.mask
    write_mask(args.out, mask, ct.geometry)
    progress.update("Done", 1.0)
    if args.progress != "json":
        volume_ml = float(result.mask.sum()) * ct.geometry.voxel_volume_ml
        print(f"Lesion of {volume_ml:.2f} ml, found in {result.seconds:.2f} s. Proposed by the network, not reviewed.")


def _outlined(segmenter: ClickSegmenter, ct: CTVolume, args: Namespace) -> ClickResult:
    """The lesion at the points or along the diameter."""
    from DuOncoUnityLib.model.click import next_outline

    negative = [tuple(point) for point in args.negative]
    if args.diameter:
        return segmenter.segment_diameter(ct, (tuple(args.diameter[:3]), tuple(args.diameter[3:])), negative)
    points = [tuple(point) for point in args.point]
    result = segmenter.segment(ct, points, negative)
    if args.larger or args.smaller:
        return next_outline(segmenter.outlines(ct, points, negative), result.voxels, larger=args.larger)
    return result
