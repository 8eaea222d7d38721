"""Points that a person clicks in the views: on a lesion, or beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.scene.axes import ras
from DuOncoUnityLib.scene.hierarchy import add_hidden

_NAME = "DuOnco Unity clicks"
_INSIDE_COLOR, _OUTSIDE_COLOR = (0.2, 1.0, 0.3), (1.0, 0.25, 0.2)
_GLYPH_SCALE = 2.5


class ClickPoints:
    """A list of points that Slicer's own mouse mode "place" fills.

    Observers on the interactors of the slice views would hear of clicks, too; but they have to follow every change of
    layout, undo lightbox, zoom and screen scale, and get in the way of what else listens to the mouse. The mouse mode
    does all that: it works in views that are opened later, shows where the point will be, puts an active effect of the
    Segment Editor away, and ends with a right click or another mouse mode. It does not take clicks with Ctrl: whether a
    point lies inside is a mode.

    Args:
        clicked: called after a point was placed, inside the event of Slicer: what changes the scene has to wait.
        ended: called when Slicer left the mouse mode without `stop`.
    """

    def __init__(self, clicked: Callable[[], None], ended: Callable[[], None]) -> None:
        self._clicked, self._ended = clicked, ended
        self._node: Any = None
        self._observed: list[tuple[slicer.vtkMRMLNode, int]] = []
        self._former_persistence = 0
        self.inside = True

    @property
    def is_active(self) -> bool:
        """Whether clicks in the views place points."""
        return self._node is not None

    def start(self) -> None:
        """Clicks place points from now on."""
        self.stop()
        node = add_hidden(slicer.mrmlScene, "vtkMRMLMarkupsFiducialNode", _NAME)
        node.SetSaveWithScene(False)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSelectedColor(_INSIDE_COLOR)
        display.SetColor(_OUTSIDE_COLOR)
        display.SetGlyphScale(_GLYPH_SCALE)
        display.SetPointLabelsVisibility(False)
        self._node = node
        selection = slicer.mrmlScene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
        selection.SetActivePlaceNodeID(node.GetID())
        self._former_persistence = _interaction().GetPlaceModePersistence()
        _interaction().SetPlaceModePersistence(1)
        _interaction().SetCurrentInteractionMode(slicer.vtkMRMLInteractionNode.Place)
        self._observe(node, slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent, self._on_placed)
        self._observe(_interaction(), slicer.vtkMRMLInteractionNode.InteractionModeChangedEvent, self._on_mode)

    def stop(self) -> None:
        """Clicks do again what they do in Slicer; the points are gone."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()
        node, self._node = self._node, None
        if node is None:
            return
        if _is_placing():
            _interaction().SwitchToViewTransformMode()
        _interaction().SetPlaceModePersistence(self._former_persistence)
        slicer.mrmlScene.RemoveNode(node)

    def positions(self, inside: bool) -> list[Vector]:
        """The points inside, or those outside, in the order in which they were placed; LPS mm."""
        return [ras(self._node.GetNthControlPointPositionWorld(number)) for number in self._placed()
                if bool(self._node.GetNthControlPointSelected(number)) is inside]

    @property
    def count(self) -> int:
        """How many points were placed."""
        return len(self._placed())

    @property
    def latest_is_inside(self) -> bool:
        """Whether the point that was placed last lies inside; False where there is none."""
        placed = self._placed()
        return bool(placed) and bool(self._node.GetNthControlPointSelected(placed[-1]))

    def keep(self, count: int) -> None:
        """Remove all points after the first ones."""
        self._remove(self._placed()[count:])

    def keep_latest(self) -> None:
        """Remove all points but the latest one."""
        self._remove(self._placed()[:-1])

    def _remove(self, numbers: list[int]) -> None:
        for number in reversed(numbers):
            self._node.RemoveNthControlPoint(number)

    def _placed(self) -> list[int]:
        """Numbers of the points that were placed; one more follows the mouse."""
        if self._node is None:
            return []
        return [number for number in range(self._node.GetNumberOfControlPoints())
                if self._node.GetNthControlPointPositionStatus(number) == slicer.vtkMRMLMarkupsNode.PositionDefined]

    def _observe(self, node: slicer.vtkMRMLNode, event: int, receiver: Callable[[], None]) -> None:
        self._observed.append((node, node.AddObserver(event, lambda *_: receiver())))

    def _on_placed(self) -> None:
        self._node.SetNthControlPointSelected(self._placed()[-1], self.inside)
        self._clicked()

    def _on_mode(self) -> None:
        if not _is_placing():
            self._ended()


def _interaction() -> slicer.vtkMRMLInteractionNode:
    return slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")


def _is_placing() -> bool:
    return bool(_interaction().GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place)
