"""The conditions of Slicer's ExtensionsIndex (https://github.com/Slicer/ExtensionsIndex)."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RAW = "https://raw.githubusercontent.com/DuOncoUnity/SlicerDuOncoUnity/main/"


@pytest.fixture(scope="module")
def cmake() -> str:
    return (REPOSITORY / "CMakeLists.txt").read_text()


@pytest.fixture(scope="module")
def entry() -> dict:
    return json.loads((REPOSITORY / "docs" / "extensions-index" / "DuOncoUnity.json").read_text())


def variable(cmake: str, name: str) -> str:
    """The value of an EXTENSION_ variable, found as the index's own check finds it."""
    found = re.search(rf'set\s*\({name}\s*"([^"]+)"[ ]*\)', cmake)
    assert found, f"{name} is not set"
    return found[1]


def test_the_project_comes_first_and_bears_the_name_of_the_entry(cmake: str) -> None:
    assert re.findall(r"project\s*\(\s*([^\s)]+)", cmake)[0] == "DuOncoUnity"
    assert cmake.index("project(") < cmake.index("set(EXTENSION_HOMEPAGE")


@pytest.mark.parametrize("name", ["HOMEPAGE", "CATEGORY", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS",
                                  "DEPENDS"])
def test_the_extension_describes_itself(cmake: str, name: str) -> None:
    assert variable(cmake, f"EXTENSION_{name}")


def test_the_build_follows_the_template(cmake: str) -> None:
    steps = ["find_package(Slicer REQUIRED)", "include(${Slicer_USE_FILE})", "add_subdirectory(DuOncoUnity)",
             "add_subdirectory(DuOncoUnityLib)", "add_subdirectory(Resources)",
             "include(${Slicer_EXTENSION_GENERATE_CONFIG})", "include(${Slicer_EXTENSION_CPACK})"]
    assert [cmake.index(step) for step in steps] == sorted(cmake.index(step) for step in steps)


def test_entry_and_build_agree(cmake: str, entry: dict) -> None:
    assert entry["category"] == variable(cmake, "EXTENSION_CATEGORY")
    assert entry["build_dependencies"] == variable(cmake, "EXTENSION_DEPENDS").split()
    assert entry["scm_url"] == variable(cmake, "EXTENSION_HOMEPAGE")


def test_the_entry_has_the_form_of_its_schema(entry: dict) -> None:
    assert re.match(r"https://raw\.githubusercontent\.com/Slicer/Slicer/main/Schemas/"
                    r"slicer-extension-catalog-entry-schema-v\d+\.\d+\.\d+\.json#$", entry["$schema"])
    assert set(entry) <= {"$schema", "category", "scm_url", "scm_revision", "scm_type", "build_dependencies",
                          "build_subdirectory", "enabled", "tier"}
    assert entry["scm_url"].rpartition("/")[2].startswith("Slicer")
    assert 1 <= entry["tier"] <= 5


def test_icon_and_screenshots_are_pictures_of_this_repository(cmake: str) -> None:
    urls = [variable(cmake, "EXTENSION_ICONURL"), *variable(cmake, "EXTENSION_SCREENSHOTURLS").split()]
    for url in urls:
        assert url.startswith(RAW)
        assert png_size(REPOSITORY / url.removeprefix(RAW))
    assert png_size(REPOSITORY / urls[0].removeprefix(RAW)) == (128, 128)


def test_the_licence_is_there_and_named_in_the_readme(cmake: str) -> None:
    assert "Apache License" in (REPOSITORY / "LICENSE").read_text()
    readme = (REPOSITORY / "README.md").read_text()
    assert "Apache" in readme
    assert "LICENSE" in readme


def test_the_repository_is_small_with_its_history() -> None:
    # what a clone of this commit brings along: the pack that is sent, however this store is packed, and the files
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    history = subprocess.run(["git", "pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q"],
                             cwd=REPOSITORY, capture_output=True, input=b"HEAD\n", check=False)
    if tracked.returncode or history.returncode:
        pytest.skip("not a git clone")
    files = sum((REPOSITORY / name).stat().st_size for name in tracked.stdout.split("\0") if name)
    assert files + len(history.stdout) < 100e6


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file, from its header."""
    data = path.read_bytes()[:24]
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    return width, height
