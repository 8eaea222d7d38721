"""The distributions in which `configs/generator.toml` tells how synthetic patients vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator
Range = tuple[float, float]


def uniform(ends: Range, rng: Rng) -> float:
    """A value evenly between two ends."""
    return float(rng.uniform(*ends))


@dataclass(frozen=True)
class Normal:
    """A normal distribution."""

    mean: float
    sd: float

    def draw(self, rng: Rng) -> float:
        """A value."""
        return float(rng.normal(self.mean, self.sd))


@dataclass(frozen=True)
class LogNormal:
    """A log-normal distribution; `sigma` is the standard deviation of the logarithm."""

    median: float
    sigma: float

    def draw(self, rng: Rng) -> float:
        """A value."""
        return float(rng.lognormal(np.log(self.median), self.sigma))


@dataclass(frozen=True)
class Sometimes:
    """In a share of cases evenly within a range, otherwise 0."""

    share: float
    range: Range

    def draw(self, rng: Rng) -> float:
        """A value, or 0."""
        return uniform(self.range, rng) if rng.random() < self.share else 0.0
