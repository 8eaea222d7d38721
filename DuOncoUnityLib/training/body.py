"""The plan of one synthetic trunk: habitus, outlines of body wall and cavity, course of the spine.

Millimetres in LPS with x = 0 in the mid-sagittal plane, y = 0 midway between breast and back, z = 0 at the upper
end plate of the sacrum. Proportions follow an adult of average size (ICRP Publication 89 reference values) and vary by
seed; `BodyState` holds what changes between two scans of one person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.training.distributions import uniform
from DuOncoUnityLib.training.generator import Bodies
from DuOncoUnityLib.training.structures import MOVING_ORGANS

FloatArray = npt.NDArray[np.float64]

BOTTOM_MM, TOP_MM = -175.0, 478.0
OUTLINE_EXPONENT = 2.5

# half width and half depth (mm) of the muscular wall's outer face, of the cavity inside it, at heights z
_Z = (-180, -140, -100, -60, -20, 40, 100, 160, 220, 280, 340, 390, 420, 445, 465, 485)
_WALL_X = (168, 170, 168, 160, 150, 139, 132, 136, 142, 147, 152, 160, 164, 150, 105, 66)
_WALL_Y = (92, 98, 102, 102, 97, 91, 88, 93, 99, 104, 104, 96, 86, 76, 66, 58)
_CAVITY_X = (20, 40, 84, 98, 108, 116, 115, 120, 127, 132, 128, 112, 92, 66, 40, 12)
_CAVITY_Y = (20, 45, 78, 82, 82, 78, 74, 78, 86, 92, 90, 80, 64, 46, 30, 12)

# heights of vertebra plus disc (mm), L5 first, then up to T1 and C7, C6
LEVELS = ("L5", "L4", "L3", "L2", "L1", *(f"T{n}" for n in range(12, 0, -1)), "C7", "C6")
_LEVEL_HEIGHT = (36, 36, 36, 35, 34, 32, 30.5, 29, 27.5, 26.5, 25.5, 25, 24.5, 24, 23.5, 23, 22.5, 19, 18)


@dataclass(frozen=True)
class BodyState:
    """What differs between two scans of one person.

    Attributes:
        breathing_mm: how far the diaphragm and upper abdomen stand below their mean position.
        bladder: filling, 1 = usual radius.
        bowel_seed: course and filling of the bowel.
        fat_factor: subcutaneous fat relative to the first scan.
    """

    breathing_mm: float = 0.0
    bladder: float = 1.0
    bowel_seed: int = 0
    fat_factor: float = 1.0


@dataclass(frozen=True)
class Body:
    """Shape of one person's trunk; made by `random_body`."""

    width: float
    depth: float
    height: float
    fat_mm: float
    muscle: float
    female: bool
    arms: str
    organ_jitter: dict[str, FloatArray] = field(repr=False)
    drawn_from: Bodies = field(repr=False)
    state: BodyState = BodyState()

    @property
    def scale(self) -> FloatArray:
        return np.array([self.width, self.depth, self.height])

    def point(self, x: float, y: float, z: float) -> FloatArray:
        """A point of the average body in this one."""
        return np.array([x, y, z]) * self.scale

    def organ(self, name: str, x: float, y: float, z: float) -> FloatArray:
        """As `point`, with the organ's own displacement and the breathing."""
        centre = self.point(x, y, z) + self.organ_jitter[name][:3]
        centre[2] += self.breathing(centre[2])
        return np.asarray(centre)

    def organ_scale(self, name: str) -> float:
        return float(self.organ_jitter[name][3])

    def breathing(self, z_mm: float) -> float:
        """Shift along z of a viscus at height z: full at the diaphragm, nil in the pelvis."""
        weight = np.interp(z_mm / self.height, (-40.0, 150.0, 260.0, 330.0, 400.0), (0.0, 0.6, 1.0, 0.5, 0.0))
        return float(-self.state.breathing_mm * weight)

    def wall(self, z_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Half width and half depth of the muscular wall's outer face."""
        z = np.asarray(z_mm) / self.height
        return np.interp(z, _Z, _WALL_X) * self.width, np.interp(z, _Z, _WALL_Y) * self.depth

    def cavity(self, z_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Half width and half depth of the thoracic, abdominal and pelvic cavity."""
        z = np.asarray(z_mm) / self.height
        wall_x, wall_y = self.wall(z_mm)
        inner_x, inner_y = np.interp(z, _Z, _CAVITY_X) * self.width, np.interp(z, _Z, _CAVITY_Y) * self.depth
        return wall_x - (wall_x - inner_x) * self.muscle, wall_y - (wall_y - inner_y) * self.muscle

    def fat(self, z_mm: npt.ArrayLike) -> FloatArray:
        """Thickness of skin and subcutaneous fat at the flank."""
        z = np.asarray(z_mm) / self.height
        shape = np.interp(z, (-180, -100, 0, 100, 220, 300, 400, 450, 480),
                          (1.2, 1.3, 1.15, 1.0, .7, .6, .5, .4, .35))
        return np.asarray(3.0 + self.fat_mm * self.state.fat_factor * shape)

    def spine_y(self, z_mm: npt.ArrayLike) -> FloatArray:
        """Position in depth of the vertebral bodies' centres (lordosis, kyphosis)."""
        z = np.asarray(z_mm) / self.height
        course = np.interp(z, (-60, 0, 60, 110, 180, 260, 330, 400, 450, 485),
                           (52, 36, 29, 30, 38, 46, 50, 44, 32, 22))
        return np.asarray(course * self.depth)

    def level_centres(self) -> dict[str, FloatArray]:
        """Centre of every vertebral body, by level name, in LPS mm."""
        centres, z = {}, 0.0
        for level, height in zip(LEVELS, _LEVEL_HEIGHT, strict=True):
            middle = (z + height / 2) * self.height
            centres[level] = np.array([0.0, float(self.spine_y(middle)), middle])
            z += height
        return centres

    def level_height(self, level: str) -> float:
        """Height of the vertebral body with its disc, mm."""
        return _LEVEL_HEIGHT[LEVELS.index(level)] * self.height


def random_body(bodies: Bodies, seed: int, state: BodyState | None = None, *, arms: str | None = None) -> Body:
    """A person by seed: sex, size, fat, muscle, place and size of the organs, and arms up or down if not given."""
    rng = np.random.default_rng([seed, 1])
    jitter = {}
    for name in MOVING_ORGANS:
        shift = np.clip(rng.normal(0.0, bodies.organ_shift_sd_mm), *bodies.organ_shift_limits_mm)
        jitter[name] = np.array([*shift, np.clip(bodies.organ_size.draw(rng), *bodies.organ_size_limits)])
    for name, part in bodies.organ_shift_parts.items():
        jitter[name][:3] *= part
    female = bool(rng.random() < bodies.female_share)
    width = (bodies.female_size if female else bodies.male_size).draw(rng) * bodies.stoutness.draw(rng)
    posture = rng.choice(["up", "down"], p=[1.0 - bodies.arms_down_share, bodies.arms_down_share])
    fat_mm = float(np.clip(bodies.fat_mm.draw(rng), *bodies.fat_limits_mm))
    return Body(width=width, depth=width * bodies.depth.draw(rng),
                height=(bodies.female_height if female else bodies.male_height).draw(rng), fat_mm=fat_mm,
                muscle=uniform(bodies.muscle, rng), female=female, arms=arms or str(posture), organ_jitter=jitter,
                drawn_from=bodies, state=state or BodyState())
