"""How long a person waits for the panel: export, and decisions with and without surfaces in the 3D views.

    python Testing/benchmarks/bench_panel.py

The synthetic patient of the sample data (two scans), then a patient with two scans of 400 x 512 x 512 voxels and 60
lesions each. Every line gives processor and wall time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.followup.registration_image import make_registration_image
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Case, Provenance, TimePoint
from DuOncoUnityLib.scene.example import LESIONS, SEED, SPACING_MM, add_synthetic_patient
from DuOncoUnityLib.scene.registration_image import keep_registration_image
from DuOncoUnityLib.scene.result import Result, show_result
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityLib.terminology import Layer
from DuOncoUnityLib.training.patients import make_follow_up
from Testing.desktop.full_size import add_full_size_scan
from Testing.desktop.patient import open_section, settle
from Testing.desktop.slicer_desktop import Desktop, install
from Testing.synthetic_patient import DATES, lay_over


def timed(name: str, action: Callable[[], Any]) -> None:
    """Print how long it takes."""
    processor, wall = time.process_time(), time.monotonic()
    action()
    print(f"{name}: {time.process_time() - processor:.2f} processor s, {time.monotonic() - wall:.2f} s", flush=True)


def sample_patient(desktop: Desktop) -> list[Result]:
    """The sample data with their true lesions as result."""
    scans = []
    cases = make_follow_up(SEED, SPACING_MM, lesion_count=LESIONS)
    for volume, case in zip(add_synthetic_patient(desktop.scene), cases, strict=True):
        ct = read_ct(volume)
        labels = np.where(case.lesion_ids > 0, Layer.LESION.label, 0).astype(np.uint8)
        lesions, instances = propose_lesions(labels, ct)
        date = case.ct.acquisition.date or ""
        point = TimePoint(date, date, ct.geometry, ct.acquisition, Provenance("", "", "", "", "", ""), lesions,
                          highest_lesion_number=dict(instances.highest_number))
        scans.append(with_image(show_result(volume, Case("sample", [point]), labels, labels), ct))
    return scans


def with_image(result: Result, ct: CTVolume) -> Result:
    """The analysis leaves the small picture for the registration, too."""
    keep_registration_image(result.segmentation, make_registration_image(ct))
    return result


def export(desktop: Desktop, name: str) -> None:
    """Press the button with an empty folder chosen."""
    ui = open_section(desktop, "finish")
    ui.folderEdit.setCurrentPath(str(desktop.folder / name))
    timed(f"export, {name}", lambda: desktop.click(ui.exportButton))
    assert "Files written" in ui.exportLabel.text, desktop.widget.ui.messageLabel.text


def decide(desktop: Desktop, numbers: list[int], name: str) -> None:
    """Reject lesions, and take the last rejection back."""
    review = desktop.section("review").ui
    for number in numbers:
        desktop.widget.session.choose_lesion(f"L{number}")
        timed(f"reject, {name}", lambda: desktop.click(review.rejectButton))
    timed(f"undo, {name}", lambda: desktop.click(review.undoButton))


def main() -> None:
    """Both patients, one after the other."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    install()
    desktop = Desktop(Path(tempfile.mkdtemp()))
    scans = sample_patient(desktop)
    settle(desktop)
    desktop.widget.session.choose_scan(scans[1].volume)
    export(desktop, "sample patient")
    desktop.scene.Clear(0)
    settle(desktop)
    scans = [add_full_size_scan(desktop.scene, date) for date in DATES[:2]]
    for scan in scans:
        with_image(scan, read_ct(scan.volume))
    settle(desktop)
    lay_over(*scans)
    desktop.widget.session.choose_scan(scans[1].volume)
    for name in ("burden", "compare"):
        open_section(desktop, name)
    decide(desktop, [1, 2, 3], "full size")
    surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    segmentation = scans[1].segmentation.GetSegmentation()
    timed("Slicer makes the surfaces", lambda: segmentation.CreateRepresentation(surface))
    decide(desktop, [4, 5], "full size, surfaces shown")
    timed("surfaces follow, once nobody works", desktop.widget.session.renew_surfaces)
    export(desktop, "full size")
    desktop.close()


if __name__ == "__main__":
    main()
