"""Makes the parts of the Slicer module importable, as Slicer does with the folder of a module."""

from __future__ import annotations

import sys
from pathlib import Path

MODULE_FOLDER = Path(__file__).resolve().parents[3] / "DuOncoUnity"
sys.path.append(str(MODULE_FOLDER))
