"""Makes the parts of the Slicer module importable, as Slicer does with the folder of a module."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import slicer

MODULE_FOLDER = Path(__file__).resolve().parents[3] / "DuOncoUnity"
sys.path.append(str(MODULE_FOLDER))

# slicer-core has no translations: English stays English
i18n = ModuleType("slicer.i18n")
i18n.tr = lambda text: text
sys.modules.setdefault("slicer.i18n", i18n)
slicer.i18n = sys.modules["slicer.i18n"]
