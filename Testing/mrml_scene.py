"""A real MRML scene with the module logics of Slicer, as the desktop application sets it up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import slicer

LOGICS = {
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "tables": "vtkSlicerTablesLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "texts": "vtkSlicerTextsLogic",
    "plots": "vtkSlicerPlotsLogic",
}


class ApplicationScene:
    """An empty scene, also as `slicer.mrmlScene`, with `slicer.modules`.

    Args:
        cache: folder into which `.mrb` files are unpacked.

    Attributes:
        scene, application: the scene and its application logic.
    """

    def __init__(self, cache: Path) -> None:
        self.scene: Any = slicer.vtkMRMLScene()
        self.application: Any = slicer.vtkSlicerApplicationLogic()
        self.application.SetMRMLScene(self.scene)
        self._io = slicer.vtkMRMLRemoteIOLogic()
        self._io.GetCacheManager().SetRemoteCacheDirectory(str(cache))
        self._io.SetMRMLScene(self.scene)
        self._io.AddDataIOToScene()
        self._logics = {name: getattr(slicer, class_name)() for name, class_name in LOGICS.items()}
        for logic in self._logics.values():
            logic.SetMRMLApplicationLogic(self.application)
            logic.SetMRMLScene(self.scene)
        # the views ask the application for it
        self.application.SetModuleLogic("Markups", self._logics["markups"])
        slicer.mrmlScene = self.scene
        slicer.modules = SimpleNamespace(**{name: SimpleNamespace(logic=lambda logic=logic: logic)
                                            for name, logic in self._logics.items()})
