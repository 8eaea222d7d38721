"""How two scans of a case lie on each other, kept in the scene as the transform from the prior to the current one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from DuOncoUnityLib.followup.registration import Registration, RegistrationQuality
from DuOncoUnityLib.geometry import FloatArray
from DuOncoUnityLib.scene.hierarchy import place_in_patient
from DuOncoUnityLib.scene.prior_alignment import vtk_transform
from DuOncoUnityLib.scene.result import Result

_QUALITY_ATTRIBUTE = "DuOncoUnity.RegistrationQuality"
_PRIOR_ROLE, _CURRENT_ROLE = "DuOncoUnity.Prior", "DuOncoUnity.Current"
_FLIP = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True)
class _NodeMap:
    """Maps positions, LPS mm, by a transform node."""

    node: slicer.vtkMRMLTransformNode

    def map_points(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Positions (..., 3) of points of the prior scan in the current one."""
        return _moved(self.node.GetTransformToParent(), lps_mm)

    def map_points_back(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Positions (..., 3) of points of the current scan in the prior one."""
        return _moved(self.node.GetTransformFromParent(), lps_mm)


@dataclass(frozen=True)
class SceneRegistration:
    """A registration in the scene; see `followup.tracking.RegisteredPair`."""

    node: slicer.vtkMRMLTransformNode
    quality: RegistrationQuality

    @property
    def transform(self) -> _NodeMap:
        return _NodeMap(self.node)


def keep_registration(prior: Result, current: Result, registration: Registration) -> SceneRegistration:
    """Keep a registration in the scene, in the place of a former one of the same two scans."""
    former = find_registration(prior, current)
    scene = current.segmentation.GetScene()
    name = f"{prior.time_point_id} to {current.time_point_id}"
    node = former.node if former else scene.AddNewNodeByClass("vtkMRMLTransformNode", name)
    node.SetAndObserveTransformToParent(vtk_transform(registration.transform))
    node.SetAttribute(_QUALITY_ATTRIBUTE, json.dumps(asdict(registration.quality)))
    node.SetNodeReferenceID(_PRIOR_ROLE, prior.segmentation.GetID())
    node.SetNodeReferenceID(_CURRENT_ROLE, current.segmentation.GetID())
    if former is None and current.volume is not None:
        place_in_patient(node, current.volume)
    return SceneRegistration(node, registration.quality)


def find_registration(prior: Result, current: Result) -> SceneRegistration | None:
    """The registration of two scans, if the scene has it."""
    for node in slicer.util.getNodesByClass("vtkMRMLTransformNode", current.segmentation.GetScene()):
        if (node.GetNodeReference(_PRIOR_ROLE) is prior.segmentation
                and node.GetNodeReference(_CURRENT_ROLE) is current.segmentation):
            return SceneRegistration(node, RegistrationQuality.from_plain(
                json.loads(node.GetAttribute(_QUALITY_ATTRIBUTE))))
    return None


def pass_on_registrations(former: Result, result: Result) -> None:
    """A result that takes the place of another one lies on other scans as that did: it is of the same CT."""
    for node in registration_nodes(result.segmentation.GetScene()):
        for role in (_PRIOR_ROLE, _CURRENT_ROLE):
            if node.GetNodeReference(role) is former.segmentation:
                node.SetNodeReferenceID(role, result.segmentation.GetID())


def registration_nodes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLTransformNode]:
    """All registrations of a scene."""
    return [node for node in slicer.util.getNodesByClass("vtkMRMLTransformNode", scene)
            if node.GetAttribute(_QUALITY_ATTRIBUTE)]


def _moved(transform: vtk.vtkAbstractTransform, lps_mm: npt.ArrayLike) -> FloatArray:
    positions = np.asarray(lps_mm, dtype=float)
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    source.SetDataTypeToDouble()
    target.SetDataTypeToDouble()
    source.SetData(numpy_to_vtk(np.ascontiguousarray(positions.reshape(-1, 3) * _FLIP), deep=True))
    transform.TransformPoints(source, target)
    return np.asarray(vtk_to_numpy(target.GetData()) * _FLIP, dtype=float).reshape(positions.shape)
