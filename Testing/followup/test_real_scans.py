"""Real follow-ups: two dates of one patient that share 94 mm, and lesion pairs that radiologists marked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.followup.assignment import Place, assign
from DuOncoUnityLib.followup.extent import extent_of_mask
from DuOncoUnityLib.followup.registration import Stage, register
from DuOncoUnityLib.followup.registration_image import RegistrationImage, make_registration_image
from DuOncoUnityLib.geometry import Geometry

pytestmark = pytest.mark.slow


def image_of(folder: Path, pattern: str) -> RegistrationImage:
    (path,) = folder.glob(pattern)
    image = sitk.ReadImage(str(path))
    return make_registration_image(CTVolume(sitk.GetArrayFromImage(image).astype(np.int16), Geometry.from_sitk(image)))


def test_lower_and_upper_chest_of_two_dates_lie_on_each_other(real_data: Path) -> None:
    prior = image_of(real_data / "ct", "*1960-01-01*.nii.gz")
    current = image_of(real_data / "ct", "*1960-03-05*.nii.gz")
    registration = register(prior, current)
    quality = registration.quality
    assert quality.stage is Stage.DEFORMABLE and quality.reliable
    assert 80.0 < quality.common_mm < 110.0
    assert quality.ncc > 0.9 and quality.body_overlap > 0.97 and quality.bone_overlap > 0.5
    points = prior.geometry.index_to_world(np.argwhere(prior.body)[::2003, ::-1])
    there = registration.transform.map_points(points)
    np.testing.assert_allclose(registration.transform.map_points_back(there), points, atol=0.05)


def test_lesion_pairs_of_deep_lesion_are_linked_at_the_predicted_centres(real_data: Path) -> None:
    """Centres in voxels, spacing in mm: the distances are those of the patient, and links follow them."""
    pairs = json.loads((real_data / "response" / "dlt_valid.json").read_text())
    distances, linked = [], 0
    for pair in pairs.values():
        spacing = np.asarray(pair["target spacing"])
        target, predicted = (np.asarray(pair[f"{kind} center"]) * spacing
                             for kind in ("target", "predict target"))
        distances.append(np.linalg.norm(target - predicted))
        boxes = [np.maximum(np.abs(np.asarray(pair[f"{kind} box"])[3:]) * np.asarray(pair[f"{kind} spacing"]), 1.0)
                 for kind in ("source", "target")]
        places = []
        for centre, size in zip((predicted, target), boxes, strict=True):
            shape = tuple(int(n) for n in np.ceil(size[::-1]))
            grid = Geometry(shape, (1.0, 1.0, 1.0), tuple(float(v) for v in centre - (size - 1.0) / 2))
            places.append(Place(extent_of_mask(np.ones(shape, bool), grid), "", "lesion"))
        linked += bool(assign(places[:1], places[1:], np.array([8.0])))
    # the first pair by hand: (92.3 - 82.9) 0.703125, (277.1 - 278.6) 0.703125, (6 - 10) 5 mm
    assert distances[0] == pytest.approx(np.sqrt((9.4 * 0.703125) ** 2 + (1.5 * 0.703125) ** 2 + 20.0**2))
    assert np.median(distances) < 10.0
    near = np.array(distances) < 10.0
    assert linked >= near.sum()
