"""The module file before anything runs: what Slicer needs to load it, and texts that can be translated."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "DuOncoUnity" / "DuOncoUnity.py"
SOURCES = sorted((REPOSITORY / "DuOncoUnity").rglob("*.py"))

@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_texts_are_translatable(source: Path) -> None:
    """lupdate finds plain texts only: numbers are filled in after the translation."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            assert isinstance(node.args[0], ast.Constant), f"{source.name}:{node.lineno}"


def test_the_module_loads_at_the_start_of_slicer() -> None:
    """Without any package that Slicer does not bring, without the classes of modules that may be loaded later, and
    from a plain checkout, where only the module's own folder is known to Python."""
    program = textwrap.dedent("""
        import sys
        from types import ModuleType
        import slicer
        for name in dir(slicer):
            if "Segment" in name or "Markups" in name or name.startswith("vtkSlicer"):
                delattr(slicer, name)
        for name in ("torch", "monai", "matplotlib", "slicerio", "skimage", "pandas", "nrrd"):
            sys.modules[name] = None
        def stand_in(name, **content):
            sys.modules[name] = ModuleType(name)
            vars(sys.modules[name]).update(content)
        base = type("Base", (), {})
        stand_in("qt")
        stand_in("slicer.i18n", tr=str, translate=lambda context, text: text)
        stand_in("slicer.parameterNodeWrapper", parameterNodeWrapper=lambda cls: cls)
        stand_in("slicer.ScriptedLoadableModule", **{"ScriptedLoadableModule" + part: type(part, (base,), {})
                                                     for part in ("", "Widget", "Logic", "Test")})
        import DuOncoUnity
        print(DuOncoUnity.DuOncoUnityLib.__file__)
    """)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd="/",
                         env={"PYTHONPATH": str(MODULE.parent)})
    assert run.returncode == 0, run.stderr
    assert Path(run.stdout.strip()).parent == REPOSITORY / "DuOncoUnityLib"
