"""The signed versions of a case, each as a text node that nobody changes, saved with the scene."""

from __future__ import annotations

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.sign_off import frozen_case, is_changed
from DuOncoUnityLib.scene.hierarchy import add_hidden

_ROLE = "DuOncoUnity.SignedRecord"
_NUMBER = "DuOncoUnity.Version"


def keep_version(record: slicer.vtkMRMLTextNode, case: Case, text: str) -> slicer.vtkMRMLTextNode:
    """Keep the frozen text of the version that was signed last, beside its record.

    Args:
        record: the record node of the case.
        case: with the new version in `versions`.
        text: what `records.sign_off.sign` returned.
    """
    number = case.versions[-1].number
    node = add_hidden(record.GetScene(), "vtkMRMLTextNode", f"{record.GetName()} version {number}")
    node.SetAttribute(_NUMBER, str(number))
    node.SetNodeReferenceID(_ROLE, record.GetID())
    # inside the scene file: a file of its own could be left out when a person saves the scene
    node.SetForceCreateStorageNode(slicer.vtkMRMLTextNode.CreateStorageNodeNever)
    node.SetText(text)
    return node


def version_nodes(record: slicer.vtkMRMLTextNode) -> dict[int, slicer.vtkMRMLTextNode]:
    """The frozen texts of a record by the number of their version."""
    nodes = slicer.util.getNodesByClass("vtkMRMLTextNode", record.GetScene())
    return {int(node.GetAttribute(_NUMBER)): node for node in nodes
            if node.GetAttribute(_NUMBER) and node.GetNodeReference(_ROLE) is record}


class SignedState:
    """Whether a case is as it was signed last; the frozen text is read once for each version."""

    def __init__(self) -> None:
        self._node: slicer.vtkMRMLTextNode | None = None
        self._frozen: Case | None = None

    def is_changed(self, record: slicer.vtkMRMLTextNode, case: Case) -> bool:
        """Whether anything changed since the case was signed last; True where it was never signed.

        Raises:
            DuOncoError: the frozen text is gone or is not the one that was signed.
        """
        if not case.versions:
            return True
        version = case.versions[-1]
        node = version_nodes(record).get(version.number)
        if node is None:
            raise DuOncoError(f"The text of version {version.number} is no longer in the scene.")
        if node is not self._node or self._frozen is None:
            self._node, self._frozen = node, frozen_case(version, node.GetText())
        return is_changed(case, self._frozen)
