"""Organs, vessels and deep muscles of the synthetic torso."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.training.body import OUTLINE_EXPONENT, Body
from DuOncoUnityLib.training.shapes import BoolArray, Canvas, smooth_curve
from DuOncoUnityLib.training.structures import CODE

SIDES = (-1.0, 1.0)
Rng = np.random.Generator


def paint_retroperitoneal_muscles(canvas: Canvas, body: Body) -> None:
    """Back muscles, quadratus lumborum and psoas; the fat between them stays as it is."""
    size = 0.75 + 0.3 * body.muscle
    for side in SIDES:
        heights = np.linspace(-110, 470, 60)
        y = body.spine_y(heights * body.height)
        back = np.stack([np.full(60, side * 30.0 * body.width), y + 33.0 * body.depth, heights * body.height], axis=1)
        radius = np.interp(heights, (-110, -40, 40, 120, 250, 470), (12, 20, 27, 26, 20, 16)) * size
        canvas.tube(back, radius, "muscle")
        loin = [body.point(side * x, y, z) for x, y, z in ((48, 62, 175), (62, 64, 100), (74, 60, 35))]
        canvas.tube(smooth_curve(loin), 10.0 * size, "muscle")
        psoas = [body.point(side * x, y, z) for x, y, z in (
            (27, 34, 175), (36, 30, 120), (47, 28, 60), (58, 18, 5), (74, -18, -60), (90, -38, -110))]
        path = smooth_curve(psoas)
        thick = np.interp(np.linspace(0, 1, len(path)), (0, .3, .6, .85, 1), (7, 16, 22, 20, 15))
        canvas.tube(path, thick * size, "muscle")


def paint_chest(canvas: Canvas, body: Body, chest: BoolArray, rng: Rng) -> None:
    """Lungs with their vessels, heart, great vessels, airways and oesophagus in the chest cavity."""
    x, y, z = canvas.grid((slice(None),) * 3)
    hilum = np.exp(-(((z / body.height) - 340.0) / 55.0) ** 2)
    middle = (22.0 + 10.0 * hilum) * body.width
    back = np.where(y > body.spine_y(canvas.z.astype(float))[:, None, None] + 5.0, 26.0 * body.width, middle)
    half_x, half_y = (h.astype(np.float32)[:, None, None] for h in body.cavity(canvas.z.astype(float)))
    half_x, half_y = np.maximum(half_x - 1.5, 1.0), np.maximum(half_y - 1.5, 1.0)
    inside = (np.abs(x) / half_x) ** OUTLINE_EXPONENT + (np.abs(y) / half_y) ** OUTLINE_EXPONENT <= 1.0
    canvas.fill((slice(None),) * 3, chest & inside & (np.abs(x) > back) & (z < 452 * body.height), "lung")
    lung = canvas.labels == CODE["lung"]
    for side in SIDES:
        _paint_lung_vessels(canvas, body, side, lung, rng)
    scale = body.organ_scale("heart")
    heart = body.organ("heart", 22, -26, 300)
    turn = np.deg2rad(35.0)
    rotation = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    radii = np.array([66.0, 45.0, 48.0]) * scale * body.scale
    sac = chest | lung
    canvas.ellipsoid(heart, radii * 1.06, "mediastinal_fat", within=sac, rotation=rotation)
    canvas.ellipsoid(heart, radii, "heart_wall", within=sac, rotation=rotation)
    chambers = (((20, -4, -8), (.42, .5, .5)), ((-18, -16, -4), (.4, .45, .55)), ((-10, 18, 18), (.4, .4, .42)))
    for offset, part in chambers:
        canvas.ellipsoid(heart + offset, radii * part, "heart_blood", within=sac, rotation=rotation)
    _paint_chest_vessels(canvas, body, heart)
    _paint_airways(canvas, body)


def _paint_lung_vessels(canvas: Canvas, body: Body, side: float, lung: BoolArray, rng: Rng) -> None:
    root = body.point(side * 34, 8, 342)
    for _ in range(34):
        direction = rng.normal(0.0, 1.0, 3) * (1.0, 0.9, 1.5)
        direction[0] = side * abs(direction[0])
        direction /= np.linalg.norm(direction)
        length = rng.uniform(50, 110)
        bend = rng.normal(0, 9, (2, 3))
        path = smooth_curve([root, root + direction * length * 0.5 + bend[0], root + direction * length + bend[1]])
        start = rng.uniform(2.2, 5.0)
        canvas.tube(path, np.linspace(start, 0.9, len(path)), "lung_vessel", within=lung)
        for _ in range(2):
            fork = path[rng.integers(len(path) // 3, len(path))]
            branch = direction + rng.normal(0, 0.6, 3)
            canvas.tube([fork, fork + branch * rng.uniform(20, 45)], (0.5 * start, 0.7), "lung_vessel", within=lung)


def _paint_chest_vessels(canvas: Canvas, body: Body, heart: npt.NDArray[np.float64]) -> None:
    p = body.point
    spine = float(body.spine_y(330 * body.height)) / body.depth
    ascending = [heart + [-14, -8, 20], p(-16, -34, 350), p(-8, -26, 384), p(12, -4, 396), p(22, spine - 26, 378)]
    canvas.tube(smooth_curve(ascending), 14.5 * body.width, "artery")
    canvas.tube(smooth_curve([p(22, spine - 26, 378), p(20, spine - 28, 300), p(10, spine - 36, 235)]), 12.0, "artery")
    canvas.tube(smooth_curve([heart + [4, -16, 24], p(6, -28, 352), p(18, -6, 358)]), 13.0, "artery")
    for side in SIDES:
        canvas.tube(smooth_curve([p(10, -8, 356), p(side * 40, 10, 346)]), 9.5, "artery")
        canvas.tube(smooth_curve([p(0, -14, 396), p(side * 22, -18, 430), p(side * 28, -14, 480)]), 4.5, "artery")
        canvas.tube(smooth_curve([p(-24, -30, 405), p(side * 34, -30, 432), p(side * 36, -16, 480)]), 6.0, "vein")
    canvas.tube(smooth_curve([heart + [-34, 2, 16], p(-30, -24, 365), p(-26, -28, 410)]), 9.5, "vein")


def _paint_airways(canvas: Canvas, body: Body) -> None:
    p = body.point
    carina = p(0, 6, 366)
    gullet = [p(4, 18, 482), p(6, 26, 400), p(12, 22, 330), p(16, 8, 268), p(28, -4, 252)]
    canvas.tube(smooth_curve(gullet), 8.0, "oesophagus")
    trachea = smooth_curve([p(0, -4, 484), p(0, 0, 420), carina])
    bronchi = [smooth_curve([carina, p(side * 18, 8, 352), p(side * 42, 10, 330), p(side * 62, 18, 310)])
               for side in SIDES]
    radii = [np.linspace(8.5, 8.5, len(trachea)), *(np.linspace(6.5, 3.0, len(b)) for b in bronchi)]
    for structure, shrink in (("airway_wall", -1.8), ("airway_lumen", 0.0)):
        for path, radius in zip([trachea, *bronchi], radii, strict=True):
            canvas.tube(path, radius - shrink, structure)
    for side in SIDES:
        canvas.ellipsoid(p(side * 18, -8, 462), (10, 10, 22), "gland")


def paint_abdomen(canvas: Canvas, body: Body, cavity: BoolArray, rng: Rng) -> None:
    """Organs below the diaphragm; later ones displace earlier ones, never the wall."""
    _paint_bowel(canvas, body, cavity)
    _paint_liver(canvas, body, cavity, rng)
    size = body.organ_scale("spleen")
    spleen = np.array([27, 44, 50]) * size * body.scale
    canvas.ellipsoid(body.organ("spleen", 90, 34, 226), spleen, "spleen", within=cavity)
    _paint_stomach(canvas, body, cavity)
    _paint_kidneys(canvas, body, cavity)
    _paint_pancreas(canvas, body, cavity)
    _paint_abdominal_vessels(canvas, body, cavity)
    _paint_pelvic_organs(canvas, body, cavity)


def _paint_liver(canvas: Canvas, body: Body, cavity: BoolArray, rng: Rng) -> None:
    size = body.organ_scale("liver") * body.scale
    right = body.organ("liver", -62, -6, 222)
    left = right + np.array([66, -42, 22]) * size
    canvas.ellipsoid(right, np.array([66, 78, 76]) * size, "liver", within=cavity, exponent=2.4)
    canvas.ellipsoid(left, np.array([66, 34, 34]) * size, "liver", within=cavity)
    liver = canvas.labels == CODE["liver"]
    gate = right + np.array([36, 2, -14]) * size
    for _ in range(14):
        direction = rng.normal(0, 1, 3) * (1.0, 0.9, 0.9)
        direction[0] -= 0.4
        tip = gate + direction / np.linalg.norm(direction) * rng.uniform(50, 95)
        path = smooth_curve([gate, (gate + tip) / 2 + rng.normal(0, 7, 3), tip])
        canvas.tube(path, np.linspace(rng.uniform(3.5, 6.5), 1.2, len(path)), "liver_vessel", within=liver)
    if rng.random() < body.drawn_from.gallbladder_share:
        centre = body.organ("gallbladder", -50, -46, 172)
        canvas.ellipsoid(centre, np.array([15, 16, 30]) * body.organ_scale("gallbladder"), "gallbladder", within=cavity)


def _paint_stomach(canvas: Canvas, body: Body, cavity: BoolArray) -> None:
    fundus = body.organ("stomach", 58, 2, 246)
    path = smooth_curve([fundus, *(fundus + np.array(step) * body.scale for step in (
        (6, -28, -30), (-8, -52, -62), (-44, -58, -80), (-74, -44, -76)))])
    size = body.organ_scale("stomach")
    radius = np.interp(np.linspace(0, 1, len(path)), (0, .35, .7, 1), (34, 30, 20, 13)) * size
    free = cavity & (canvas.labels != CODE["liver"]) & (canvas.labels != CODE["spleen"])
    canvas.tube(path, radius, "stomach_wall", within=free)
    canvas.tube(path, radius, "stomach_content", within=free, shrink_mm=4.0)
    bubble = free & (canvas.labels == CODE["stomach_content"]) & (canvas.y[None, :, None] < fundus[1] - 26)
    canvas.labels[bubble] = CODE["bowel_gas"]


def _paint_kidneys(canvas: Canvas, body: Body, cavity: BoolArray) -> None:
    for side, name, z in ((1.0, "kidney_left", 158), (-1.0, "kidney_right", 146)):
        centre = body.organ(name, side * 60, 36, z)
        turn = np.deg2rad(-14.0) * side
        rotation = [[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]]
        radii = np.array([27, 25, 54]) * body.organ_scale(name)
        canvas.ellipsoid(centre, radii + 9.0, "visceral_fat", within=cavity, rotation=rotation)
        canvas.ellipsoid(centre, radii, "kidney_cortex", within=cavity, rotation=rotation)
        _paint_kidney_inside(canvas, centre, radii, np.asarray(rotation), side, cavity)
        gland = body.organ("adrenal", side * 38, 28, 208)
        for tip in ((-5, 10, -14), (7, 12, -13), (0, -8, 10)):
            canvas.tube([gland, gland + np.array(tip) * (side, 1, 1)], (4.0, 2.5), "adrenal", within=cavity)


def _paint_kidney_inside(canvas: Canvas, centre: npt.NDArray[np.float64], radii: npt.NDArray[np.float64],
                         rotation: npt.NDArray[np.float64], side: float, cavity: BoolArray) -> None:
    """Pyramids with cortex between them, around the fat of a sinus that opens towards the spine."""
    pyramids = [np.array([0.0, 0.0, pole]) for pole in (-0.74, 0.74)]
    for height in (-0.5, -0.17, 0.17, 0.5):
        out = 0.56 * np.sqrt(1.0 - height**2)
        pyramids += [np.array([side * out * np.cos(angle), out * np.sin(angle), height])
                     for angle in np.deg2rad((-100.0, -35.0, 35.0, 100.0)) + 0.3 * np.sign(height)]
    for place in pyramids:
        canvas.ellipsoid(centre + rotation @ (place * radii), radii * (0.24, 0.24, 0.13), "kidney_medulla",
                         within=cavity, rotation=rotation)
    for inward, size in ((0.2, (0.36, 0.3, 0.55)), (0.7, (0.5, 0.3, 0.35))):
        canvas.ellipsoid(centre + rotation @ [-side * inward * radii[0], 0.0, 0.0], radii * size, "visceral_fat",
                         within=cavity, rotation=rotation)


def _paint_pancreas(canvas: Canvas, body: Body, cavity: BoolArray) -> None:
    head = body.organ("pancreas", -28, -6, 142)
    path = smooth_curve([head + np.array(step) * body.scale for step in (
        (0, 0, -14), (0, -4, 12), (22, -16, 26), (52, -6, 38), (84, 12, 52), (102, 24, 60))])
    radius = np.interp(np.linspace(0, 1, len(path)), (0, .2, .5, 1), (15, 14, 9, 8)) * body.organ_scale("pancreas")
    solid = [CODE[name] for name in ("spleen", "kidney_cortex", "kidney_medulla", "liver")]
    canvas.tube(path, radius, "pancreas", within=cavity & ~np.isin(canvas.labels, solid))


def _paint_abdominal_vessels(canvas: Canvas, body: Body, cavity: BoolArray) -> None:
    p = body.point
    front = float(body.spine_y(110 * body.height)) / body.depth - 28.0
    aorta = [p(10, front + 4, 250), p(8, front + 4, 180), p(8, front, 110), p(4, front, 52)]
    canvas.tube(smooth_curve(aorta), 10.0, "artery")
    cava = [p(-20, front - 18, 290), p(-20, front - 8, 220), p(-20, front + 2, 140), p(-18, front + 2, 46)]
    canvas.tube(smooth_curve(cava), 11.5, "vein")
    for side in SIDES:
        for start, radius, name in ((aorta[-1], 6.5, "artery"), (cava[-1], 8.0, "vein")):
            back = 8.0 if name == "vein" else 0.0
            iliac = [start, p(side * 32, front + back, 5), p(side * 52, 2 + back, -50), p(side * 62, -40 + back, -110),
                     p(side * 72, -58 + back, -180)]
            canvas.tube(smooth_curve(iliac), radius, name)
        canvas.tube(smooth_curve([p(side * 8, front - 2, 152), p(side * 46, 30, 152)]), 4.0, "vein", within=cavity)
    spleen_gate = body.organ("spleen", 70, 28, 214)
    portal = [spleen_gate, p(30, -4, 180), p(-22, -12, 176), body.organ("liver", -40, -8, 206)]
    canvas.tube(smooth_curve(portal), 6.0, "vein", within=cavity)
    canvas.tube(smooth_curve([p(-14, -18, 172), p(-8, -26, 120), p(4, -26, 60)]), 5.0, "vein", within=cavity)
    canvas.tube(smooth_curve([p(4, front - 8, 168), p(4, -24, 120), p(8, -26, 60)]), 3.5, "artery", within=cavity)


def _paint_bowel(canvas: Canvas, body: Body, cavity: BoolArray) -> None:
    rng = np.random.default_rng(body.state.bowel_seed)
    shift = body.organ_jitter["small_bowel"][:3]
    spot = body.point(20, -25, 60) + shift
    course = [spot]
    low, high = body.point(-78, -64, -62), body.point(78, 2, 128)
    heading = rng.normal(0, 1, 3)
    for _ in range(260):
        heading = 0.75 * heading + rng.normal(0, 0.7, 3)
        spot = course[-1] + heading / np.linalg.norm(heading) * 15.0
        heading = np.where((spot < low) | (spot > high), -heading, heading)
        course.append(np.clip(spot, low, high))
    small = smooth_curve(course)
    radius = np.interp(np.arange(len(small)), *_varied(rng, len(small), 7.0, 13.0))
    _paint_gut(canvas, small, radius, cavity, 1.8, rng, body.drawn_from.small_bowel_shares)
    o = body.organ_jitter["colon"][:3]
    frame = [body.point(*c) + o for c in (
        (-84, 4, -8), (-96, 14, 70), (-92, 8, 140), (-58, -48, 158), (0, -62, 118), (58, -46, 160), (96, 18, 196),
        (100, 24, 110), (98, 16, 30), (70, -2, -18), (30, -20, -32), (12, 10, -48))]
    large = smooth_curve([*frame, body.point(0, 42, -72), body.point(0, 40, -120), body.point(0, 34, -160)])
    size = np.interp(np.arange(len(large)), *_varied(rng, len(large), 13.0, 26.0)) * body.organ_scale("colon")
    _paint_gut(canvas, large, size, cavity, 2.2, rng, body.drawn_from.colon_shares)


def _varied(rng: Rng, length: int, low: float, high: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    knots = np.arange(0.0, length + 12.0, 12.0)
    return knots, rng.uniform(low, high, len(knots))


def _paint_gut(canvas: Canvas, path: npt.NDArray[np.float64], radius: npt.NDArray[np.float64], cavity: BoolArray,
               wall_mm: float, rng: Rng, contents: dict[str, float]) -> None:
    canvas.tube(path, radius, "bowel_wall", within=cavity)
    for start in range(0, len(path) - 1, 12):
        content = str(rng.choice(list(contents), p=list(contents.values())))
        part = slice(start, start + 13)
        canvas.tube(path[part], radius[part], content, within=cavity, shrink_mm=wall_mm)


def _paint_pelvic_organs(canvas: Canvas, body: Body, cavity: BoolArray) -> None:
    genital = body.organ("pelvic_organ", 0, 6, -86 if body.female else -122)
    size = body.organ_scale("pelvic_organ")
    radii = np.array([34, 22, 28] if body.female else [23, 18, 18]) * size
    canvas.ellipsoid(genital, radii, "pelvic_organ", within=cavity)
    centre = body.organ("bladder", 0, -32, -92)
    radii = np.array([38, 28, 27]) * body.organ_scale("bladder") * body.state.bladder
    canvas.ellipsoid(centre, radii, "bladder_wall", within=cavity)
    canvas.ellipsoid(centre, radii, "urine", within=cavity, shrink_mm=3.5)
