"""A scan that is analysed again keeps its place in the case of its patient, and what people decided on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import slicer

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import find_level
from DuOncoUnityLib.composition.corrections import KEPT_CORRECTIONS, KEPT_WHOLE, keep_corrections
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.composition.tissues import refill
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.instances import LESION_LAYERS, Instance
from DuOncoUnityLib.lesions.operating_point import decided_lesions
from DuOncoUnityLib.lesions.reanalysis import keep_decisions
from DuOncoUnityLib.records.model import Case, TimePoint
from DuOncoUnityLib.scene.axes import axis_nodes
from DuOncoUnityLib.scene.burden_plot import pass_on_burden_plot
from DuOncoUnityLib.scene.edited_organs import KEPT_ORGANS, were_edited
from DuOncoUnityLib.scene.record import save_record
from DuOncoUnityLib.scene.registration import pass_on_registrations
from DuOncoUnityLib.scene.registration_image import pass_on_registration_image
from DuOncoUnityLib.scene.result import Result, latest_result, show_result, show_time_point
from DuOncoUnityLib.scene.segmentation import copy_other_segments, read_labels
from DuOncoUnityLib.scene.tissue import edited_layers, written_tissue
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityLib.terminology import ORGAN_LABELS


def show_latest(volume_node: slicer.vtkMRMLScalarVolumeNode, case: Case, labels: npt.NDArray[np.uint8],
                anatomy: npt.NDArray[np.uint8] | None = None) -> Result:
    """Show a new result of a scan; where it has one already, in the place of that one.

    The former nodes go. Lesions that people decided on or drew are taken over (`lesions.reanalysis`), and so are their
    corrections of muscle and fat (`composition.corrections`); organs that they edited stay as a node of their own. The
    warnings of the time point say so. Segments that they added, the registrations to other scans, the burden chart and
    the place in the record stay; links and roles follow the lesions.

    Args: as of `show_result`; the record must be in step with the masks of the former result.
    """
    former = latest_result(volume_node)
    if former is None:
        return show_result(volume_node, case, labels, anatomy)
    known, former_point = former.load()
    point = case.time_points[0]
    former_labels = read_labels(former.segmentation, [layer.value for layer in LESION_LAYERS], volume_node)
    ct, found = read_ct(volume_node), labels.copy()
    organs = LabelMap(anatomy, ct.geometry, ORGAN_LABELS) if anatomy is not None else None
    dropped = keep_decisions(former_point, former_labels, point, labels, decided_lesions(known, former_point.id))
    _keep_tissue(former, point, labels, organs, dropped, ct)
    former = _without_edited_organs(former, point)
    if not np.array_equal(found, labels):
        point.composition = body_composition(replace(ct, acquisition=point.acquisition), labels,
                                             find_level(organs) if organs is not None else None)
    point.date = former_point.date or point.date
    result = show_time_point(volume_node, former.record, point, labels, anatomy)
    for pass_on in (pass_on_registrations, pass_on_registration_image, pass_on_burden_plot):
        pass_on(former, result)
    copy_other_segments(former.segmentation, result.segmentation, volume_node)
    _pass_on_names(former, result)
    _remove(former)
    known.time_points[known.time_points.index(former_point)] = point
    save_record(former.record, known)
    return result


def _keep_tissue(former: Result, point: TimePoint, labels: npt.NDArray[np.uint8], anatomy: LabelMap | None,
                 dropped: Sequence[Instance], ct: CTVolume) -> None:
    """Bring the corrections of muscle and fat into the new layers, and close the holes that proposals left."""
    written = written_tissue(former, ct)
    if keep_corrections(edited_layers(former, written), written, labels):
        point.warnings = [*point.warnings, KEPT_WHOLE if written is None else KEPT_CORRECTIONS]
    if anatomy is not None:
        for instance in dropped:
            refill(labels, instance.mask & (labels[instance.box] == 0), instance.box, ct, anatomy)


def _without_edited_organs(former: Result, point: TimePoint) -> Result:
    """The former result; organs that a person edited belong to it no more, and stay."""
    if former.anatomy is None or not were_edited(former.anatomy, former.volume):
        return former
    former.anatomy.SetName(f"{former.anatomy.GetName()}, edited")
    point.warnings = [*point.warnings, KEPT_ORGANS]
    return replace(former, anatomy=None)


def _pass_on_names(former: Result, result: Result) -> None:
    """Nodes keep the names that people know, not numbered ones."""
    for old, new in ((former.segmentation, result.segmentation), (former.table, result.table),
                     (former.anatomy, result.anatomy)):
        if old is not None and new is not None:
            new.SetName(old.GetName())


def _remove(result: Result) -> None:
    """Remove the nodes of a result, but CT and record."""
    scene = result.segmentation.GetScene()
    for node in (*axis_nodes(result.segmentation), result.table, result.anatomy, result.segmentation):
        if node is not None:
            scene.RemoveNode(node)
