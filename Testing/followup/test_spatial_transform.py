"""Maps between scans: both directions, like ITK's, and the same after being written to a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import Geometry

AFFINE = np.array([[1.04, 0.08, 0, 12.0], [-0.08, 0.97, 0.02, -30.0], [0, 0.01, 1.02, 400.0], [0, 0, 0, 1.0]])


@pytest.fixture
def bent(awkward_geometry: Geometry) -> SpatialTransform:
    """An affine map after a smooth bend, on every awkward grid."""
    k, j, i = np.indices(awkward_geometry.shape) / 9.0
    field = np.stack([np.sin(i + k), np.cos(j), np.sin(k) * np.cos(i)], axis=-1)
    return SpatialTransform(AFFINE, field.astype(np.float32), awkward_geometry)


@pytest.fixture
def points(awkward_geometry: Geometry) -> np.ndarray:
    rng = np.random.default_rng(3)
    return awkward_geometry.index_to_world(rng.uniform((0, 0, 0), np.array(awkward_geometry.shape[::-1]) - 1, (50, 3)))


def test_points_go_where_itk_puts_them(bent: SpatialTransform, points: np.ndarray) -> None:
    itk = bent.to_sitk()
    expected = [itk.TransformPoint(point.tolist()) for point in points]
    np.testing.assert_allclose(bent.map_points(points), expected, atol=1e-4)


def test_the_way_back_leads_to_the_start(bent: SpatialTransform, points: np.ndarray) -> None:
    np.testing.assert_allclose(bent.map_points_back(bent.map_points(points)), points, atol=0.02)


def test_single_points_and_none_keep_their_shape(bent: SpatialTransform) -> None:
    assert bent.map_points((1.0, 2.0, 3.0)).shape == (3,)
    assert bent.map_points_back(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("suffix", [".h5", ".tfm"])
def test_a_file_holds_the_same_map(bent: SpatialTransform, points: np.ndarray, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"map{suffix}"
    bent.save(path)
    np.testing.assert_allclose(SpatialTransform.load(path).map_points(points), bent.map_points(points), atol=1e-3)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_linear_map_is_written_and_has_one_volume_ratio(tmp_path: Path) -> None:
    linear = SpatialTransform(AFFINE)
    linear.save(tmp_path / "map.h5")
    np.testing.assert_allclose(SpatialTransform.load(tmp_path / "map.h5").affine, AFFINE)
    assert linear.jacobian().item() == pytest.approx(np.linalg.det(AFFINE[:3, :3]))


def test_a_squeezing_field_has_a_jacobian_below_one() -> None:
    grid = Geometry((9, 9, 9), (2.0, 3.0, 4.0))
    positions = grid.index_to_world(np.stack(np.indices(grid.shape)[::-1], axis=-1))
    squeezed = SpatialTransform(np.eye(4), (-0.1 * positions).astype(np.float32), grid)
    np.testing.assert_allclose(squeezed.jacobian()[1:-1, 1:-1, 1:-1], 0.9**3, rtol=1e-4)


def test_other_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "map.tfm").write_text("nonsense")
    for name in ("map.tfm", "missing.h5"):
        with pytest.raises(DuOncoError, match="could not be read"):
            SpatialTransform.load(tmp_path / name)
