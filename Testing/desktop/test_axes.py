"""An end of an axis that a person drags in a slice view holds from then on: in scene, response and export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import slicer

from DuOncoUnityLib.records.model import Caliper, ReviewStatus
from DuOncoUnityLib.scene.axes import axis_nodes
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from Testing.desktop.patient import add_compared_patient, open_section, reopen, rows
from Testing.desktop.slice_view import SliceView
from Testing.desktop.slicer_desktop import Desktop

MOVED_MM = 9.0


@pytest.fixture
def scans(desktop: Desktop) -> list[Result]:
    """Two scans of a patient, laid over each other; the later one is current."""
    return add_compared_patient(desktop, "compare")


@pytest.fixture
def view(desktop: Desktop, scans: list[Result]) -> Iterator[SliceView]:
    view = SliceView(desktop.scene, slicer.app.applicationLogic())
    yield view
    view.close()


def target(desktop: Desktop) -> tuple[str, str]:
    """The first target: its track, and its lesion on the current scan."""
    course = desktop.widget.session.course
    row = course.compared(course.assessment())[0]
    return row.track_id, row.current.lesion_ids[0]


def long_axis(desktop: Desktop, lesion_id: str) -> Caliper:
    return next(lesion.measurement.long_axis for lesion in desktop.widget.session.time_point.lesions
                if lesion.id == lesion_id)


@pytest.fixture
def drawn(desktop: Desktop, view: SliceView) -> Caliper:
    """The long axis of the first target, after its end was pulled outwards."""
    _track, lesion_id = target(desktop)
    desktop.widget.session.choose_lesion(lesion_id)
    before = long_axis(desktop, lesion_id)
    stretch = 1.0 + MOVED_MM / before.length_mm
    end = tuple(start + (stop - start) * stretch
                for start, stop in zip(before.start_lps_mm, before.end_lps_mm, strict=True))
    view.drag(before.end_lps_mm, end)
    desktop.wait(lambda: True)
    after = long_axis(desktop, lesion_id)
    assert after.length_mm == pytest.approx(before.length_mm + MOVED_MM, abs=1.5)  # a pixel of the view
    assert after.drawn_by == "Dr A"
    assert after.drawn_at
    return after


def names_of_lines(result: Result) -> list[str]:
    return [node.GetName() for node in axis_nodes(result.segmentation)]


def test_it_is_marked_in_list_and_views_and_the_response_follows(desktop: Desktop, scans: list[Result],
                                                                 drawn: Caliper) -> None:
    _track, lesion_id = target(desktop)
    assert f"{lesion_id} long axis (by hand)" in names_of_lines(scans[1])
    list_of_lesions = desktop.section("review").ui.lesionTable.model()
    shown = {list_of_lesions.item(row, 0).text(): list_of_lesions.item(row, 3).text()
             for row in range(list_of_lesions.rowCount())}
    assert shown[lesion_id] == f"{drawn.length_mm:.1f} ✎"
    lesion = next(one for one in desktop.widget.session.time_point.lesions if one.id == lesion_id)
    assert lesion.review.status is ReviewStatus.CORRECTED
    course = desktop.widget.session.course
    assert course.compared(course.assessment())[0].current.size_mm == pytest.approx(drawn.length_mm, abs=0.06)


def test_it_survives_an_edit_of_the_mask(desktop: Desktop, scans: list[Result], drawn: Caliper) -> None:
    _track, lesion_id = target(desktop)
    mask = read_layer(scans[1].segmentation, "lesion", scans[1].volume)
    i, j, k = next(one for one in desktop.widget.session.time_point.lesions if one.id == lesion_id).measurement.seed_ijk
    mask[k, j, i] = False
    write_layer(scans[1].segmentation, "lesion", mask, scans[1].volume)
    steps = len(desktop.widget.session.history)
    desktop.wait(lambda: len(desktop.widget.session.history) > steps)
    assert long_axis(desktop, lesion_id) == drawn


def test_it_survives_saving_and_stands_in_the_cdisc_tables(desktop: Desktop, scans: list[Result], drawn: Caliper,
                                                           tmp_path: Path) -> None:
    track_id, lesion_id = target(desktop)
    response = rows(desktop.section("compare").ui.responseTable)
    reopen(desktop, tmp_path / "work.mrb")
    session = desktop.widget.session
    assert long_axis(desktop, lesion_id) == drawn
    assert rows(open_section(desktop, "compare").responseTable) == response
    session.choose_lesion(lesion_id)
    assert f"{lesion_id} long axis (by hand)" in names_of_lines(session.result)
    finish = open_section(desktop, "finish")
    finish.folderEdit.setCurrentPath(str(tmp_path / "export"))
    desktop.click(finish.exportButton)
    with (tmp_path / "export" / "TR.csv").open(encoding="utf-8", newline="") as file:
        sizes = {(row["TRLNKID"], row["VISITNUM"]): float(row["TRSTRESN"]) for row in csv.DictReader(file)
                 if row["TRTESTCD"] == "LDIAM"}
    assert sizes[track_id, "2"] == pytest.approx(drawn.length_mm, abs=0.06)
