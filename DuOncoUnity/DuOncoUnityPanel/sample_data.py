"""The synthetic patient in Slicer's module Sample Data."""

from __future__ import annotations

from pathlib import Path

import slicer
from slicer.i18n import tr as _

ICON = Path(__file__).resolve().parents[1] / "Resources" / "Icons" / "DuOncoUnity.png"


def register() -> None:
    """Offer the patient in Sample Data; once, when Slicer has started."""
    from SampleData import SampleDataLogic

    SampleDataLogic.registerCustomSampleDataSource(
        category=_("DuOnco Unity"), sampleName=_("Synthetic patient, two scans"), uris="", fileNames="",
        thumbnailFileName=str(ICON), customDownloader=add_example)


def add_example(_source: object = None) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Add the two scans, and show the later one in the slice views."""
    # takes a second to import, and is needed here only
    from DuOncoUnityLib.scene.example import add_synthetic_patient

    with slicer.util.WaitCursor():
        volumes = add_synthetic_patient(slicer.mrmlScene, _("Synthetic patient"))
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActiveVolumeID(volumes[-1].GetID())
    logic.PropagateVolumeSelection()
    return volumes
