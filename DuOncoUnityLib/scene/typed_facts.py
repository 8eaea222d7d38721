"""What a person typed about a scan, kept with its volume and saved with the scene."""

from __future__ import annotations

import slicer

from DuOncoUnityLib.records.scan_facts import ScanFacts

_DATE, _HEIGHT, _WEIGHT = "DuOncoUnity.Date", "DuOncoUnity.HeightM", "DuOncoUnity.WeightKg"


def typed_facts(volume_node: slicer.vtkMRMLVolumeNode) -> ScanFacts:
    """The facts that were typed for a scan."""
    height, weight = volume_node.GetAttribute(_HEIGHT), volume_node.GetAttribute(_WEIGHT)
    return ScanFacts(float(height) if height else None, volume_node.GetAttribute(_DATE) or None,
                     float(weight) if weight else None)


def type_facts(volume_node: slicer.vtkMRMLVolumeNode, facts: ScanFacts) -> None:
    """Keep these facts instead of those typed before; what is None here is what the file says again."""
    for attribute, value in ((_DATE, facts.date), (_HEIGHT, facts.height_m), (_WEIGHT, facts.weight_kg)):
        if value is None:
            volume_node.RemoveAttribute(attribute)
        else:
            volume_node.SetAttribute(attribute, str(value))
