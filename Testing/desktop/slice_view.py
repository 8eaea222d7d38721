"""A slice view as the desktop application has it: Slicer's own classes turn the mouse into points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.scene.axes import ras
from Testing.desktop.slicer_desktop import SCREENSHOTS

_SIDE_PIXELS, _FIELD_MM = 512, 400.0
_LUNG_WINDOW = (1500.0, -400.0)
_MANAGERS = ("vtkMRMLMarkupsDisplayableManager", "vtkMRMLCrosshairDisplayableManager",
             "vtkMRMLSegmentationsDisplayableManager2D")


class SliceView:
    """A view that is on no screen, with real displayable managers, interactor and interactor style.

    Args:
        scene: the scene.
        application: its application logic.
        name: of the view ("Red": axial).
    """

    def __init__(self, scene: Any, application: Any, name: str = "Red") -> None:
        self.node = scene.GetNodeByID(f"vtkMRMLSliceNode{name}")
        self._window, renderer = vtk.vtkRenderWindow(), vtk.vtkRenderer()
        self._window.SetOffScreenRendering(1)
        self._window.SetSize(_SIDE_PIXELS, _SIDE_PIXELS)
        self._window.AddRenderer(renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(application)
        for manager in _MANAGERS:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._managers = factory.InstantiateDisplayableManagers(renderer)
        self._managers.SetMRMLDisplayableNode(self.node)
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(application)
        self._logic.SetMRMLScene(scene)
        self._logic.SetSliceNode(self.node)
        self._style = slicer.vtkMRMLSliceViewInteractorStyle()
        self._style.SetDisplayableManagers(self._managers)
        self._style.SetSliceLogic(self._logic)
        self._style.SetInteractor(self._interactor)
        self._interactor.Initialize()
        self.node.SetDimensions(_SIDE_PIXELS, _SIDE_PIXELS, 1)
        self.node.SetFieldOfView(_FIELD_MM, _FIELD_MM, 1)

    def click(self, place_lps_mm: Vector, button: str = "Left") -> None:
        """Scroll to the slice of a place and click there."""
        self.node.JumpSliceByOffsetting(*ras(place_lps_mm))
        self._move(place_lps_mm)
        self._send(f"{button}ButtonPressEvent", f"{button}ButtonReleaseEvent")

    def drag(self, start_lps_mm: Vector, end_lps_mm: Vector) -> None:
        """Scroll to the slice of a place and pull what is there to another place of the slice."""
        self.node.JumpSliceByOffsetting(*ras(start_lps_mm))
        self._move(start_lps_mm)
        self._send("LeftButtonPressEvent")
        self._move(end_lps_mm)
        self._send("LeftButtonReleaseEvent")

    def _move(self, place_lps_mm: Vector) -> None:
        to_xy = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.node.GetXYToRAS(), to_xy)
        x, y, _z, _w = to_xy.MultiplyPoint((*ras(place_lps_mm), 1.0))
        self._interactor.SetEventInformation(int(np.rint(x)), int(np.rint(y)), 0, 0, chr(0), 0, None)
        self._send("MouseMoveEvent")

    def _send(self, *events: str) -> None:
        for event in events:
            self._interactor.InvokeEvent(event)

    def screenshot(self, name: str, volume: Any, place_lps_mm: Vector, field_mm: float) -> Path:
        """Write what the view shows around a place to out/desktop/NAME.png."""
        grey = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode")
        grey.SetTypeToGrey()
        display = volume.GetDisplayNode()
        display.SetAndObserveColorNodeID(grey.GetID())
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(*_LUNG_WINDOW)
        self._composite().SetBackgroundVolumeID(volume.GetID())
        self.node.SetFieldOfView(field_mm, field_mm, 1)
        self.node.JumpSliceByCentering(*ras(place_lps_mm))
        self._logic.UpdatePipeline()
        image = vtk.vtkActor2D()
        image.SetMapper(vtk.vtkImageMapper())
        image.GetMapper().SetInputConnection(self._logic.GetImageDataConnection())
        image.GetMapper().SetColorWindow(255.0)
        image.GetMapper().SetColorLevel(127.5)
        image.GetProperty().SetDisplayLocationToBackground()
        self._window.GetRenderers().GetFirstRenderer().AddViewProp(image)
        self._window.Render()
        grabber, writer = vtk.vtkWindowToImageFilter(), vtk.vtkPNGWriter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        path = SCREENSHOTS / f"{name}.png"
        writer.SetFileName(str(path))
        writer.SetInputConnection(grabber.GetOutputPort())
        writer.Write()
        return path

    def _composite(self) -> Any:
        return next(node for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
                    if node.GetLayoutName() == self.node.GetLayoutName())

    def close(self) -> None:
        """The view is gone."""
        self._style.SetInteractor(None)
        self._style.SetDisplayableManagers(None)
        self._managers.SetMRMLDisplayableNode(None)
        self._window.Finalize()
