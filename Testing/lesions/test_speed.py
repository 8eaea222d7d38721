"""500 lesions on a full-size scan: all measured in under 2 s, an edit followed in under 100 ms (processor time)."""

from __future__ import annotations

import time

import numpy as np
import pytest

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.edits import apply_changes
from DuOncoUnityLib.lesions.instances import changed_box, update_instances
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Lesion, Provenance, TimePoint

SHAPE = (600, 512, 512)
SPACING = (0.8, 0.8, 1.0)


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """500 ellipsoids of 4 to 50 mm on a lattice, among muscle."""
    rng = np.random.default_rng(0)
    array = np.zeros(SHAPE, np.uint8)
    array[:, 150:350, 150:350] = 3
    k, j, i = np.ogrid[-25:26, -31:32, -31:32]
    centres = [(z, y, x) for z in range(30, 600, 60) for y in range(32, 481, 64) for x in range(32, 481, 64)]
    for n, (z, y, x) in enumerate(centres[:500]):
        radii = rng.uniform(0.4, 1.0, 3) * rng.choice([5, 10, 25], p=[0.6, 0.3, 0.1])
        dz, dy, dx = rng.uniform(-0.5, 0.5, 3)
        shape = ((k - dz) / radii[0]) ** 2 + ((j - dy) * 0.8 / radii[1]) ** 2 + ((i - dx) * 0.8 / radii[2]) ** 2 <= 1
        array[z - 25:z + 26, y - 31:y + 32, x - 31:x + 32][shape] = 1 + n % 2
    return array


def test_full_size_scan_with_500_lesions(labels: np.ndarray) -> None:
    ct = CTVolume(np.broadcast_to(np.int16(40), SHAPE), Geometry(SHAPE, SPACING))
    seconds = []
    for _ in range(2):  # the better of two: other work on the machine slows a run down
        started = time.process_time()
        lesions, instances = propose_lesions(labels, ct, smallest_ml=0.0)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 2.0
    assert len(lesions) == 500

    time_point = TimePoint("t", None, ct.geometry, Acquisition(), Provenance("", "", "", "", "", ""), lesions)
    largest = max(lesions, key=lambda lesion: lesion.measurement.volume_ml)
    box = edit_around(largest)
    former = labels[box].copy()
    labels[box] = 0
    started = time.process_time()
    changes = update_instances(instances, labels, box)
    apply_changes(time_point, instances, changes, ct, None, "Dr A")
    assert time.process_time() - started < 0.1
    assert changes.changed == [largest.id]
    labels[box] = former


def edit_around(lesion: Lesion) -> tuple[slice, slice, slice]:
    """A brush stroke on the seed of a lesion."""
    i, j, k = lesion.measurement.seed_ijk
    return slice(k, k + 2), slice(j, j + 3), slice(i, i + 3)


def test_an_edit_is_found_in_a_full_size_scan(labels: np.ndarray) -> None:
    edited = labels.copy()
    edited[300:302, 200:205, 100:110] = 6
    started = time.process_time()
    assert changed_box(labels, edited) == (slice(300, 302), slice(200, 205), slice(100, 110))
    assert time.process_time() - started < 0.1
