"""Sums over lesions."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.burden import BurdenSum, tumour_burden
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.review import confirm, reject
from DuOncoUnityLib.terminology import Layer


def test_sums_by_layer_and_site(labels: np.ndarray, ct: CTVolume, anatomy: LabelMap) -> None:
    labels[5:9, 15:35, 64:79] = Layer.LYMPH_NODE.label
    lesions, _ = propose_lesions(labels, ct, anatomy)
    confirm(lesions[0], "Dr A")
    burden = tumour_burden(lesions)
    by_id = {lesion.id: lesion.measurement for lesion in lesions}
    assert list(burden.by_site) == [(Layer.LESION, "liver"), (Layer.LESION, "lung"),
                                    (Layer.LYMPH_NODE, "peritoneum_retroperitoneum")]
    assert burden.by_layer[Layer.LESION].volume_ml == pytest.approx(by_id["L1"].volume_ml + by_id["L2"].volume_ml)
    assert burden.total.count == 3
    assert burden.total.unreviewed == 2
    assert burden.total.largest_id == max(by_id, key=lambda one: by_id[one].volume_ml)
    assert burden.total.longest_axis_mm == max(one.long_axis.length_mm for one in by_id.values())
    assert sum(one.volume_ml for one in burden.by_site.values()) == pytest.approx(burden.total.volume_ml)


def test_normal_nodes_do_not_count(labels: np.ndarray, ct: CTVolume) -> None:
    lesions, _ = propose_lesions(labels, ct)
    (node,) = (lesion for lesion in lesions if lesion.layer == Layer.LYMPH_NODE.value)
    assert node.measurement.short_axis.length_mm < 10.0
    burden = tumour_burden(lesions)
    assert (burden.by_layer[Layer.LYMPH_NODE].count, burden.normal_nodes, burden.rejected) == (0, 1, 0)


def test_rejected_lesions_do_not_count(labels: np.ndarray, ct: CTVolume) -> None:
    lesions, _ = propose_lesions(labels, ct)
    for lesion in lesions:
        reject(lesion, "Dr A")
    burden = tumour_burden(lesions)
    assert burden.total == BurdenSum(0, 0.0, 0.0, 0)
    assert burden.by_site == {}
    assert burden.rejected == 3
