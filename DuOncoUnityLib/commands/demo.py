"""`duonco-unity demo`: the main job on two scans of a synthetic patient, or on the user's own scan."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from DuOncoUnityLib.commands.report import print_result
from DuOncoUnityLib.progress import Progress

NAME = "demo"
HELP = "analyse two scans of a synthetic patient (or your own CT) and show the tumour burden"


@dataclass(frozen=True)
class _Scan:
    """A CT file, its date where the file has none, and for a synthetic patient a sentence with the truth."""

    path: Path
    date: str | None = None
    truth: str = ""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--out", type=Path, default=Path("duonco-demo"), metavar="DIR",
                        help="folder for the results (default: %(default)s)")
    parser.add_argument("--ct", type=Path, metavar="CT", help="your own scan instead of the synthetic patient")


def run(args: Namespace, progress: Progress) -> None:
    """Make the scans, analyse and compare them, and say where everything lies."""
    from DuOncoUnityLib.records.scan_facts import ScanFacts
    from DuOncoUnityLib.results import analyze

    scans = [_Scan(args.ct)] if args.ct else _write_synthetic_scans(args.out, progress.part(0.0, 0.1))
    folders = [args.out / f"scan_{number}" for number in range(1, len(scans) + 1)]
    results = []
    for number, (scan, folder) in enumerate(zip(scans, folders, strict=True)):
        part = progress.part(0.1 + 0.7 * number / len(scans), 0.1 + 0.7 * (number + 1) / len(scans))
        results.append(analyze(scan.path, folder, facts=ScanFacts(date=scan.date), progress=part))
    comparison = _compare(folders, args.out / "comparison", progress.part(0.8, 1.0)) if len(folders) > 1 else ""
    print_result(results)
    for text in (*(scan.truth for scan in scans), comparison):
        if text:
            print(text)
    for number, folder in enumerate(folders, start=1):
        print(f"Scan {number}: picture {folder / 'preview.png'}, segments {folder / 'segmentation.seg.nrrd'}, "
              f"lesions {folder / 'lesions.csv'}")
    if comparison:
        print(f"Over time: curves {args.out / 'comparison' / 'timeline.png'}, "
              f"lesions {args.out / 'comparison' / 'lesion_tracks.csv'}")
    print("Nobody has reviewed these results.")


def _compare(folders: list[Path], out: Path, progress: Progress) -> str:
    from DuOncoUnityLib.comparison import compare

    return f"\n{compare(folders, out, progress=progress).text}\n"


def _write_synthetic_scans(out: Path, progress: Progress) -> list[_Scan]:
    """Two CTs of one synthetic patient, three months apart, as NRRD files."""
    import SimpleITK as sitk

    from DuOncoUnityLib.training.patients import make_demo_patient

    progress.update("Making a synthetic patient", 0.0)
    folder = out / "synthetic_patient"
    folder.mkdir(parents=True, exist_ok=True)
    scans = []
    for case in make_demo_patient():
        date = case.ct.acquisition.date
        path = folder / f"ct_{date}.nrrd"
        sitk.WriteImage(case.ct.geometry.to_sitk(case.ct.hu), str(path), useCompression=True)
        volume_ml = sum(lesion.volume_ml for lesion in case.lesions)
        scans.append(_Scan(path, date, f"Truth of {date}: {len(case.lesions)} lesions and nodes, {volume_ml:.1f} ml. "
                                       "What the bundled model misses: docs/model-card.md"))
    return scans
