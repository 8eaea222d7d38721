"""The scans of one patient in the scene: which there are, how they lie on each other, and the lesions followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.coverage import Coverage
from DuOncoUnityLib.followup.extent import Extent, extent_of
from DuOncoUnityLib.followup.registration import RegistrationQuality
from DuOncoUnityLib.followup.tracking import RegisteredPair
from DuOncoUnityLib.geometry import FloatArray
from DuOncoUnityLib.records.model import Case, Measurement, Track
from DuOncoUnityLib.response.linking import follow
from DuOncoUnityLib.scene.lesion_extent import lesion_extent
from DuOncoUnityLib.scene.registration import find_registration
from DuOncoUnityLib.scene.registration_image import registration_image_of
from DuOncoUnityLib.scene.result import Result, results


def scans_of(record: slicer.vtkMRMLTextNode, case: Case) -> list[Result]:
    """The results of a case in the order of its time points, as far as they are in the scene."""
    present = {result.time_point_id: result for result in results(record.GetScene()) if result.record is record}
    return [present[point.id] for point in case.time_points if point.id in present]


def unregistered(scans: Sequence[Result]) -> list[tuple[Result, Result]]:
    """Neighbouring scans that have not been laid over each other."""
    return [(prior, current) for prior, current in pairwise(scans) if find_registration(prior, current) is None]


def registration_between(scans: Sequence[Result], prior: Result, current: Result) -> RegisteredPair:
    """How a scan lies on a later one, over all scans between them.

    Raises:
        DuOncoError: two neighbours among them have not been laid over each other.
    """
    path = list(scans)[list(scans).index(prior):list(scans).index(current) + 1]
    steps = []
    for first, second in pairwise(path):
        step = find_registration(first, second)
        if step is None:
            raise DuOncoError("Lay the scans over each other first.")
        steps.append(step)
    return steps[0] if len(steps) == 1 else _Chain(steps)


class FollowUp:
    """Keeps the tracks of a case in step with its lesions; what it has measured once it remembers."""

    def __init__(self) -> None:
        self._extents: dict[tuple[str, str], tuple[Measurement, Extent]] = {}
        self._coverage: dict[str, Coverage] = {}

    def link(self, case: Case, scans: Sequence[Result]) -> bool:
        """Link the lesions of all scans, around the links that people decided.

        Returns:
            Whether any track changed.

        Raises:
            DuOncoError: a scan of the case is not in the scene, or two have not been laid over each other.
        """
        if len(scans) < len(case.time_points):
            raise DuOncoError("A scan of this patient is no longer in the scene; its lesions cannot be followed.")
        by_id = {scan.time_point_id: scan for scan in scans}
        before: list[Track] = case.tracks
        follow(case, lambda prior, current: registration_between(scans, by_id[prior], by_id[current]), None,
               {scan.time_point_id: self._covered(scan, case) for scan in scans}, self._places(case, by_id))
        return case.tracks != before

    def _covered(self, scan: Result, case: Case) -> Coverage:
        if scan.time_point_id not in self._coverage:
            image = registration_image_of(scan)
            self._coverage[scan.time_point_id] = Coverage(scan.time_point(case).geometry, image)
        return self._coverage[scan.time_point_id]

    def _places(self, case: Case, scans: dict[str, Result]) -> dict[tuple[str, str], Extent]:
        """The places of all lesions, from their masks."""
        places = {}
        for point in case.time_points:
            for lesion in point.lesions:
                known = self._extents.get((point.id, lesion.id))
                if known is None or known[0] != lesion.measurement:
                    extent = lesion_extent(scans[point.id], point, lesion) or extent_of(lesion)
                    known = self._extents[point.id, lesion.id] = (lesion.measurement, extent)
                places[point.id, lesion.id] = known[1]
        return places


@dataclass(frozen=True)
class _Chain:
    """Registrations one after the other."""

    steps: Sequence[RegisteredPair]

    @property
    def transform(self) -> _Chain:
        return self

    @property
    def quality(self) -> RegistrationQuality:
        """That of the worst step."""
        return max((step.quality for step in self.steps), key=lambda quality: quality.error_mm)

    def map_points(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Positions (..., 3) of points of the first scan in the last one."""
        points: FloatArray = np.asarray(lps_mm, dtype=float)
        for step in self.steps:
            points = step.transform.map_points(points)
        return points

    def map_points_back(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Positions (..., 3) of points of the last scan in the first one."""
        points: FloatArray = np.asarray(lps_mm, dtype=float)
        for step in reversed(self.steps):
            points = step.transform.map_points_back(points)
        return points
