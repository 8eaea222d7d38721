"""A patient made of blocks, in a scene: organs with round lesions and nodes, on two or more scans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import slicer

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import VertebralLevel
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.exports.seg_nrrd import write_segmentation
from DuOncoUnityLib.followup.registration import Registration, RegistrationQuality, Stage
from DuOncoUnityLib.followup.registration_image import make_registration_image
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Case, Provenance, TimePoint
from DuOncoUnityLib.records.store import save_case
from DuOncoUnityLib.scene.registration import keep_registration
from DuOncoUnityLib.scene.registration_image import keep_registration_image
from DuOncoUnityLib.scene.result import Result, show_result
from DuOncoUnityLib.scene.segmentation import LAYER_TERMS, ORGAN_TERMS
from DuOncoUnityLib.scene.volume import RAS_TO_LPS
from DuOncoUnityLib.terminology import ORGAN_LABELS, Layer

DATES = ("2024-01-15", "2024-04-12", "2024-07-10", "2024-10-09")
GRID = Geometry((110, 80, 110), (3.0, 3.0, 3.0), (-165.0, -120.0, -400.0))
ORGANS_KJI = {"lung": np.s_[80:108, 15:65, 15:95], "liver": np.s_[50:78, 15:65, 15:60],
              "spleen": np.s_[50:78, 30:65, 70:95], "peritoneum_retroperitoneum": np.s_[8:48, 25:65, 20:90]}


@dataclass(frozen=True)
class Ball:
    """A round lesion: its centre as index (k, j, i), its radius in mm, and its layer."""

    centre: tuple[int, int, int]
    radius_mm: float
    layer: Layer = Layer.LESION


FEW = (Ball((60, 40, 30), 21.0), Ball((66, 52, 48), 12.0), Ball((95, 40, 30), 15.0), Ball((95, 30, 80), 6.0),
       Ball((25, 45, 50), 12.0, Layer.LYMPH_NODE))


def many(count: int = 60) -> tuple[Ball, ...]:
    """Lesions in rows through all organs, nodes in the retroperitoneum."""
    places = [(k, j, i) for k in (14, 28, 42, 57, 71, 86, 100) for j in (25, 40, 55) for i in (25, 45, 65, 85)]
    return tuple(Ball(place, 6.0 + number % 5 * 2.5, Layer.LYMPH_NODE if place[0] < 20 else Layer.LESION)
                 for number, place in enumerate(places[:count]))


def scaled(balls: tuple[Ball, ...], factors: dict[int, float], everyone: float = 1.0) -> tuple[Ball, ...]:
    """The lesions at another scan: radii times a factor, by position; 0 for one that is gone."""
    changed = (Ball(ball.centre, ball.radius_mm * factors.get(number, everyone), ball.layer)
               for number, ball in enumerate(balls))
    return tuple(ball for ball in changed if ball.radius_mm > 0)


class Analysed(NamedTuple):
    """A scan and what an analysis finds on it: arrays KJI, the point that of the record."""

    ct: CTVolume
    organs: LabelMap
    labels: np.ndarray
    point: TimePoint


def analysed(balls: tuple[Ball, ...], date: str, patient: str = "Patient", grid: Geometry = GRID) -> Analysed:
    """Draw a scan and find everything that was drawn."""
    anatomy, labels, hu = _drawn(balls, grid)
    ct = CTVolume(hu, grid, Acquisition(date=date, patient_height_m=1.7))
    organs = LabelMap(anatomy, grid, ORGAN_LABELS)
    lesions, instances = propose_lesions(labels, ct, organs)
    for number, lesion in enumerate(lesions):
        lesion.confidence = round(0.95 - 0.6 * number / max(len(lesions), 1), 2)
    labels[(anatomy == 0) & (hu > 0) & (labels == 0)] = Layer.MUSCLE.label
    labels[(anatomy == 0) & (hu < 0) & (hu > -900)] = Layer.SUBCUTANEOUS_FAT.label
    level = VertebralLevel("L3", 30, 90.0, 7.0, (18, 45))
    point = TimePoint(date, date, grid, ct.acquisition, Provenance("0.1.0", "test", "1", "00", f"{patient} {date}",
                                                                   "2024-01-31T12:00:00Z"), lesions,
                      ["thorax", "abdomen", "pelvis"], [], body_composition(ct, labels, level),
                      dict(instances.highest_number))
    return Analysed(ct, organs, labels, point)


def add_scan(scene: Any, balls: tuple[Ball, ...], date: str, patient: str = "Patient", grid: Geometry = GRID) -> Result:
    """Add a CT in the study of a patient, and its result, as after an analysis."""
    made = analysed(balls, date, patient, grid)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"CT {date}")
    slicer.util.updateVolumeFromArray(volume, made.ct.hu)
    volume.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(RAS_TO_LPS @ grid.affine))
    volume.CreateDefaultDisplayNodes()
    place_in_study(scene, volume, patient, date)
    result = show_result(volume, Case(f"{patient}-case", [made.point]), made.labels, made.organs.labels)
    keep_registration_image(result.segmentation, make_registration_image(made.ct, made.organs))
    return result


def write_analysis(folder: Path, balls: tuple[Ball, ...], date: str) -> None:
    """The files that the command line writes for such a scan."""
    made = analysed(balls, date)
    folder.mkdir(parents=True)
    for name, terms, labels in (("segmentation", LAYER_TERMS, made.labels),
                                ("anatomy", ORGAN_TERMS, made.organs.labels)):
        write_segmentation(folder / f"{name}.seg.nrrd", labels, made.ct.geometry, dict(enumerate(terms, start=1)))
    save_case(Case("again", [made.point]), folder / "case.json")


def lay_over(prior: Result, current: Result) -> None:
    """Register two scans of a patient who did not move."""
    quality = RegistrationQuality(Stage.RIGID, ncc=0.93, body_overlap=0.98, bone_overlap=0.8, common_mm=300.0)
    keep_registration(prior, current, Registration(SpatialTransform(np.eye(4)), quality))


def _drawn(balls: tuple[Ball, ...], grid: Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Anatomy, layers and HU; noise so that the picture is one of a CT."""
    k, j, i = np.indices(grid.shape)
    body = ((j - 40) / 38.0) ** 2 + ((i - 55) / 52.0) ** 2 < 1
    fat = body & ~(((j - 40) / 35.0) ** 2 + ((i - 55) / 49.0) ** 2 < 1)
    hu = np.where(fat, -100, np.where(body, 50, -1000)).astype(np.int16)
    trunk = ((j - 40) / 28.0) ** 2 + ((i - 55) / 42.0) ** 2 < 1
    anatomy, labels = np.zeros(grid.shape, np.uint8), np.zeros(grid.shape, np.uint8)
    for organ, box in ORGANS_KJI.items():
        inside = np.zeros(grid.shape, bool)
        inside[box] = True
        inside &= trunk
        anatomy[inside] = ORGAN_LABELS[organ]
        hu[inside] = {"lung": -850, "liver": 100, "spleen": 110}.get(organ, -95)
    spine = ((j - 66) / 5.0) ** 2 + ((i - 55) / 5.0) ** 2 < 1
    hu[spine & body] = 300
    for ball in balls:
        away = sum(((index - centre) * 3.0) ** 2 for index, centre in zip((k, j, i), ball.centre, strict=True))
        inside = away <= ball.radius_mm**2
        labels[inside] = ball.layer.label
        hu[inside] = 60
    noise = np.random.default_rng(7).normal(0.0, 12.0, grid.shape)
    return anatomy, labels, np.where(body, hu + noise, hu).astype(np.int16)


def place_in_study(scene: Any, volume: Any, patient: str, date: str) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    patient_item = (hierarchy.GetItemByName(patient)
                    or hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), patient))
    study = hierarchy.CreateStudyItem(patient_item, f"Study {date}")
    hierarchy.SetItemAttribute(study, "DICOM.StudyDate", date.replace("-", ""))
    hierarchy.CreateItem(study, volume)
