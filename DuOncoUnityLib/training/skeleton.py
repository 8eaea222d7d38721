"""Bones of the synthetic torso: cortex outside, marrow inside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.training.body import LEVELS, OUTLINE_EXPONENT, Body
from DuOncoUnityLib.training.shapes import Canvas, smooth_curve
from DuOncoUnityLib.training.structures import is_one_of

CORTEX_MM = 1.8
SIDES = (-1.0, 1.0)


def paint_skeleton(canvas: Canvas, body: Body) -> None:
    """Paint spine, ribs, sternum, shoulder girdle, pelvis and proximal femora over the soft tissue."""
    _paint_ribs(canvas, body)
    _paint_shoulder(canvas, body)
    _paint_pelvis(canvas, body)
    _paint_spine(canvas, body)


def _bone_tube(canvas: Canvas, points: npt.ArrayLike, radii: npt.ArrayLike, region: str = "") -> None:
    cortex, marrow = (f"{region}_cortex", f"{region}_marrow") if region else ("cortical_bone", "marrow")
    canvas.tube(points, radii, cortex)
    canvas.tube(points, radii, marrow, shrink_mm=CORTEX_MM)


def _paint_spine(canvas: Canvas, body: Body) -> None:
    _paint_sacrum(canvas, body)
    for level, centre in body.level_centres().items():
        region = {"L": "lumbar", "T": "thoracic", "C": "cervical"}[level[0]]
        height = body.level_height(level)
        fraction = LEVELS.index(level) / (len(LEVELS) - 1)
        radii = np.array([25.0 - 11.0 * fraction, 17.5 - 5.5 * fraction, 0.5 * height - 2.5])
        radii[:2] *= (body.width, body.depth)
        canal = centre + [0.0, radii[1] + 9.0, 0.0]
        lamina = canal + [0.0, 9.0, 0.0]
        reach = 34.0 if region == "lumbar" else 30.0
        for side in SIDES:
            tip = canal + [side * reach, 8.0, 0.0]
            _bone_tube(canvas, [canal + [side * 10.0, 0.0, 2.0], tip], (6.0, 4.0), region)
        _bone_tube(canvas, [lamina, lamina + [0.0, 19.0, -8.0]], (5.0, 4.5), region)
        _paint_articular_pillars(canvas, canal, height, region)
        canvas.ellipsoid(canal, (14.5, 13.0, 0.36 * height), f"{region}_cortex", exponent=2.5)
        canvas.ellipsoid(centre, (radii[0], radii[1], 0.5 * height), "cartilage", exponent=3.0)
        canvas.ellipsoid(centre, radii, f"{region}_cortex", exponent=3.5)
        canvas.ellipsoid(centre, radii, f"{region}_marrow", exponent=3.5, shrink_mm=CORTEX_MM)
    centres = np.array(list(body.level_centres().values()))
    depth = np.array([17.5 - 5.5 * n / (len(LEVELS) - 1) for n in range(len(LEVELS))]) * body.depth + 9.0
    canal_path = centres + np.stack([np.zeros_like(depth), depth, np.zeros_like(depth)], axis=1)
    low = canal_path[0] + [0.0, 12.0, -45.0]
    canvas.tube(smooth_curve([low, *canal_path]), 8.0, "spinal_canal")


def _paint_articular_pillars(canvas: Canvas, canal: npt.NDArray[np.float64], height: float, region: str) -> None:
    """The joint processes of a vertebra beside the canal: thick cortex, as dense as a sclerotic metastasis."""
    radius = 7.5 if region == "lumbar" else 6.0
    for side in SIDES:
        path = [canal + [side * (9.0 + radius), 7.0, end * 0.44 * height] for end in (1.0, -1.0)]
        canvas.tube(path, radius, f"{region}_cortex")
        canvas.tube(path, radius, f"{region}_marrow", shrink_mm=2.5 * CORTEX_MM)


def _paint_sacrum(canvas: Canvas, body: Body) -> None:
    course = [body.point(0, y, z) for y, z in ((42, -8), (55, -35), (66, -65), (62, -100), (50, -118))]
    for side in (*SIDES, 0.0):
        path = smooth_curve([p + [side * half * body.width, 4.0 * abs(side), 0.0]
                             for p, half in zip(course, (30, 29, 20, 10, 2), strict=True)])
        _bone_tube(canvas, path, np.linspace(17, 7, len(path)), "sacral")


def rib_course(body: Body, level: str, side: float) -> npt.NDArray[np.float64]:
    """Centre line of a rib from the spine round the chest wall, mm."""
    number = int(level[1:])
    centre = body.level_centres()[level]
    end = np.interp(number, (1, 7, 10, 11, 12), (2.95, 2.85, 2.3, 1.5, 1.1))
    fall = np.interp(number, (1, 4, 8, 10, 12), (30, 60, 85, 80, 45)) * body.height
    angle = np.linspace(0.25, end, 26)
    z = centre[2] - fall * ((angle - 0.25) / 2.6) ** 1.1
    half_x, half_y = body.cavity(z)
    half_x, half_y = half_x + 4.5, half_y + 4.5
    power = 2.0 / OUTLINE_EXPONENT
    x = side * half_x * np.abs(np.sin(angle)) ** power
    y = half_y * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    path = np.stack([x, y, z], axis=1)
    head = centre + [side * 20.0, 6.0, 3.0]
    return np.asarray(np.concatenate([head[None], path]))


def _paint_ribs(canvas: Canvas, body: Body) -> None:
    for number in range(1, 13):
        for side in SIDES:
            path = rib_course(body, f"T{number}", side)
            bony = len(path) if number > 10 else int(len(path) * 0.78)
            canvas.tube(path[bony - 1:], 5.5, "cartilage")
            _bone_tube(canvas, path[:bony], 5.2)
    for z in np.linspace(262, 398, 24):
        front = -float(body.cavity(z * body.height)[1]) - 4.0
        for side in (-0.6, 0.0, 0.6):
            spot = np.array([side * 14.0, front, z * body.height])
            canvas.ellipsoid(spot, (9.0, 6.0, 4.5), "cortical_bone")
            canvas.ellipsoid(spot, (9.0, 6.0, 4.5), "marrow", shrink_mm=CORTEX_MM)


def _paint_shoulder(canvas: Canvas, body: Body) -> None:
    for side in SIDES:
        clavicle = [body.point(side * x, y, z) for x, y, z in ((18, -48, 418), (75, -38, 440), (132, -5, 438))]
        _bone_tube(canvas, smooth_curve(clavicle), 6.0)
        turn = np.deg2rad(25.0) * side
        rotation = [[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
        blade = body.point(side * 92, 74, 372)
        canvas.ellipsoid(blade, (40, 4.5, 58), "cortical_bone", rotation=rotation, within=~_rib_cage(canvas))
        canvas.ellipsoid(blade, (40, 4.5, 58), "marrow", rotation=rotation, shrink_mm=CORTEX_MM,
                         within=~_rib_cage(canvas))
        head = body.point(side * 140, 8, 425)
        canvas.ellipsoid(head, (22, 22, 22), "cortical_bone")
        canvas.ellipsoid(head, (22, 22, 22), "marrow", shrink_mm=CORTEX_MM)


def _rib_cage(canvas: Canvas) -> npt.NDArray[np.bool_]:
    return is_one_of(canvas.labels, "lung", "lung_vessel", "mediastinal_fat")


def _paint_pelvis(canvas: Canvas, body: Body) -> None:
    _paint_iliac_wings(canvas, body)
    for side in SIDES:
        hip = body.point(side * 86, -2, -97)
        canvas.ellipsoid(hip + [-side * 4, 0, 5], (33, 33, 33), "cortical_bone")
        canvas.ellipsoid(hip + [-side * 4, 0, 5], (33, 33, 33), "marrow", shrink_mm=3.0)
        canvas.ellipsoid(hip, (27, 27, 27), "cartilage")
        trochanter, shaft = body.point(side * 128, 8, -112), body.point(side * 124, 4, -200)
        _bone_tube(canvas, [hip, trochanter], (15, 17))
        _bone_tube(canvas, [trochanter, shaft], (18, 15))
        canvas.ellipsoid(hip, (24, 24, 24), "cortical_bone")
        canvas.ellipsoid(hip, (24, 24, 24), "marrow", shrink_mm=CORTEX_MM)
        socket = body.point(side * 72, -12, -108)
        pubis, seat = body.point(side * 8, -62, -122), body.point(side * 66, 38, -150)
        _bone_tube(canvas, [socket, pubis], (11, 9))
        _bone_tube(canvas, [body.point(side * 76, 20, -112), seat], (13, 14))
        _bone_tube(canvas, [seat, body.point(side * 12, -50, -138)], (9, 7))


def _paint_iliac_wings(canvas: Canvas, body: Body) -> None:
    """A curved plate between the sacrum and the hip joint, along the inside of the pelvic wall."""
    for side in SIDES:
        for z in np.arange(-92.0, 46.0, 2.2):
            width = np.interp(z, (-92, -60, -10, 30, 46), (0.55, 0.75, 1.15, 1.0, 0.4))
            middle = np.interp(z, (-92, -40, 10, 46), (1.65, 1.35, 1.35, 1.5))
            half_x, half_y = body.cavity(z * body.height)
            angle = np.linspace(middle - width / 2, middle + width / 2, 22)
            x = side * (half_x + 3.0) * np.sin(angle) ** 0.8
            y = (half_y + 3.0) * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.8
            path = np.stack([x, y, np.full_like(x, z * body.height)], axis=1)
            canvas.tube(path, 5.5, "marrow")
            outward = np.stack([x, y, np.zeros_like(x)], axis=1)
            outward *= 5.5 / np.linalg.norm(outward, axis=1, keepdims=True)
            canvas.tube(path + outward, 2.0, "cortical_bone")
            canvas.tube(path - outward, 2.0, "cortical_bone")
