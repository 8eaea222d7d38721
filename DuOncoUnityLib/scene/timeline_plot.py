"""The course of a case as plot nodes: sum of diameters, total volume and number of lesions, in percent of baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import slicer
import vtk

from DuOncoUnityLib.exports.timeline import visit_days
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.visit_assessment import Phase, VisitAssessment
from DuOncoUnityLib.scene.result import Result

_SERIES = {"Sum of diameters": (0.17, 0.37, 0.54), "Total volume": (0.56, 0.27, 0.68), "Lesions": (0.33, 0.33, 0.33)}
_ROLE = "DuOncoUnity.Timeline"
_DAY, _DATE, _RESPONSE = "Day", "Date", "RECIST"


@dataclass(frozen=True)
class TimelinePlot:
    """The nodes of a plotted timeline."""

    table: slicer.vtkMRMLTableNode
    series: list[slicer.vtkMRMLPlotSeriesNode]
    chart: slicer.vtkMRMLPlotChartNode


def create_timeline_plot(scene: slicer.vtkMRMLScene, name: str = "Tumour burden over time") -> TimelinePlot:
    """Table, series and chart without data yet."""
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(f"{name} data"))
    table.SetLocked(True)
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", scene.GenerateUniqueName(name))
    chart.SetTitle(name)
    chart.SetXAxisTitle("Days since the first scan")
    chart.SetYAxisTitle("% of baseline")
    series = []
    for title, color in _SERIES.items():
        node = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", title)
        node.SetAndObserveTableNodeID(table.GetID())
        node.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
        node.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCircle)
        node.SetXColumnName(_DAY)
        node.SetYColumnName(f"{title} (%)")
        node.SetLabelColumnName(_RESPONSE)
        node.SetColor(*color)
        chart.AddAndObservePlotSeriesNodeID(node.GetID())
        series.append(node)
    return TimelinePlot(table, series, chart)


def update_timeline_plot(plot: TimelinePlot, assessment: CaseAssessment) -> None:
    """Draw the present assessment; the table also holds the values themselves (mm, ml, number)."""
    visits = assessment.visits
    baseline = next((visit for visit in visits if visit.phase is Phase.BASELINE), visits[0])
    modifying = plot.table.StartModify()
    plot.table.RemoveAllColumns()
    _add_text(plot.table, _DATE, [visit.date or visit.time_point_id for visit in visits])
    _add_text(plot.table, _RESPONSE, [visit.overall.value if visit.overall else visit.phase.value for visit in visits])
    _add_numbers(plot.table, _DAY, visit_days(visits))
    for title in _SERIES:
        values = [_value(title, visit) for visit in visits]
        reference = _value(title, baseline)
        _add_numbers(plot.table, title, values)
        _add_numbers(plot.table, f"{title} (%)", [100.0 * value / reference if reference else float("nan")
                                                  for value in values])
    plot.table.EndModify(modifying)


def timeline_of(result: Result) -> TimelinePlot | None:
    """The timeline of the case that a result belongs to, if it has been made."""
    chart = result.record.GetNodeReference(_ROLE)
    if chart is None or chart.GetNthPlotSeriesNode(0) is None:
        return None
    series = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
    return TimelinePlot(series[0].GetTableNode(), series, chart)


def show_timeline(result: Result, assessment: CaseAssessment) -> TimelinePlot:
    """The timeline of the case that a result belongs to, made where there is none, with the present assessment."""
    plot = timeline_of(result)
    if plot is None:
        plot = create_timeline_plot(result.record.GetScene())
        result.record.SetNodeReferenceID(_ROLE, plot.chart.GetID())
    update_timeline_plot(plot, assessment)
    return plot


def _value(title: str, visit: VisitAssessment) -> float:
    value = {"Sum of diameters": visit.sod_mm, "Total volume": visit.burden.volume_ml,
             "Lesions": visit.burden.count}[title]
    return float("nan") if value is None else float(value)


def _add_numbers(table: slicer.vtkMRMLTableNode, name: str, values: Sequence[float]) -> None:
    array = vtk.vtkDoubleArray()
    array.SetName(name)
    for value in values:
        array.InsertNextValue(value)
    table.AddColumn(array)


def _add_text(table: slicer.vtkMRMLTableNode, name: str, values: Sequence[str]) -> None:
    array = vtk.vtkStringArray()
    array.SetName(name)
    for value in values:
        array.InsertNextValue(value)
    table.AddColumn(array)
