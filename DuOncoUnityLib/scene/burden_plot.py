"""The tumour burden of one scan as a bar chart, kept with its result."""

from __future__ import annotations

from collections.abc import Sequence

import slicer
import vtk

from DuOncoUnityLib.scene.hierarchy import place_beside
from DuOncoUnityLib.scene.result import Result

_ROLE = "DuOncoUnity.BurdenChart"
_NAME, _VOLUME = "Site", "Volume (ml)"
_COLOR = (0.56, 0.27, 0.68)


def find_burden_plot(result: Result) -> slicer.vtkMRMLPlotChartNode | None:
    """The chart of a result, if it has been made."""
    return result.segmentation.GetNodeReference(_ROLE)


def create_burden_plot(result: Result, title: str, axis_title: str) -> slicer.vtkMRMLPlotChartNode:
    """A chart without data yet.

    Args:
        title, axis_title: in the language of the person.
    """
    scene = result.segmentation.GetScene()
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(f"{title} data"))
    table.SetLocked(True)
    series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", axis_title)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeBar)
    series.SetLabelColumnName(_NAME)
    series.SetYColumnName(_VOLUME)
    series.SetColor(*_COLOR)
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", scene.GenerateUniqueName(title))
    chart.SetTitle(title)
    chart.SetYAxisTitle(axis_title)
    chart.SetLegendVisibility(False)
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    result.segmentation.SetNodeReferenceID(_ROLE, chart.GetID())
    if result.volume is not None:
        for node in (table, series, chart):
            place_beside(node, result.volume)
    return chart


def pass_on_burden_plot(former: Result, result: Result) -> None:
    """A result that takes the place of another one goes on with its chart."""
    chart = find_burden_plot(former)
    if chart is not None:
        result.segmentation.SetNodeReferenceID(_ROLE, chart.GetID())


def update_burden_plot(chart: slicer.vtkMRMLPlotChartNode, names: Sequence[str], volumes_ml: Sequence[float]) -> None:
    """Draw one bar for each organ."""
    table = chart.GetNthPlotSeriesNode(0).GetTableNode()
    modifying = table.StartModify()
    table.RemoveAllColumns()
    labels, values = vtk.vtkStringArray(), vtk.vtkDoubleArray()
    labels.SetName(_NAME)
    values.SetName(_VOLUME)
    for name, volume_ml in zip(names, volumes_ml, strict=True):
        labels.InsertNextValue(name)
        values.InsertNextValue(volume_ml)
    table.AddColumn(labels)
    table.AddColumn(values)
    table.EndModify(modifying)
