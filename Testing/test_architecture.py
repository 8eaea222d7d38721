"""The rules of docs/architecture.md: imports point one way, and only the scene knows Slicer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[1] / "DuOncoUnityLib"
GROUND = {"errors", "files", "geometry", "terminology", "resources", "progress", "records"}
ORDER = ["ct", "model", "anatomy", "lesions", "composition", "followup", "response", "exports", "evaluation"]
SLICER_MODULES = {"slicer", "vtk", "qt", "ctk", "vtkmodules"}
MODULES = sorted(LIBRARY.rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def part(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_only_the_scene_imports_slicer(path: Path) -> None:
    used = {name.split(".")[0] for name in imported_modules(path)} & SLICER_MODULES
    assert not used or part(path) == "scene"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_imports_point_one_way(path: Path) -> None:
    own = part(path)
    used = {name.split(".")[1] for name in imported_modules(path) if name.startswith("DuOncoUnityLib.")}
    used -= {own, "__version__"}
    if own in GROUND:
        assert used <= GROUND
    elif own in ORDER:
        assert used <= GROUND | set(ORDER[:ORDER.index(own)])
