"""Which lesion of a scan is which lesion of the scan before: one optimal assignment, then splits and mergers.

The score of a pair multiplies how well place (distance against the registration error, and overlap), size, organ and
layer agree. The assignment is optimal over all pairs (Hungarian method, scipy). What it leaves over may be a fragment
of a lesion that split, or may have merged into a neighbour: decided on the overlap of the places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from DuOncoUnityLib.followup.extent import Extent
from DuOncoUnityLib.geometry import FloatArray

_MIN_SCORE = 0.03
_SIZE_SPREAD = 0.6
"""Standard deviation of the log ratio of diameters between two scans."""

_OTHER_SITE, _OTHER_LAYER = 0.6, 0.3
_NOTHING_SCORE = 0.05
_NEIGHBOURHOOD_MM = 50.0
_MIN_INSIDE = 0.35
_SPLIT_GROWTH, _MERGER_SHRINKAGE = 1.5, 0.6


@dataclass(frozen=True)
class Place:
    """A lesion as far as matching needs it; prior ones already carried to the current scan."""

    extent: Extent
    site: str
    layer: str


@dataclass(frozen=True)
class Link:
    """Prior lesion and current lesion by index, with a confidence from 0 to 1."""

    prior: int
    current: int
    confidence: float


def assign(prior: list[Place], current: list[Place], error_mm: FloatArray) -> list[Link]:
    """Links between lesions of two scans; a lesion without link is gone or new, several links are splits or mergers.

    Args:
        prior: lesions of the earlier scan at their expected places in the current scan.
        current: lesions of the current scan.
        error_mm: expected error of each of those places (standard deviation).
    """
    if not prior or not current:
        return []
    scores = _scores(prior, current, error_mm)
    pairs = _best_pairs(scores)
    prior = _corrected(prior, current, [pair for pair in pairs if scores[pair] > 0.2])
    scores = _scores(prior, current, error_mm)
    pairs = _best_pairs(scores)
    links = [Link(p, c, _confidence(scores, p, c)) for p, c in pairs]
    fragments = _fragments(prior, current, links, error_mm)
    return links + fragments + _mergers(prior, current, links, error_mm)


def _scores(prior: list[Place], current: list[Place], error_mm: FloatArray) -> FloatArray:
    """How well each pair agrees, 0 to 1, prior x current."""
    size_p, size_c = _diameters(prior), _diameters(current)
    distance = cdist(_centres(prior), _centres(current))
    variance = error_mm[:, np.newaxis] ** 2 + (0.25 * np.maximum(size_p[:, np.newaxis], size_c)) ** 2
    near = np.exp(-(distance**2) / (2.0 * variance))
    overlap = np.zeros_like(near)
    for p, c in np.argwhere(distance < (size_p[:, np.newaxis] + size_c) / 2):
        smaller, larger = sorted((prior[p].extent, current[c].extent), key=lambda extent: extent.volume_ml)
        overlap[p, c] = smaller.part_inside(larger)
    size = np.exp(-(np.log(size_p[:, np.newaxis] / size_c) ** 2) / (2.0 * _SIZE_SPREAD**2))
    return (near + overlap) / 2 * size * _kind_factors(prior, current)


def _kind_factors(prior: list[Place], current: list[Place]) -> FloatArray:
    """Below 1 where organ or layer differ; an unknown organ ("") contradicts nothing."""
    site_p, site_c = (np.array([place.site for place in places]) for places in (prior, current))
    layer_p, layer_c = (np.array([place.layer for place in places]) for places in (prior, current))
    other_site = (site_p[:, np.newaxis] != site_c) & (site_p[:, np.newaxis] != "") & (site_c != "")
    other_layer = layer_p[:, np.newaxis] != layer_c
    return np.where(other_site, _OTHER_SITE, 1.0) * np.where(other_layer, _OTHER_LAYER, 1.0)


def _best_pairs(scores: FloatArray) -> list[tuple[int, int]]:
    cost = -np.log(np.maximum(scores, _MIN_SCORE))
    rows, columns = linear_sum_assignment(cost)
    return [(int(p), int(c)) for p, c in zip(rows, columns, strict=True) if scores[p, c] > _MIN_SCORE]


def _confidence(scores: FloatArray, p: int, c: int) -> float:
    """The share of the pair among everything that either lesion could be instead, "nothing" included."""
    score = scores[p, c]
    others = scores[p].sum() + scores[:, c].sum() - 2.0 * score
    return float(score / (score + others + _NOTHING_SCORE))


def _corrected(prior: list[Place], current: list[Place], pairs: list[tuple[int, int]]) -> list[Place]:
    """Prior places moved by what clear pairs around them show of the error of the registration."""
    if len(pairs) < 3:
        return prior
    anchors = np.array([prior[p].extent.centre for p, _ in pairs])
    residuals = np.array([current[c].extent.centre - prior[p].extent.centre for p, c in pairs])
    distances = cdist(_centres(prior), anchors)
    weights = np.exp(-(distances**2) / (2.0 * _NEIGHBOURHOOD_MM**2))
    # the added 1 keeps a lonely lesion where the registration put it
    shifts = weights @ residuals / (weights.sum(axis=1, keepdims=True) + 1.0)
    return [Place(place.extent.moved(place.extent.points + shift), place.site, place.layer)
            for place, shift in zip(prior, shifts, strict=True)]


def _fragments(prior: list[Place], current: list[Place], links: list[Link], error_mm: FloatArray) -> list[Link]:
    """Unlinked current lesions that lie where a linked, larger prior lesion was."""
    linked = {link.current for link in links}
    volume = {link.prior: current[link.current].extent.volume_ml for link in links}
    reach = _reach(prior, current, error_mm)
    found = []
    for c in sorted(set(range(len(current))) - linked, key=lambda c: -current[c].extent.volume_ml):
        own = current[c].extent
        inside = {p: own.part_inside(prior[p].extent, error_mm[p] / 2) for p in volume
                  if reach[p, c] and prior[p].layer == current[c].layer
                  and volume[p] + own.volume_ml <= _SPLIT_GROWTH * prior[p].extent.volume_ml}
        if inside and inside[best := max(inside, key=lambda p: inside[p])] >= _MIN_INSIDE:
            volume[best] += own.volume_ml
            found.append(Link(best, c, 0.7 * inside[best]))
    return found


def _mergers(prior: list[Place], current: list[Place], links: list[Link], error_mm: FloatArray) -> list[Link]:
    """Unlinked prior lesions whose place a linked, larger current lesion took."""
    linked = {link.prior for link in links}
    volume = {link.current: prior[link.prior].extent.volume_ml for link in links}
    reach = _reach(prior, current, error_mm)
    found = []
    for p in sorted(set(range(len(prior))) - linked, key=lambda p: -prior[p].extent.volume_ml):
        own = prior[p].extent
        inside = {c: own.part_inside(current[c].extent, error_mm[p] / 2) for c in volume
                  if reach[p, c] and prior[p].layer == current[c].layer
                  and current[c].extent.volume_ml >= _MERGER_SHRINKAGE * (volume[c] + own.volume_ml)}
        if inside and inside[best := max(inside, key=lambda c: inside[c])] >= _MIN_INSIDE:
            volume[best] += own.volume_ml
            found.append(Link(p, best, 0.7 * inside[best]))
    return found


def _reach(prior: list[Place], current: list[Place], error_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """Pairs, prior x current, that may touch: a fragment or irregular lesion reaches beyond a ball of its volume."""
    near_mm = _diameters(prior)[:, np.newaxis] + _diameters(current) + error_mm[:, np.newaxis]
    reach: npt.NDArray[np.bool_] = cdist(_centres(prior), _centres(current)) < near_mm
    return reach


def _diameters(places: list[Place]) -> FloatArray:
    return np.array([place.extent.diameter_mm for place in places])


def _centres(places: list[Place]) -> FloatArray:
    return np.array([place.extent.centre for place in places])
