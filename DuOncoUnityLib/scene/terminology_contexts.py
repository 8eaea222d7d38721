"""Slicer's view of the terminology: the string that marks a segment, the lists of its selector, and colour tables.

The files in `Resources/Terminology/` are generated from `terminology` by `python -m
DuOncoUnityLib.scene.terminology_contexts`; a test keeps them equal. Their form is that of dcmqi
(segment-context-schema.json, anatomic-context-schema.json), which Slicer reads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from DuOncoUnityLib.resources import resources_dir
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Code, Term

SEGMENTS_NAME = "Segmentation category and type - DuOnco Unity"
REGIONS_NAME = "Anatomic codes - DuOnco Unity"

_SCHEMAS = "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas"


def terminology_entry(term: Term) -> str:
    """The serialized terminology entry of a segment: context, category, type, modifier, and the same for the region."""
    region = _triple(term.region)
    return "~".join([SEGMENTS_NAME, _triple(term.category), _triple(term.type), _triple(None),
                     REGIONS_NAME, region, _triple(None)])


def segment_context() -> dict[str, Any]:
    """Categories and types of all layers and organs, for Slicer's terminology selector."""
    categories: dict[str, dict[str, Any]] = {}
    for term in [*LAYERS.values(), *ORGANS.values()]:
        category = categories.setdefault(term.category.value,
                                         {**_coded(term.category), "showAnatomy": True, "Type": []})
        known = [entry["CodeValue"] for entry in category["Type"]]
        if term.type.value not in known:
            category["Type"].append({**_coded(term.type), "3dSlicerLabel": term.key,
                                     "recommendedDisplayRGBValue": list(term.color)})
    return {"SegmentationCategoryTypeContextName": SEGMENTS_NAME,
            "@schema": f"{_SCHEMAS}/segment-context-schema.json#",
            "SegmentationCodes": {"Category": list(categories.values())}}


def region_context() -> dict[str, Any]:
    """The regions that narrow a type: those of the layers, and every organ as the site of a lesion."""
    codes = {code.value: code for term in LAYERS.values() if (code := term.region)}
    codes.update({term.type.value: term.type for term in ORGANS.values()})
    regions = sorted(codes.values(), key=lambda code: code.meaning)
    return {"AnatomicContextName": REGIONS_NAME,
            "@schema": f"{_SCHEMAS}/anatomic-context-schema.json#",
            "AnatomicCodes": {"AnatomicRegion": [_coded(code) for code in regions]}}


def color_table(terms: Sequence[Term]) -> str:
    """Slicer colour table (.ctbl) for label maps: label, name, red, green, blue, opacity."""
    rows = [f"{label} {term.key} {' '.join(map(str, term.color))} 255" for label, term in enumerate(terms, start=1)]
    return "\n".join(["# labels of DuOnco Unity", "0 background 0 0 0 0", *rows]) + "\n"


def context_files() -> dict[Path, str]:
    """Where the two lists lie, and what they must contain."""
    folder = resources_dir() / "Terminology"
    return {folder / "DuOncoUnity.term.json": _json(segment_context()),
            folder / "DuOncoUnityRegions.term.json": _json(region_context())}


def color_table_files() -> dict[Path, str]:
    """Where the colour tables for label maps lie, and what they must contain."""
    folder = resources_dir() / "Terminology"
    return {folder / "DuOncoUnity-layers.ctbl": color_table(list(LAYERS.values())),
            folder / "DuOncoUnity-anatomy.ctbl": color_table(list(ORGANS.values()))}


def _triple(code: Code | None) -> str:
    return f"{code.scheme}^{code.value}^{code.meaning}" if code else "^^"


def _coded(code: Code) -> dict[str, Any]:
    return {"CodeMeaning": code.meaning, "CodingSchemeDesignator": code.scheme, "CodeValue": code.value}


def _json(context: dict[str, Any]) -> str:
    return json.dumps(context, indent=1) + "\n"


if __name__ == "__main__":
    for path, text in (context_files() | color_table_files()).items():
        path.write_text(text, encoding="utf-8")
