"""Proposals of the network that cannot be disease, each with the rule that says so.

Rules look at the network's own proposals only; what a person drew or decided on never comes here. A suppressed
proposal is held back with its reason, not deleted: it can be counted and shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.densities import SOFT_TISSUE_BELOW_HU
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.breasts import breasts
from DuOncoUnityLib.lesions.components import BoolArray, Box, shell_around
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.terminology import BONES, GUT, Layer

GAS_HU = -150.0  # fat ends at about -130 HU: below there are lung and gas alone
STOOL_GAS_SHARE = 0.1
CORTEX_HU = 400.0
THICKEST_CORTEX_MM = 6.0
SHEET_RATIO = 3.0
DENSEST_TUMOUR_HU = 885.0
METAL_HU, METAL_SHARE = 2000, 0.1
NORMAL_NODE_BELOW_MM = 10.0
STRAND_RATIO, BULKY_NODES_MM = 3.0, 20.0
OUTSIDE_SHARE, OUTSIDE_SHELL_SHARE, OUTSIDE_SHELL_MM = 0.9, 0.75, 10.0
RESOLVED_PIXELS = 2.0
# of organs that look like a mass: gallbladders after a fast (mean and two SD), and the largest of uteri without disease
NORMAL_ORGAN_ML = {"gallbladder": 39.0, "pelvic_organs": 56.0}
WHOLE_ORGAN_SHARE = 0.5


@dataclass(frozen=True)
class Finding:
    """A proposal and what lies there.

    Attributes:
        mask: cut to `box` (KJI).
        has_counterpart: whether it is one of two breasts (`breasts`).
    """

    lesion: Lesion
    mask: BoolArray
    box: Box
    ct: CTVolume
    anatomy: LabelMap
    has_counterpart: bool = False

    @cached_property
    def hu(self) -> npt.NDArray[np.int16]:
        """Density of its voxels."""
        return self.ct.hu[self.box][self.mask]

    @cached_property
    def median_hu(self) -> float:
        return float(np.median(self.hu))

    def share_in(self, *organs: str) -> float:
        """Share of its voxels that the anatomy assigns to any of the organs."""
        return self.anatomy.share(self.anatomy.labels[self.box][self.mask], *organs)

    @cached_property
    def thickness_mm(self) -> float:
        """Diameter of the largest ball that fits into it."""
        spacing = self.ct.geometry.spacing_mm[::-1]
        depth = ndimage.distance_transform_edt(np.pad(self.mask, 1), sampling=spacing)
        return 2.0 * float(depth.max()) - min(spacing)

    @cached_property
    def extent_mm(self) -> float:
        """Longest side of its box."""
        return max((part.stop - part.start) * spacing
                   for part, spacing in zip(self.box, self.ct.geometry.spacing_mm[::-1], strict=True))

    @cached_property
    def slice_count(self) -> int:
        """Number of axial slices that it is on."""
        part = self.box[self.ct.geometry.axial_axis]
        return int(part.stop - part.start)


@dataclass(frozen=True)
class Rule:
    """A reason to hold a proposal back.

    Attributes:
        key: how records name it.
        text: what a person reads: "held back because it ...".
        why: anatomy or literature behind it.
        applies: whether the rule holds for a proposal.
    """

    key: str
    text: str
    why: str
    applies: Callable[[Finding], bool]


def suppressed(lesions: Sequence[Lesion], instances: InstanceMap, ct: CTVolume, anatomy: LabelMap) -> dict[str, str]:
    """The proposals that cannot be disease: key of the first rule that says so, by lesion id."""
    reasons = {}
    in_pairs = breasts(lesions, anatomy)
    for lesion in lesions:
        finding = Finding(lesion, *instances.mask(lesion.id), ct, anatomy, lesion.id in in_pairs)
        rule = next((rule for rule in RULES if rule.applies(finding)), None)
        if rule is not None:
            reasons[lesion.id] = rule.key
    return reasons


def _is_outside(finding: Finding) -> bool:
    """Whether neither the proposal nor its neighbourhood is body; tumours of the skin have body on one side."""
    labels = finding.anatomy.labels
    if (labels[finding.box][finding.mask] == 0).mean() < OUTSIDE_SHARE:
        return False
    shell, around = shell_around(finding.mask, finding.box, labels.shape, finding.ct.geometry.spacing_mm[::-1],
                                 OUTSIDE_SHELL_MM)
    return bool((labels[around][shell] == 0).mean() >= OUTSIDE_SHELL_SHARE)


def _is_on_table(finding: Finding) -> bool:
    """Outside the body, which lies in front of it and not behind it."""
    if not _is_outside(finding):
        return False
    geometry = finding.ct.geometry
    posterior = geometry.patient_axes[1]
    axis = 2 - posterior
    columns = [*finding.box]
    columns[axis] = slice(None)
    across = tuple(other for other in range(3) if other != axis)
    body = np.asarray((finding.anatomy.labels[tuple(columns)] > 0).any(axis=across))
    before, behind = body[:finding.box[axis].start], body[finding.box[axis].stop:]
    if geometry.direction[3 + posterior] < 0:
        before, behind = behind, before
    return bool(before.any() and not behind.any())


def _is_gas(finding: Finding) -> bool:
    return finding.lesion.site != "lung" and finding.median_hu < GAS_HU


def _is_oral_contrast(finding: Finding) -> bool:
    return finding.median_hu > SOFT_TISSUE_BELOW_HU and finding.share_in(*GUT) >= 0.5


def _is_stool(finding: Finding) -> bool:
    return float((finding.hu < GAS_HU).mean()) >= STOOL_GAS_SHARE and finding.share_in(*GUT) >= 0.5


def _is_cortex(finding: Finding) -> bool:
    return (finding.median_hu >= CORTEX_HU and finding.share_in(*BONES) >= 0.5
            and finding.thickness_mm <= THICKEST_CORTEX_MM
            and finding.extent_mm >= SHEET_RATIO * max(finding.thickness_mm, 1.0))


def _is_too_dense(finding: Finding) -> bool:
    return finding.median_hu >= DENSEST_TUMOUR_HU


def _is_metal(finding: Finding) -> bool:
    return float((finding.hu >= METAL_HU).mean()) >= METAL_SHARE


def _is_normal_node(finding: Finding) -> bool:
    return (finding.lesion.layer == Layer.LYMPH_NODE.value
            and finding.lesion.measurement.short_axis.length_mm < NORMAL_NODE_BELOW_MM)


def _is_strand(finding: Finding) -> bool:
    measured = finding.lesion.measurement
    short_mm = measured.short_axis.length_mm
    return (finding.lesion.layer == Layer.LYMPH_NODE.value and short_mm < BULKY_NODES_MM
            and measured.long_axis.length_mm >= STRAND_RATIO * short_mm)


def _is_unresolved(finding: Finding) -> bool:
    geometry = finding.ct.geometry
    pixel_mm = max(geometry.spacing_mm[axis] for axis in geometry.patient_axes[:2])
    slice_mm = geometry.spacing_mm[geometry.patient_axes[2]]
    long_mm = finding.lesion.measurement.long_axis.length_mm
    return long_mm < RESOLVED_PIXELS * pixel_mm or (finding.slice_count == 1 and long_mm >= 3.0 * slice_mm)


def _is_whole_organ(finding: Finding) -> bool:
    """Whether it lies for the most part in an organ of normal size, and covers most of it."""
    for organ, normal_ml in NORMAL_ORGAN_ML.items():
        share = finding.share_in(organ)
        if share >= WHOLE_ORGAN_SHARE:
            organ_ml = finding.anatomy.volume_ml(organ)
            covered_ml = share * np.count_nonzero(finding.mask) * finding.ct.geometry.voxel_volume_ml
            return bool(organ_ml <= normal_ml and covered_ml >= WHOLE_ORGAN_SHARE * organ_ml)
    return False


def _is_breast(finding: Finding) -> bool:
    return finding.has_counterpart


RULES: tuple[Rule, ...] = (
    Rule("table", "lies on the table", "There is no body around it and none behind it.", _is_on_table),
    Rule("outside_body", "lies outside the body", "There is no body around it: clothes, cables, air.", _is_outside),
    Rule("gas", "is gas", "Outside the lungs nothing but gas is less dense than fat, which ends at about -130 HU "
         "(ICRU Report 44).", _is_gas),
    Rule("oral_contrast", "is contrast medium in stomach or bowel", "Enhanced soft tissue stays below 200 HU "
         "(Bae, Radiology 2010;256:32); oral contrast medium does not.", _is_oral_contrast),
    Rule("stool", "is stool or food", "Content mixed with bubbles of gas is faeces or food (Mayo-Smith, Clin Radiol "
         "1995;50:765); tumours with gas in them are rare and ulcerated.", _is_stool),
    Rule("bone_cortex", "is the cortex of a bone", "A dense sheet as thin as a cortex is one; metastases of bone are "
         "foci or masses.", _is_cortex),
    Rule("too_dense", "is denser than tumours are", "Untreated osteoblastic metastases have a mean density of 654 HU, "
         "95 % of them one below 885 HU; above it lie bone islands, metal and undiluted contrast medium (Ulano, AJR "
         "2016;207:362).", _is_too_dense),
    Rule("metal", "is metal", "Cortical bone, the densest tissue of the trunk, has about 1500 HU (Schneider, Phys Med "
         "Biol 2000;45:459); the edges of a clip, blurred, have any density.", _is_metal),
    Rule("normal_node", "is a lymph node of normal size", "Nodes with a short axis below 10 mm are not pathological "
         "(RECIST 1.1, Eisenhauer, Eur J Cancer 2009;45:228).", _is_normal_node),
    Rule("strand", "is too long and thin for a lymph node", "Enlarged nodes more than twice as long as thick were "
         "benign in 95 % (Steinkamp, Br J Radiol 1995;68:266); three times, and only thin ones, leaves room for "
         "conglomerates. Vessels, muscles and glandular tissue are strands.", _is_strand),
    Rule("whole_organ", "is a whole organ of normal size", "A tumour is a part of its organ, or makes it large. "
         "Gallbladders after a fast have 20 ml (SD 10; Ewunonu, J Sci Innov Res 2016;5:96), uteri without disease "
         "15 to 56 ml (Sheth, J Obstet Gynaecol Res 2017, doi 10.1111/jog.13189).", _is_whole_organ),
    Rule("breast", "is glandular tissue of a breast", "It lies before the lungs, under the skin, with a counterpart of "
         "its size on the other side. Only 0.7 % of breast cancers are found in both breasts at the same time (Jiang, "
         "Cancer Med 2021;10:6089).", _is_breast),
    Rule("unresolved", "is smaller than the scan resolves", "What is smaller than two pixels, or flat on one of many "
         "thin slices, cannot be told from noise (sampling theorem).", _is_unresolved),
)
