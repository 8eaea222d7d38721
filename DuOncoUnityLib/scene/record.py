"""The case record inside the scene: saved and reopened with it."""

from __future__ import annotations

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.codec import to_json
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.store import case_from_json

_ATTRIBUTE = "DuOncoUnity.Record"


def create_record(scene: slicer.vtkMRMLScene, case: Case, name: str = "DuOnco Unity record") -> slicer.vtkMRMLTextNode:
    """A new node that holds the record of a case."""
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", scene.GenerateUniqueName(name))
    node.SetAttribute(_ATTRIBUTE, "1")
    # inside the scene file: a file of its own could be left out when a person saves the scene
    node.SetForceCreateStorageNode(slicer.vtkMRMLTextNode.CreateStorageNodeNever)
    save_record(node, case)
    return node


def save_record(node: slicer.vtkMRMLTextNode, case: Case) -> None:
    """Keep the present state of the case in its node, as the JSON of `records.store` without line breaks.

    Written at every edit: without indentation Python's fast encoder does it, in a third of the time.
    """
    node.SetText(to_json(case))


def load_record(node: slicer.vtkMRMLTextNode) -> Case:
    """The case in a record node.

    Raises:
        DuOncoError: the text is damaged, or a newer version of the program wrote it.
    """
    return case_from_json(node.GetText())


class LiveRecord:
    """The case in a record node, kept in memory: reading half a megabyte of JSON takes longer than most changes of it.

    Args:
        node: the record; others may write it, too.
    """

    def __init__(self, node: slicer.vtkMRMLTextNode) -> None:
        self._node = node
        self._text = ""
        self._case: Case | None = None

    @property
    def case(self) -> Case:
        """The case as the node has it now, read again only if somebody else wrote it.

        Raises:
            DuOncoError: the text is damaged, or a newer version of the program wrote it.
        """
        text = self._node.GetText()
        if self._case is None or text != self._text:
            self._case, self._text = case_from_json(text), text
        return self._case

    def save(self) -> None:
        """Write the case after it was changed in place."""
        if self._case is not None:
            self._text = to_json(self._case)
            self._node.SetText(self._text)

    @property
    def text(self) -> str:
        """The record as it is saved."""
        return str(self._node.GetText())

    def former(self, text: str) -> Case:
        """The case in a former text, to go back to; what was signed and the lesion numbers given since stay.

        Raises:
            DuOncoError: scans came, went or were analysed again since; nothing was changed.
        """
        now, former = self.case, case_from_json(text)
        if [(point.id, point.provenance) for point in now.time_points] != [
                (point.id, point.provenance) for point in former.time_points]:
            raise DuOncoError("Scans were added, removed or analysed again since; this step can no longer be undone.")
        former.versions = now.versions
        for point, present in zip(former.time_points, now.time_points, strict=True):
            for letter, number in present.highest_lesion_number.items():
                point.highest_lesion_number[letter] = max(number, point.highest_lesion_number.get(letter, 0))
        return former

    def replace(self, case: Case) -> None:
        """Make another case the record, and write it."""
        self._case = case
        self.save()

    def discard(self) -> None:
        """Forget changes that were not saved."""
        self._case = None


def record_nodes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLTextNode]:
    """All records of a scene, one for each case."""
    return [node for node in slicer.util.getNodesByClass("vtkMRMLTextNode", scene) if node.GetAttribute(_ATTRIBUTE)]
