"""The lesions of a time point as a table node, one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import slicer
import vtk

from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer


@dataclass(frozen=True)
class Column:
    """A column: the name by which code finds it, title and unit for people, and its value for a lesion."""

    name: str
    title: str
    unit: str
    value: Callable[[Lesion], str | float]


COLUMNS = [
    Column("id", "Lesion", "", lambda lesion: lesion.id),
    Column("layer", "Layer", "", lambda lesion: LAYERS[Layer(lesion.layer)].name),
    Column("site", "Site", "", lambda lesion: ORGANS[lesion.site].name if lesion.site in ORGANS else lesion.site),
    Column("volume_ml", "Volume", "ml", lambda lesion: round(lesion.measurement.volume_ml, 3)),
    Column("long_axis_mm", "Long axis", "mm", lambda lesion: round(lesion.measurement.long_axis.length_mm, 1)),
    Column("short_axis_mm", "Short axis", "mm", lambda lesion: round(lesion.measurement.short_axis.length_mm, 1)),
    Column("mean_hu", "Density", "HU", lambda lesion: round(lesion.measurement.mean_hu)),
    Column("confidence", "Confidence", "",
           lambda lesion: "" if lesion.confidence is None else f"{lesion.confidence:.2f}"),
    Column("status", "Review", "", lambda lesion: lesion.review.status.value),
    Column("reviewer", "Reviewer", "", lambda lesion: lesion.review.reviewer),
]


def create_lesion_table(scene: slicer.vtkMRMLScene, name: str) -> slicer.vtkMRMLTableNode:
    """An empty, locked lesion table: its numbers come from the records, nobody types them."""
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    return node


def update_lesion_table(node: slicer.vtkMRMLTableNode, lesions: list[Lesion]) -> None:
    """Fill the table with these lesions, in this order; observers hear of it once."""
    modifying = node.StartModify()
    node.RemoveAllColumns()
    for column in COLUMNS:
        node.AddColumn(_array(column.name, [column.value(lesion) for lesion in lesions]))
        node.SetColumnTitle(column.name, column.title)
        node.SetColumnUnitLabel(column.name, column.unit)
    node.EndModify(modifying)


def _array(name: str, values: list[str | float]) -> vtk.vtkAbstractArray:
    numeric = bool(values) and all(isinstance(value, (int, float)) for value in values)
    array = vtk.vtkDoubleArray() if numeric else vtk.vtkStringArray()
    array.SetName(name)
    for value in values:
        array.InsertNextValue(value)
    return array
