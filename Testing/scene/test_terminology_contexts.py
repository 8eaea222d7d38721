"""Slicer's terminology lists say the same as the one terminology table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import slicer
import vtk

from DuOncoUnityLib.scene.terminology_contexts import (
    REGIONS_NAME,
    SEGMENTS_NAME,
    color_table_files,
    context_files,
    terminology_entry,
)
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer

TERMS = [*LAYERS.values(), *ORGANS.values()]


def test_the_shipped_files_are_up_to_date() -> None:
    for path, text in (context_files() | color_table_files()).items():
        assert path.read_text(encoding="utf-8") == text, "run python -m DuOncoUnityLib.scene.terminology_contexts"


@pytest.fixture
def terminologies(scene: Any) -> Any:
    """Slicer's terminology module with the shipped files loaded."""
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    for path in context_files():
        assert logic.LoadContextFromFile(str(path))
    return logic


def test_slicer_offers_both_lists(terminologies: Any) -> None:
    assert SEGMENTS_NAME in _names(terminologies.GetLoadedTerminologyNames)
    assert REGIONS_NAME in _names(terminologies.GetLoadedRegionContextNames)


def test_slicer_offers_every_layer_and_organ(terminologies: Any) -> None:
    offered = set()
    for n in range(terminologies.GetNumberOfCategoriesInTerminology(SEGMENTS_NAME)):
        category = slicer.vtkSlicerTerminologyCategory()
        terminologies.GetNthCategoryInTerminology(SEGMENTS_NAME, n, category)
        for m in range(terminologies.GetNumberOfTypesInTerminologyCategory(SEGMENTS_NAME, category)):
            kind = slicer.vtkSlicerTerminologyType()
            terminologies.GetNthTypeInTerminologyCategory(SEGMENTS_NAME, category, m, kind)
            offered.add((category.GetCodeValue(), kind.GetCodeValue(), kind.GetCodeMeaning()))
    assert offered == {(term.category.value, term.type.value, term.type.meaning) for term in TERMS}


def test_slicer_offers_every_region(terminologies: Any) -> None:
    offered = set()
    for n in range(terminologies.GetNumberOfRegionsInRegionContext(REGIONS_NAME)):
        region = slicer.vtkSlicerTerminologyType()
        terminologies.GetNthRegionInRegionContext(REGIONS_NAME, n, region)
        offered.add(region.GetCodeValue())
    assert offered == {term.region.value for term in TERMS if term.region} | {
        term.type.value for term in ORGANS.values()}


def test_a_type_brings_the_colour_of_its_layer(terminologies: Any) -> None:
    for term in (LAYERS[Layer.LESION], LAYERS[Layer.MUSCLE], ORGANS["liver"]):
        entry = slicer.vtkSlicerTerminologyEntry()
        assert terminologies.FindTypeInTerminologyBy3dSlicerLabel(SEGMENTS_NAME, term.key, entry)
        assert tuple(entry.GetTypeObject().GetRecommendedDisplayRGBValue()) == term.color


def test_slicer_reads_the_colours_of_label_maps(scene: Any) -> None:
    for path, terms in zip(color_table_files(), (LAYERS.values(), ORGANS.values()), strict=True):
        node = scene.AddNewNodeByClass("vtkMRMLColorTableNode")
        storage = scene.AddNewNodeByClass("vtkMRMLColorTableStorageNode")
        storage.SetFileName(str(path))
        assert storage.ReadData(node)
        for label, term in enumerate(terms, start=1):
            color = [0.0] * 4
            node.GetColor(label, color)
            assert [round(255 * channel) for channel in color] == [*term.color, 255]


def test_an_entry_survives_the_way_through_slicer() -> None:
    for term in TERMS:
        entry = slicer.vtkSlicerTerminologyEntry()
        logic = slicer.vtkSlicerTerminologiesModuleLogic
        assert logic.DeserializeTerminologyEntry(terminology_entry(term), entry)
        assert logic.SerializeTerminologyEntry(entry) == terminology_entry(term)


def test_the_files_lie_where_the_module_looks() -> None:
    assert {path.name for path in context_files()} == {"DuOncoUnity.term.json", "DuOncoUnityRegions.term.json"}
    assert all(path.parent == Path(__file__).resolve().parents[2] / "Resources" / "Terminology"
               for path in context_files())


def _names(fill: Any) -> list[str]:
    names = vtk.vtkStringArray()
    fill(names)
    return [names.GetValue(index) for index in range(names.GetNumberOfValues())]
