"""Body regions on a scan."""

from __future__ import annotations

import numpy as np

from DuOncoUnityLib.anatomy.coverage import coverage_warning, covered_regions
from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.geometry import Geometry


def anatomy_with(**volumes_ml: float) -> LabelMap:
    """A label map that holds the given organ volumes (1 ml voxels)."""
    labels = np.zeros((20, 20, 20), np.uint8)
    index_of = {organ: number for number, organ in enumerate(volumes_ml, start=1)}
    position = 0
    for organ, volume_ml in volumes_ml.items():
        labels.flat[position:position + int(volume_ml)] = index_of[organ]
        position += int(volume_ml)
    return LabelMap(labels, Geometry((20, 20, 20), (10.0, 10.0, 10.0)), index_of)


def test_a_whole_trunk_has_three_regions_and_no_warning() -> None:
    regions = covered_regions(anatomy_with(lung=3000, liver=1400, kidney=300, sacrum=150))
    assert regions == ["thorax", "abdomen", "pelvis"]
    assert coverage_warning(regions) is None


def test_lung_bases_alone_do_not_make_a_thorax() -> None:
    regions = covered_regions(anatomy_with(lung=150, liver=1400))
    assert regions == ["abdomen"]
    assert coverage_warning(regions) == "Not on this scan, so nothing there is counted: thorax, pelvis."
