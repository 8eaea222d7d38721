"""Muscle is thick, or lies under the skin or along bone; thin sheets elsewhere are no muscle that is measured."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.muscle_sheets import remove_muscle_sheets

ORGANS = ("background", "subcutaneous_tissue", "muscle", "bone", "lumbar_spine", "peritoneum_retroperitoneum",
          "soft_tissue")
SUBCUTANEOUS, MUSCLE, BONE, SPINE, PERITONEUM, SOFT = 1, 2, 3, 4, 5, 6
SPACINGS = [(3.0, 3.0, 3.0), (5.0, 0.8, 0.8), (1.25, 1.5, 1.0)]
Spacing = tuple[float, float, float]


class Trunk:
    """A block of 120 mm: subcutaneous tissue in front, peritoneal fat from 30 mm on; air all around."""

    def __init__(self, spacing_kji_mm: Spacing) -> None:
        self.spacing = spacing_kji_mm
        counts = [round(120 / spacing) for spacing in spacing_kji_mm]
        inside = np.full(counts, PERITONEUM, np.uint8)
        inside[:, :round(30 / spacing_kji_mm[1])] = SUBCUTANEOUS
        self.labels = np.pad(inside, 3)
        self.body = (slice(3, 3 + counts[0]), slice(3, 3 + counts[1]), slice(3, 3 + counts[2]))

    def paint(self, label: int, *, k: tuple[float, float] = (0, 120), j: tuple[float, float] = (0, 120),
              i: tuple[float, float] = (0, 120)) -> np.ndarray:
        """Give the voxels within ranges of mm a label, and return their mask."""
        mask = np.zeros(self.labels.shape, bool)
        mask[tuple(slice(part.start + round(low / spacing), part.start + round(high / spacing))
                   for part, (low, high), spacing in zip(self.body, (k, j, i), self.spacing, strict=True))] = True
        self.labels[mask] = label
        return mask

    def clean(self) -> np.ndarray:
        remove_muscle_sheets(self.labels, self.spacing, ORGANS, self.body)
        return self.labels


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("side", ["k", "j", "i"])
def test_a_deep_sheet_is_given_away_and_nothing_else(spacing: Spacing, side: str) -> None:
    """As the diaphragm is, which no cut-off of skeletal muscle counts."""
    trunk = Trunk(spacing)
    before = trunk.labels.copy()
    where = {"k": (30.0, 90.0), "j": (60.0, 110.0), "i": (30.0, 90.0)} | {side: (75.0, 80.0)}
    sheet = trunk.paint(MUSCLE, k=where["k"], j=where["j"], i=where["i"])
    cleaned = trunk.clean()
    assert (cleaned[sheet] == SOFT).all()
    np.testing.assert_array_equal(cleaned[~sheet], before[~sheet])


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_thick_deep_muscle_stays_but_for_its_edges(spacing: Spacing) -> None:
    """As the psoas does."""
    trunk = Trunk(spacing)
    muscle = trunk.paint(MUSCLE, j=(60, 90), i=(40, 70))
    assert (trunk.clean()[muscle] == MUSCLE).mean() > 0.97


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_thin_muscle_under_the_skin_stays(spacing: Spacing) -> None:
    trunk = Trunk(spacing)
    wall = trunk.paint(MUSCLE, j=(30, 36))
    assert (trunk.clean()[wall] == MUSCLE).all()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(("bone", "expected"), [(BONE, MUSCLE), (SPINE, SOFT)])
def test_a_thin_muscle_stays_along_pelvis_and_ribs_and_not_around_vertebrae(spacing: Spacing, bone: int,
                                                                            expected: int) -> None:
    trunk = Trunk(spacing)
    muscle = trunk.paint(MUSCLE, j=(75, 78), i=(30, 90))
    trunk.paint(bone, j=(78, 100), i=(30, 90))
    # the last voxels along the edge may touch no bone
    assert (trunk.clean()[muscle] == expected).mean() > 0.95


def test_the_end_of_the_scan_makes_no_muscle_thin() -> None:
    trunk = Trunk((3.0, 3.0, 3.0))
    muscle = trunk.paint(MUSCLE, k=(114, 120), j=(60, 90), i=(40, 70))
    cut = trunk.labels[trunk.body].copy()
    inside = tuple(slice(0, size) for size in cut.shape)
    remove_muscle_sheets(cut, trunk.spacing, ORGANS, (inside[0], inside[1], inside[2]))
    assert (cut[muscle[trunk.body]] == MUSCLE).mean() > 0.9


def test_a_model_without_muscle_or_soft_tissue_is_left_alone() -> None:
    trunk = Trunk((3.0, 3.0, 3.0))
    trunk.paint(MUSCLE, j=(75, 78))
    before = trunk.labels.copy()
    remove_muscle_sheets(trunk.labels, trunk.spacing, ORGANS[:-1], trunk.body)
    np.testing.assert_array_equal(trunk.labels, before)


def test_the_storage_of_the_scan_changes_nothing(awkward_geometry: Geometry) -> None:
    rng = np.random.default_rng(5)
    labels = rng.choice([MUSCLE, PERITONEUM], awkward_geometry.shape, p=[0.9, 0.1]).astype(np.uint8)
    view, geometry = awkward_geometry.to_patient_order(labels)
    copy = view.copy()
    body = tuple(slice(0, size) for size in view.shape)
    for stored in (view, copy):
        remove_muscle_sheets(stored, geometry.spacing_mm[::-1], ORGANS, (body[0], body[1], body[2]))
    assert (copy == SOFT).any()
    np.testing.assert_array_equal(awkward_geometry.to_patient_order(labels)[0], copy)
