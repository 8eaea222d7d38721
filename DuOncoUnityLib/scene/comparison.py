"""Prior beside current in the slice views: the prior scan moved to the place of the current one, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.scene.axes import axis_nodes
from DuOncoUnityLib.scene.prior_alignment import align_prior, release_prior
from DuOncoUnityLib.scene.registration import find_registration, registration_nodes
from DuOncoUnityLib.scene.result import Result

LAYOUT = 5501
"""Identifies the layout among those of Slicer and other extensions."""

PRIOR_VIEWS = ("DuOncoPriorAxial", "DuOncoPriorCoronal")
CURRENT_VIEWS = ("DuOncoCurrentAxial", "DuOncoCurrentCoronal")

_VIEW = ('<item><view class="vtkMRMLSliceNode" singletontag="{tag}"><property name="orientation" action="default">'
         '{orientation}</property><property name="viewlabel" action="default">{label}</property>'
         '<property name="viewcolor" action="default">{color}</property></view></item>')


def lay_prior_over(scans: Sequence[Result], prior: Result, current: Result) -> None:
    """Show a prior scan, its segments and axes where their anatomy lies in the current scan; the data stay as they are.

    Args:
        scans: all scans of the case, in the order of time.

    Raises:
        DuOncoError: two neighbours among them have not been laid over each other, or the CT is gone.
    """
    if prior.volume is None or current.volume is None:
        raise DuOncoError("The CT of this result is no longer in the scene.")
    put_back(current.segmentation.GetScene())
    path = list(scans)[list(scans).index(prior):list(scans).index(current) + 1]
    steps = [find_registration(first, second) for first, second in pairwise(path)]
    nodes = [step.node for step in steps if step is not None]
    if len(nodes) < len(steps):
        raise DuOncoError("Lay the scans over each other first.")
    for node, next_node in pairwise(nodes):
        node.SetAndObserveTransformNodeID(next_node.GetID())
    align_prior([prior.volume, prior.segmentation, *axis_nodes(prior.segmentation)], nodes[0])


def put_back(scene: slicer.vtkMRMLScene) -> None:
    """Put every scan back to where it was scanned: edits and measurements need it there."""
    for node in registration_nodes(scene):
        release_prior(node)


def add_layout(scene: slicer.vtkMRMLScene, prior_label: str, current_label: str) -> slicer.vtkMRMLLayoutNode | None:
    """Make the layout with axial and coronal views, prior on the left, known; returns the layout node of the scene."""
    node = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if node is None:
        return None
    rows = ""
    for orientation, prior, current in zip(("Axial", "Coronal"), PRIOR_VIEWS, CURRENT_VIEWS, strict=True):
        rows += ('<item><layout type="horizontal">'
                 + _VIEW.format(tag=prior, orientation=orientation, label=prior_label, color="#8E44AD")
                 + _VIEW.format(tag=current, orientation=orientation, label=current_label, color="#2C5F8A")
                 + "</layout></item>")
    description = f'<layout type="vertical" split="true">{rows}</layout>'
    if node.IsLayoutDescription(LAYOUT):
        node.SetLayoutDescription(LAYOUT, description)
    else:
        node.AddLayoutDescription(LAYOUT, description)
    return node


def composites(scene: slicer.vtkMRMLScene,
               names: Iterable[str] | None = None) -> list[slicer.vtkMRMLSliceCompositeNode]:
    """What the slice views show: of those with these layout names, or of all."""
    wanted = None if names is None else set(names)
    return [node for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene)
            if wanted is None or node.GetLayoutName() in wanted]


def show_in(views: Iterable[slicer.vtkMRMLSliceCompositeNode], result: Result) -> None:
    """Show the CT of a result in these views."""
    for composite in views:
        composite.SetBackgroundVolumeID(result.volume.GetID() if result.volume is not None else None)
        composite.SetForegroundVolumeID(None)


def show_segments(result: Result, visible: bool, views: Sequence[str] = ()) -> None:
    """Show or hide the segments of a result, and the axes of its lesions.

    Args:
        views: layout names of the slice views that show them; none for all views.
    """
    scene = result.segmentation.GetScene()
    for node in (result.segmentation, *axis_nodes(result.segmentation)):
        display = node.GetDisplayNode()
        if display is None:
            continue
        display.SetVisibility(visible)
        display.RemoveAllViewNodeIDs()
        for view in slicer.util.getNodesByClass("vtkMRMLSliceNode", scene):
            if view.GetLayoutName() in views:
                display.AddViewNodeID(view.GetID())


def same_window(prior: Result, current: Result) -> None:
    """Show both CTs with the window of the current one: other grey values would look like a change."""
    volumes = (prior.volume, current.volume)
    for volume in volumes:
        if volume is not None and volume.GetDisplayNode() is None:
            volume.CreateDefaultDisplayNodes()
    if prior.volume is None or current.volume is None:
        return
    source, target = current.volume.GetDisplayNode(), prior.volume.GetDisplayNode()
    target.SetAutoWindowLevel(False)
    target.SetWindowLevel(source.GetWindow(), source.GetLevel())
