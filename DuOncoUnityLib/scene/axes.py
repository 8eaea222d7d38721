"""Long and short axes as markups lines, for the few lesions that a person looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import slicer

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.records.model import Caliper, Lesion
from DuOncoUnityLib.scene.hierarchy import place_beside
from DuOncoUnityLib.terminology import Layer

LESION_ATTRIBUTE = "DuOncoUnity.Lesion"
AXIS_ATTRIBUTE = "DuOncoUnity.Axis"
_RESULT_ROLE = "DuOncoUnity.Result"
_MEASURED_AXIS = {Layer.LESION: "long", Layer.LYMPH_NODE: "short"}
_COLORS = {"long": (1.0, 0.85, 0.2), "short": (0.3, 0.8, 1.0)}


def show_axes(segmentation_node: slicer.vtkMRMLSegmentationNode, lesions: Sequence[Lesion]) -> None:
    """Show the axes of exactly these lesions of a result: others disappear, changed ones move.

    Each new line is locked, until `AxisHandles` frees it, and `GetLineLengthWorld()` equals the measured length in mm.
    """
    scene = segmentation_node.GetScene()
    present = {(node.GetAttribute(LESION_ATTRIBUTE), node.GetAttribute(AXIS_ATTRIBUTE)): node
               for node in axis_nodes(segmentation_node)}
    for lesion in lesions:
        calipers = {"long": lesion.measurement.long_axis, "short": lesion.measurement.short_axis}
        for axis, caliper in calipers.items():
            node = present.pop((lesion.id, axis), None) or _create(segmentation_node, lesion, axis)
            _draw(node, caliper)
    for node in present.values():
        scene.RemoveNode(node)


def update_axes(segmentation_node: slicer.vtkMRMLSegmentationNode, lesions: Sequence[Lesion]) -> None:
    """Draw the axes that are shown again after measurements changed; those of lesions that are gone disappear."""
    shown = {node.GetAttribute(LESION_ATTRIBUTE) for node in axis_nodes(segmentation_node)}
    show_axes(segmentation_node, [lesion for lesion in lesions if lesion.id in shown])


def axis_nodes(segmentation_node: slicer.vtkMRMLSegmentationNode) -> list[slicer.vtkMRMLMarkupsLineNode]:
    """The lines that belong to a result."""
    lines = slicer.util.getNodesByClass("vtkMRMLMarkupsLineNode", segmentation_node.GetScene())
    return [line for line in lines if line.GetNodeReference(_RESULT_ROLE) is segmentation_node]


def _create(segmentation_node: slicer.vtkMRMLSegmentationNode, lesion: Lesion,
            axis: str) -> slicer.vtkMRMLMarkupsLineNode:
    node = _add_line(segmentation_node.GetScene(), f"{lesion.id} {axis} axis")
    node.SetAttribute(LESION_ATTRIBUTE, lesion.id)
    node.SetAttribute(AXIS_ATTRIBUTE, axis)
    node.SetNodeReferenceID(_RESULT_ROLE, segmentation_node.GetID())
    node.SetLocked(True)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetSelectedColor(_COLORS[axis])
    # the axis that RECIST measures; the labels of both would lie on each other
    node.GetDisplayNode().SetPropertiesLabelVisibility(axis == _MEASURED_AXIS[Layer(lesion.layer)])
    volume_node = segmentation_node.GetNodeReference(
        slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole())
    if volume_node is not None:
        place_beside(node, volume_node)
    return node


def _add_line(scene: slicer.vtkMRMLScene, name: str) -> slicer.vtkMRMLMarkupsLineNode:
    """A new line. Slicer would let a person who is placing points go on in it."""
    selection = scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
    placed = (selection.GetActivePlaceNodeClassName(), selection.GetActivePlaceNodeID()) if selection else None
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", name)
    if placed is not None:
        selection.SetReferenceActivePlaceNodeClassName(placed[0])
        selection.SetActivePlaceNodeID(placed[1])
    return node


def _draw(node: slicer.vtkMRMLMarkupsLineNode, caliper: Caliper) -> None:
    ends = [ras(caliper.start_lps_mm), ras(caliper.end_lps_mm)]
    modifying, locked = node.StartModify(), node.GetLocked()
    node.SetLocked(False)
    for number, end in enumerate(ends):
        if number < node.GetNumberOfControlPoints():
            node.SetNthControlPointPositionWorld(number, end)
        else:
            node.AddControlPointWorld(end)
    name = f"{node.GetAttribute(LESION_ATTRIBUTE)} {node.GetAttribute(AXIS_ATTRIBUTE)} axis"
    node.SetName(f"{name} (by hand)" if caliper.drawn_by else name)
    node.SetLocked(locked)
    node.EndModify(modifying)


class AxisHandles:
    """Lets a person drag the ends of the axes that are shown.

    Args:
        segmentation_node: of the result.
        moved: called with lesion id, "long" or "short", and the ends (LPS mm), when a person has let go of one.
    """

    def __init__(self, segmentation_node: slicer.vtkMRMLSegmentationNode,
                 moved: Callable[[str, str, Vector, Vector], None]) -> None:
        self._segmentation = segmentation_node
        self._moved = moved
        self._observed: list[tuple[slicer.vtkMRMLMarkupsLineNode, int]] = []

    def follow(self) -> None:
        """Free the ends of the axes that are shown now, and listen to them."""
        self.close()
        for node in axis_nodes(self._segmentation):
            node.SetLocked(False)
            event = slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent
            self._observed.append((node, node.AddObserver(event, self._on_moved)))

    def close(self) -> None:
        """Stop listening."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()

    def _on_moved(self, node: slicer.vtkMRMLMarkupsLineNode, _event: str) -> None:
        start, end = (ras(node.GetNthControlPointPositionWorld(number)) for number in range(2))
        self._moved(node.GetAttribute(LESION_ATTRIBUTE), node.GetAttribute(AXIS_ATTRIBUTE), start, end)


def ras(lps_mm: Sequence[float]) -> Vector:
    """An LPS position as RAS, and the other way round."""
    x, y, z = lps_mm
    return -x, -y, z
