"""The script that finds the texts of the panel, as a module for tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "update_translations.py"
_specification = importlib.util.spec_from_file_location("update_translations", _SCRIPT)
assert _specification
assert _specification.loader
update_translations = importlib.util.module_from_spec(_specification)
sys.modules["update_translations"] = update_translations
_specification.loader.exec_module(update_translations)
