"""What Slicer's build installs is what the tree holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDERS = ["DuOncoUnity", "DuOncoUnityLib", "Resources"]


def test_every_file_is_listed() -> None:
    script = REPOSITORY / "scripts" / "update_cmake_lists.py"
    check = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_listed_from_outside_its_folder(folder: str) -> None:
    assert "../" not in (REPOSITORY / folder / "CMakeLists.txt").read_text()


def test_only_the_module_itself_lies_in_the_module_path() -> None:
    """Slicer takes every Python file in a module path for a module."""
    assert [path.name for path in (REPOSITORY / "DuOncoUnity").glob("*.py")] == ["DuOncoUnity.py"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension configured, built and installed against a stand-in for Slicer's CMake package.

    The stand-in follows slicerMacroBuildScriptedModule: files keep their relative paths below qt-scripted-modules, with
    WITH_SUBDIR in a folder named after the source folder.
    """
    if shutil.which("cmake") is None:
        pytest.skip("no cmake on this machine")
    work = tmp_path_factory.mktemp("cmake")
    package = work / "slicer"
    package.mkdir()
    (package / "SlicerConfig.cmake").write_text('set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake")\n'
                                                'set(Slicer_EXTENSION_GENERATE_CONFIG "${Slicer_USE_FILE}")\n'
                                                'set(Slicer_EXTENSION_CPACK "${Slicer_USE_FILE}")\n')
    (package / "UseSlicer.cmake").write_text(textwrap.dedent("""
        set(Slicer_QTSCRIPTEDMODULES_LIB_DIR lib/Slicer-5.12/qt-scripted-modules)
        set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR ${Slicer_QTSCRIPTEDMODULES_LIB_DIR})
        function(slicerMacroBuildScriptedModule)
          cmake_parse_arguments(MY "WITH_GENERIC_TESTS;WITH_SUBDIR" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
          if(MY_UNPARSED_ARGUMENTS OR NOT MY_SCRIPTS)
            message(FATAL_ERROR "unknown or missing arguments: ${MY_UNPARSED_ARGUMENTS}")
          endif()
          set(target ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR})
          if(MY_WITH_SUBDIR)
            get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
            set(target ${target}/${folder})
          endif()
          foreach(file ${MY_SCRIPTS} ${MY_RESOURCES})
            configure_file(${file} ${target}/${file} COPYONLY)
          endforeach()
          if(NOT MY_WITH_SUBDIR)
            set(target ${target}/)
          endif()
          install(DIRECTORY ${target} DESTINATION ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR})
        endfunction()
    """))
    source = work / "source"
    source.mkdir()
    for name in ["CMakeLists.txt", *FOLDERS]:
        (source / name).symlink_to(REPOSITORY / name)
    for command in (["cmake", "-S", str(source), "-B", str(work / "build"), f"-DSlicer_DIR={package}"],
                    ["cmake", "--install", str(work / "build"), "--prefix", str(work / "installed")]):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
    return work / "installed" / "lib" / "Slicer-5.12" / "qt-scripted-modules"


def test_everything_lands_beside_the_module(installed: Path) -> None:
    for name in ("DuOncoUnity.py", "DuOncoUnityPanel/worker.py", "DuOncoUnityLib/scene/segmentation.py",
                 "Resources/UI/DuOncoUnity.ui", "Resources/Icons/DuOncoUnity.png",
                 "Resources/Terminology/DuOncoUnity.term.json"):
        assert (installed / name).is_file(), name


def test_the_installed_library_imports_and_finds_its_resources(installed: Path) -> None:
    program = ("from DuOncoUnityLib.resources import resources_dir; import DuOncoUnityLib.records.store; "
               "print(resources_dir())")
    run = subprocess.run([sys.executable, "-P", "-c", program] if sys.version_info >= (3, 11)
                         else [sys.executable, "-c", program],
                         capture_output=True, text=True, check=True, cwd=installed.parent,
                         env={"PYTHONPATH": str(installed)})
    assert Path(run.stdout.strip()) == installed / "Resources"


def test_cmake_lists_name_what_they_set() -> None:
    for folder in FOLDERS:
        text = (REPOSITORY / folder / "CMakeLists.txt").read_text()
        for variable in re.findall(r"set\((MODULE_PYTHON_\w+)", text):
            assert text.count(variable) > 1, f"{variable} is set but not used in {folder}"
