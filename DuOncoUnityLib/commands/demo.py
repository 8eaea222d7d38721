"""`duonco-unity demo`: the main job on two scans of a synthetic patient, or on the user's own scan."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from DuOncoUnityLib.commands.report import print_result
from DuOncoUnityLib.progress import Progress

NAME = "demo"
HELP = "analyse two scans of a synthetic patient (or your own CT) and show the tumour burden"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--out", type=Path, default=Path("duonco-demo"), metavar="DIR",
                        help="folder for the results (default: %(default)s)")
    parser.add_argument("--ct", type=Path, metavar="CT", help="your own scan instead of the synthetic patient")


def run(args: Namespace, progress: Progress) -> None:
    """Make the scans, analyse them, print the burden side by side and say where everything lies."""
    from DuOncoUnityLib.results import analyze

    scans = [args.ct] if args.ct else _write_synthetic_scans(args.out, progress.part(0.0, 0.1))
    results = []
    for number, scan in enumerate(scans):
        part = progress.part(0.1 + 0.9 * number / len(scans), 0.1 + 0.9 * (number + 1) / len(scans))
        results.append(analyze(scan, args.out / f"scan_{number + 1}", progress=part))
    print_result(results)
    for number in range(1, len(scans) + 1):
        folder = args.out / f"scan_{number}"
        print(f"Scan {number}: picture {folder / 'preview.png'}, segments {folder / 'segmentation.seg.nrrd'}, "
              f"lesions {folder / 'lesions.csv'}")
    print("Nobody has reviewed these results.")


def _write_synthetic_scans(out: Path, progress: Progress) -> list[Path]:
    """Two CTs of one synthetic patient, three months apart, as NRRD files that hold their date."""
    import SimpleITK as sitk

    from DuOncoUnityLib.training.patients import make_demo_patient

    progress.update("Making a synthetic patient", 0.0)
    folder = out / "synthetic_patient"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for case in make_demo_patient():
        path = folder / f"ct_{case.ct.acquisition.date}.nrrd"
        sitk.WriteImage(case.ct.geometry.to_sitk(case.ct.hu), str(path), useCompression=True)
        paths.append(path)
    return paths
