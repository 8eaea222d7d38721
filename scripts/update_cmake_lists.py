"""Keeps the lists of files in the CMakeLists.txt equal to the tree: Slicer installs only what is listed.

    python scripts/update_cmake_lists.py           writes the lists (`make cmake-lists`)
    python scripts/update_cmake_lists.py --check   only says which lines differ; exit code 1 if any does
"""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDERS = ("DuOncoUnity", "DuOncoUnityLib", "Resources")
_NOT_INSTALLED = ("CMakeLists.txt", ".pyc")


def listed(folder: Path) -> str:
    """The text that the CMakeLists.txt of a folder must have."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(_NOT_INSTALLED))
    names = [path.relative_to(folder).as_posix() for path in files]
    text = (folder / "CMakeLists.txt").read_text(encoding="utf-8")
    text = _with_list(text, "MODULE_PYTHON_SCRIPTS", [name for name in names if name.endswith(".py")])
    return _with_list(text, "MODULE_PYTHON_RESOURCES", [name for name in names if not name.endswith(".py")])


def _with_list(text: str, variable: str, names: list[str]) -> str:
    lines = "".join(f"\n  {name}" for name in names)
    return re.sub(rf"set\({variable}[^)]*\)", f"set({variable}{lines}\n  )", text)


def main() -> int:
    """Write or check all lists."""
    outdated = False
    for folder in FOLDERS:
        path = REPOSITORY / folder / "CMakeLists.txt"
        current, wanted = path.read_text(encoding="utf-8"), listed(path.parent)
        if current == wanted:
            continue
        outdated = True
        if "--check" in sys.argv:
            lines = difflib.unified_diff(current.splitlines(), wanted.splitlines(), lineterm="", n=1)
            print(f"{folder}/CMakeLists.txt differs from the tree (run scripts/update_cmake_lists.py):",
                  *lines, sep="\n")
        else:
            path.write_text(wanted, encoding="utf-8")
            print(f"updated {folder}/CMakeLists.txt")
    return int(outdated and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
