"""A small language to write cases with: sizes by track and visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import pytest

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import (
    Acquisition,
    Caliper,
    Case,
    Lesion,
    Measurement,
    Provenance,
    Review,
    ReviewStatus,
    TimePoint,
    Track,
    TrackEvent,
    TrackState,
)

START = date(2024, 1, 10)
GONE, UNSEEN = 0.0, None
Size = float | None | Sequence[float]
CaseMaker = Callable[..., Case]


def _lesion(name: str, layer: str, site: str, long_mm: float, place: int, status: ReviewStatus) -> Lesion:
    short_mm = long_mm if layer == "lymph_node" else 0.8 * long_mm
    centroid = (10.0 * place, -3.0 * place, 7.0 * place)
    caliper = Caliper(long_mm, centroid, (centroid[0] + long_mm, *centroid[1:]))
    return Lesion(name, layer, site, Measurement(
        0.5236 * long_mm ** 3 / 1000, 100, caliper, Caliper(short_mm, centroid, centroid), 40.0, 10.0, centroid,
        (0, 0, 0, 1, 1, 1), (0, 0, 0)), 0.9, Review(status, "reader", "2024-01-10T00:00:00Z"))


def make_case(sizes: Mapping[str, Sequence[Size]], *, days: Sequence[int] | None = None, slice_mm: float = 2.0,
              status: ReviewStatus = ReviewStatus.CONFIRMED) -> Case:
    """A case of tracks named "T1:liver" or, for nodes, "N1:mediastinum*".

    Args:
        sizes: by track, one size per visit in mm: 0 gone, None not scanned, a list for the fragments of a split one.
        days: of the visits from the first; eight weeks apart by default.
    """
    count = len(next(iter(sizes.values())))
    days = days or [56 * visit for visit in range(count)]
    geometry = Geometry((100, 512, 512), (0.8, 0.8, slice_mm), (-200.0, -180.0, -500.0))
    points = [TimePoint(f"V{visit}", (START + timedelta(days[visit])).isoformat(), geometry,
                        Acquisition(slice_thickness_mm=slice_mm), Provenance("1", "m", "1", "", "", ""))
              for visit in range(count)]
    tracks = []
    for place, (name, course) in enumerate(sizes.items()):
        track_id, _, site = name.partition(":")
        layer = "lymph_node" if site.endswith("*") else "lesion"
        site = site.rstrip("*")
        track = Track(track_id, layer, site)
        for point, size in zip(points, course, strict=True):
            parts = [] if size is None else [size] if isinstance(size, (int, float)) else list(size)
            found = [_lesion(f"{track_id}.{part}", layer, site, length, place, status)
                     for part, length in enumerate(parts) if length]
            point.lesions += found
            event = TrackEvent.NOT_SCANNED if size is None else TrackEvent.SAME if found else TrackEvent.DISAPPEARED
            track.states.append(TrackState(point.id, [lesion.id for lesion in found], event, 0.9))
        tracks.append(track)
    return Case("case", points, tracks)


@pytest.fixture(scope="session")
def case_of() -> CaseMaker:
    """`make_case`."""
    return make_case
