"""Step 4: what all lesions add up to, muscle and fat, and the way from a number to its place in the image."""

from __future__ import annotations

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.records.review import reject
from DuOncoUnityLib.scene.burden_plot import find_burden_plot
from Testing.desktop.patient import add_patient, open_section, rows
from Testing.desktop.slicer_desktop import Desktop


def test_every_number_leads_to_its_place_and_follows_the_record(desktop: Desktop) -> None:
    scan = add_patient(desktop)[1]
    session, point = desktop.widget.session, scan.load()[1]
    ui = open_section(desktop, "burden")
    table = rows(ui.burdenTable)
    assert [row[:2] for row in table] == [
        ["Whole scan", "4"], ["Lesions", "3"], ["    Liver", "2"], ["    Lungs", "1"], ["Lymph nodes", "1"],
        ["    Peritoneum and retroperitoneum", "1"]]
    total = sum(lesion.measurement.volume_ml for lesion in point.lesions)
    assert float(table[0][2]) == pytest.approx(total, abs=0.05)
    assert ui.totalLabel.text.startswith(f"4 lesions in 3 sites, {total:.1f} ml.")
    desktop.screenshot("burden", desktop.section("burden").widget)

    ui.burdenTable.cellClicked.emit(2, 0)
    largest = max((lesion for lesion in point.lesions if lesion.site == "liver"),
                  key=lambda lesion: lesion.measurement.volume_ml)
    assert session.lesion_id == largest.id
    np.testing.assert_allclose(centre(desktop), largest.measurement.centroid_lps_mm, atol=0.1)

    figures = dict(rows(ui.bodyTable))
    assert figures["Skeletal muscle: area"] == f"{point.composition['skeletal_muscle_area_cm2']:.1f} cm²"
    assert "Skeletal muscle index" in figures
    ui.bodyTable.cellClicked.emit(0, 0)
    assert centre(desktop)[2] == pytest.approx(point.composition["level_superior_mm"])

    desktop.click(ui.chartButton)
    chart = find_burden_plot(scan)
    selection = slicer.app.applicationLogic().GetSelectionNode()
    assert selection.GetActivePlotChartID() == chart.GetID()
    assert chart.GetNthPlotSeriesNode(0).GetTableNode().GetNumberOfRows() == 3

    session.change_record(lambda case: [reject(lesion, "Dr A") for lesion in scan.time_point(case).lesions
                                        if lesion.site == "lung"])
    assert rows(ui.burdenTable)[0][1] == "3"
    assert "Rejected, not counted: 1." in ui.totalLabel.text
    assert chart.GetNthPlotSeriesNode(0).GetTableNode().GetNumberOfRows() == 2


def centre(desktop: Desktop) -> list[float]:
    """The centre of the slice views, LPS mm."""
    matrix = desktop.scene.GetFirstNodeByName("Red").GetSliceToRAS()
    return [matrix.GetElement(row, 3) * sign for row, sign in ((0, -1), (1, -1), (2, 1))]
