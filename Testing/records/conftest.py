"""A case record written by hand."""

from __future__ import annotations

import pytest

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Acquisition, Caliper, Case, Lesion, Measurement, Provenance, TimePoint


@pytest.fixture
def case() -> Case:
    measurement = Measurement(
        volume_ml=1.25, voxel_count=781, long_axis=Caliper(17.3, (1.0, 2.0, 3.0), (18.3, 2.0, 3.0)),
        short_axis=Caliper(11.1, (9.0, -3.0, 3.0), (9.0, 8.1, 3.0)), mean_hu=43.1, sd_hu=12.2,
        centroid_lps_mm=(9.1, 2.2, 3.3), bounding_box_ijk=(10, 11, 12, 30, 31, 32), seed_ijk=(20, 21, 22))
    provenance = Provenance("0.1.0", "tap", "1", "ab", "cd", "2026-02-01T10:00:00Z", {"overlap": 0.5, "device": "cpu"})
    time_point = TimePoint(
        "2026-01-31", "2026-01-31", Geometry((80, 90, 100), (0.8, 0.8, 2.0), (-120.5, 33.3, 7.1)),
        Acquisition(date="2026-01-31", slice_thickness_mm=2.0), provenance,
        lesions=[Lesion("L1", "lesion", "liver", measurement, 0.83), Lesion("N1", "lymph_node", "", measurement)],
        coverage=["thorax", "abdomen"], warnings=["Thick slices."],
        composition={"muscle_area_cm2": 133.7, "level": "L3", "height_m": None},
        highest_lesion_number={"L": 1, "N": 1})
    return Case("P-001", [time_point])
