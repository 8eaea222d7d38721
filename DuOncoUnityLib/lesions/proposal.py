"""From the label map of the network to the lesions it proposes."""

from __future__ import annotations

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.components import LabelArray
from DuOncoUnityLib.lesions.confidence import score_of
from DuOncoUnityLib.lesions.instances import LESION_LAYERS, InstanceMap, number_instances
from DuOncoUnityLib.lesions.joining import join_parts
from DuOncoUnityLib.lesions.measure import measure_lesion
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap, SeenScan
from DuOncoUnityLib.lesions.site import site_of
from DuOncoUnityLib.model.calibration import Calibration
from DuOncoUnityLib.records.model import Lesion

# a sphere of 4 mm: smaller finds cannot be told from noise on slices of 1 to 5 mm
SMALLEST_PROPOSAL_ML = 0.033


def propose_lesions(labels: LabelArray, ct: CTVolume, anatomy: LabelMap | None = None,
                    probability: ProbabilityMap | None = None,
                    smallest_ml: float = SMALLEST_PROPOSAL_ML, *,
                    calibration: Calibration | None = None) -> tuple[list[Lesion], InstanceMap]:
    """All lesions and lymph nodes of a new segmentation, measured, numbered from head to feet and seen by nobody yet.

    Args:
        labels: KJI label map on the grid of the scan with the values of `Layer.label`; in it, specks are erased and
            parts of one mass joined.
        ct: the scan.
        anatomy: organs on the grid of the scan; without them the sites stay empty.
        probability: the network's own probability; without it the confidence is None, and nothing is joined: a person
            may have drawn the labels.
        smallest_ml: finds below this volume are specks.
        calibration: of the confidence; without it the confidence is the network's mean probability.
    """
    if probability:
        join_parts(labels, ct.geometry, [layer.label for layer in LESION_LAYERS])
    instances = number_instances(labels, ct.geometry, smallest_ml)
    scan = SeenScan(ct, probability, anatomy) if probability else None
    lesions = []
    for instance in instances.instances.values():
        mask, box = instances.mask(instance.id)
        site = site_of(mask, box, instance.layer, anatomy) if anatomy else ""
        confidence = None
        if scan:
            confidence = score_of(mask, box, scan, site).confidence(instance.layer.value, calibration)
        lesions.append(Lesion(instance.id, instance.layer.value, site, measure_lesion(mask, box, ct), confidence))
    return lesions, instances
