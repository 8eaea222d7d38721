"""What `pip install` brings: every package and everything the code reads from beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="needs tomllib")
def test_every_package_is_listed() -> None:
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    listed = project["tool"]["setuptools"]["packages"]
    found = {".".join(path.parent.relative_to(REPOSITORY).parts)
             for path in (REPOSITORY / "DuOncoUnityLib").rglob("__init__.py")}
    assert set(listed) == found | {"DuOncoUnityLib.Resources"}
