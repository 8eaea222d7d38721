"""A procedural torso: skin, fat, muscle, skeleton and organs of a trunk as a label map on any grid, by seed.

The shapes are analytic, so that the truth (level of L3, volume of a lesion) is known exactly. It serves training, the
demonstration and the tests; it is a caricature of anatomy, not an atlas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.training.body import BOTTOM_MM, OUTLINE_EXPONENT, TOP_MM, Body, BodyState, random_body
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.shapes import BoolArray, Canvas, FloatArray
from DuOncoUnityLib.training.skeleton import paint_skeleton
from DuOncoUnityLib.training.structures import CODE, LabelArray
from DuOncoUnityLib.training.viscera import paint_abdomen, paint_chest, paint_retroperitoneal_muscles

SKIN_MM = 2.0
MARGIN_MM = 25.0


@dataclass(frozen=True)
class Torso:
    """A synthetic trunk.

    Attributes:
        labels: uint8 map of `structures.CODE`, KJI, axes along S, P, L.
        geometry: its grid; see `body` for where the origin of the frame lies.
        body: the shape parameters.
        level_centres_mm: LPS centre of every vertebral body, "L3" among them.
    """

    labels: LabelArray
    geometry: Geometry
    body: Body
    level_centres_mm: dict[str, Vector]


def make_torso(seed: int, spacing_mm: Vector = (1.5, 1.5, 2.5), *, state: BodyState | None = None,
               arms: str | None = None, body: Body | None = None) -> Torso:
    """A torso by seed on a grid that holds it with some air around.

    Args:
        seed: decides everything about the person.
        spacing_mm: voxel size along (i, j, k).
        state: breathing, bladder, bowel and weight at this scan.
        arms: "up" (outside the field of view) or "down"; None lets the seed decide.
        body: a person instead of the one that the seed, the state, the arms and the bundled numbers make.
    """
    body = body or random_body(bundled_generator().bodies, seed, state, arms=arms)
    canvas = Canvas(_grid(body, spacing_mm))
    thorax, abdomen = _paint_wall(canvas, body)
    rng = np.random.default_rng([seed, 2])
    paint_retroperitoneal_muscles(canvas, body)
    thorax &= canvas.labels == CODE["mediastinal_fat"]
    abdomen &= canvas.labels == CODE["visceral_fat"]
    paint_chest(canvas, body, thorax, rng)
    paint_abdomen(canvas, body, abdomen, rng)
    paint_skeleton(canvas, body)
    centres = {level: (float(c[0]), float(c[1]), float(c[2])) for level, c in body.level_centres().items()}
    return Torso(canvas.labels, canvas.geometry, body, centres)


def _grid(body: Body, spacing_mm: Vector) -> Geometry:
    heights = np.linspace(BOTTOM_MM, TOP_MM, 50) * body.height
    wall_x, wall_y = body.wall(heights)
    fat = body.fat(heights)
    half_x = float((wall_x + fat).max()) + MARGIN_MM + (110.0 if body.arms == "down" else 0.0)
    half_y = float((wall_y + 1.3 * fat).max()) + MARGIN_MM + (25.0 if body.female else 0.0)
    low = np.array([-half_x, -half_y, BOTTOM_MM * body.height])
    high = np.array([half_x, half_y, TOP_MM * body.height])
    i, j, k = (int(n) for n in np.ceil((high - low) / spacing_mm))
    return Geometry((k, j, i), spacing_mm, (float(low[0]), float(low[1]), float(low[2])))


def _paint_wall(canvas: Canvas, body: Body) -> tuple[BoolArray, BoolArray]:
    """Paint skin, fat, muscle and the fat of the cavities; return where the chest and the abdominal cavity are."""
    everywhere = (slice(None),) * 3
    x, y, z = canvas.grid(everywhere)
    heights = canvas.z.astype(float)
    wall_x, wall_y = body.wall(heights)
    cavity_x, cavity_y = body.cavity(heights)
    fat = body.fat(heights)
    belly = 1.0 + 0.3 * np.clip(-canvas.y / 100.0, -1.0, 1.0)[None, :, None] * np.exp(-((z - 40.0) / 120.0) ** 2)
    if body.female:
        for side in (-1.0, 1.0):
            centre = body.point(side * 72.0, -92.0, 318.0) - [0.0, body.fat_mm * 0.5, 0.0]
            canvas.ellipsoid(centre, (58, 38 + 0.3 * body.fat_mm, 58), "subcutaneous_fat")
            canvas.ellipsoid(centre, (34, 20, 32), "breast_gland")
    if body.arms == "down":
        _paint_arms(canvas, body)

    thick = (fat[:, None, None] * belly).astype(np.float32)
    skin = _inside(x, y, wall_x, wall_y, thick)
    inner = _inside(x, y, wall_x, wall_y, thick - SKIN_MM)
    canvas.fill(everywhere, skin & (canvas.labels == CODE["air"]), "skin")
    canvas.fill(everywhere, inner & (canvas.labels != CODE["breast_gland"]), "subcutaneous_fat")
    canvas.fill(everywhere, _inside(x, y, wall_x, wall_y), "muscle")
    cavity = _inside(x, y, cavity_x, cavity_y)
    chest = cavity & (z > diaphragm_height(body, x, y))
    abdomen = cavity & ~chest & (z < diaphragm_height(body, x, y) - 3.5)
    canvas.fill(everywhere, chest, "mediastinal_fat")
    canvas.fill(everywhere, abdomen, "visceral_fat")
    return chest, abdomen


def _inside(x: FloatArray, y: FloatArray, half_x: npt.NDArray[np.float64], half_y: npt.NDArray[np.float64],
            thick: FloatArray | float = 0.0) -> BoolArray:
    """Whether points lie inside the superellipses of the slices, grown by `thick` mm."""
    a, b = (half.astype(np.float32)[:, None, None] + thick for half in (half_x, half_y))
    return np.asarray((np.abs(x) / a) ** OUTLINE_EXPONENT + (np.abs(y) / b) ** OUTLINE_EXPONENT <= 1.0)


def _paint_arms(canvas: Canvas, body: Body) -> None:
    for side in (-1.0, 1.0):
        shoulder, elbow, wrist = ((side * (body.wall(z)[0] + body.fat(z) + out), y, z * body.height)
                                  for out, y, z in ((18.0, 15.0, 400.0), (48.0, 25.0, 130.0), (50.0, -10.0, -120.0)))
        path = np.array([shoulder, elbow, wrist], dtype=float)
        layer = 3.0 + 0.3 * body.fat_mm
        canvas.tube(path, np.array([44.0, 40.0, 27.0]) + layer, "skin")
        canvas.tube(path, np.array([42.0, 38.0, 25.0]) + layer, "subcutaneous_fat")
        canvas.tube(path, (40.0, 34.0, 20.0), "muscle")
        canvas.tube(path, (13.0, 12.0, 9.0), "cortical_bone")
        canvas.tube(path, (8.0, 7.0, 5.0), "marrow")


def diaphragm_height(body: Body, x: FloatArray, y: FloatArray) -> FloatArray:
    """Height z of the diaphragm: two domes (right one higher) that fall to a deep recess along the wall."""
    shift = body.organ_jitter["diaphragm"][2] - body.state.breathing_mm
    right = 292.0 - 0.0068 * (x / body.width + 58.0) ** 2 - 0.0105 * (y / body.depth + 8.0) ** 2
    left = 280.0 - 0.0075 * (x / body.width - 60.0) ** 2 - 0.0105 * (y / body.depth + 2.0) ** 2
    edge = (np.abs(x) / (118.0 * body.width)) ** 4 + (np.abs(y) / (84.0 * body.depth)) ** 4
    return np.asarray((np.maximum(right, left) - 38.0 * np.clip(edge, 0.0, 1.6)) * body.height + shift)
