"""What Slicer does not bring: named with its size, installed the way Slicer wants it; all else is Slicer's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityPanel.dependencies import PACKAGES, install, install_from_folder, missing_packages, question

REPOSITORY = Path(__file__).resolve().parents[2]


def test_what_is_installed_is_not_asked_for() -> None:
    assert missing_packages() == []


def test_what_is_missing_is_found_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert missing_packages() == PACKAGES


def test_the_question_names_every_package_and_its_size() -> None:
    text = question(PACKAGES)
    for package in PACKAGES:
        assert f"- {package.name} ({package.download})" in text
    assert "never leave this computer" in text


def test_nothing_is_pinned_to_one_version() -> None:
    assert not any("==" in package.versions for package in PACKAGES)


@pytest.fixture
def torch_installer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The PyTorch extension, recording how it was asked."""
    calls: list[dict[str, Any]] = []

    class Logic:
        def installTorch(self, **options: Any) -> ModuleType:  # noqa: N802
            calls.append(options)
            return ModuleType("torch")

    monkeypatch.setitem(sys.modules, "PyTorchUtils", SimpleNamespace(PyTorchUtilsLogic=Logic))
    return calls


def test_torch_comes_through_the_pytorch_extension_without_asking_again(
        torch_installer: list[dict[str, Any]]) -> None:
    install(PACKAGES)
    assert torch_installer[0]["askConfirmation"] is False
    assert torch_installer[0]["torchVersionRequirement"].startswith(">=")


def test_without_the_pytorch_extension_the_user_learns_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    with pytest.raises(DuOncoError, match="Extensions Manager"):
        install(PACKAGES)


def test_a_failed_download_is_a_sentence(torch_installer: list[dict[str, Any]],
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("pip: no network")

    monkeypatch.setattr(sys.modules["PyTorchUtils"].PyTorchUtilsLogic, "installTorch", fail)
    with pytest.raises(DuOncoError, match="could not be installed") as raised:
        install(PACKAGES)
    assert "no network" in raised.value.details


def real_pip(arguments: list[str]) -> None:
    """Slicer's `pip_install` with a list: each entry is one argument of pip; settings of this machine do not count."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
                    "--ignore-installed", "--no-deps", *arguments], check=True, capture_output=True, text=True,
                   env=environment | {"PIP_CONFIG_FILE": os.devnull})


def test_torch_comes_from_a_folder_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my packages").mkdir()
    _write_wheel(tmp_path / "my packages", "torch", "2.4.0")
    monkeypatch.setattr(slicer.util, "pip_install", real_pip, raising=False)
    install_from_folder(PACKAGES, tmp_path / "my packages")


def test_a_folder_without_the_packages_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_wheel(tmp_path, "torch", "1.0.0")
    monkeypatch.setattr(slicer.util, "pip_install", real_pip, raising=False)
    with pytest.raises(DuOncoError, match=rf"does not hold all packages .* Python 3\.{sys.version_info.minor}"):
        install_from_folder(PACKAGES, tmp_path)


def _write_wheel(folder: Path, name: str, version: str) -> None:
    """The smallest package that pip accepts."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def in_slicers_python(program: str, more: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python that has the packages of Slicer 5.12 only, and those named in `more`."""
    start = f"from Testing.slicer_packages import only_slicers_packages\nonly_slicers_packages({more!r})\n"
    return subprocess.run([sys.executable, "-c", start + textwrap.dedent(program)], cwd=REPOSITORY, check=False,
                          capture_output=True, text=True, timeout=240)


def test_the_panel_opens_with_slicers_own_packages(tmp_path: Path) -> None:
    run = in_slicers_python(f"""
        import os
        import sys
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from pathlib import Path
        from Testing.desktop.slicer_desktop import Desktop, install
        install()
        desktop = Desktop(Path({str(tmp_path)!r}))
        sys.excepthook = sys.__excepthook__
        from DuOncoUnityPanel.dependencies import missing_packages
        print([package.name for package in missing_packages()])
        desktop.module.DuOncoUnityTest().test_edit()
        desktop.close()
    """, ("pyside6", "pyside6_essentials", "shiboken6"))
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "['torch']"


def test_the_analysis_needs_torch_and_slicers_own_packages(tmp_path: Path, threshold_bundle: Path) -> None:
    _k, j, i = np.mgrid[:40, :60, :70]
    hu = np.where(((i - 35) / 32) ** 2 + ((j - 30) / 26) ** 2 < 1, 40, -1000).astype(np.int16)
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((3.0, 3.0, 5.0))
    sitk.WriteImage(image, str(tmp_path / "ct.nrrd"))
    arguments = ["analyze", str(tmp_path / "ct.nrrd"), "--out", str(tmp_path / "result"), "--no-preview", "--model",
                 str(threshold_bundle), "--device", "cpu", "--progress", "json", "--log", str(tmp_path / "log.txt")]
    run = in_slicers_python(f"""
        from DuOncoUnityLib.cli import main
        raise SystemExit(main({arguments!r}))
    """, ("torch", "sympy", "mpmath", "networkx", "jinja2", "markupsafe", "filelock", "fsspec", "typing_extensions"))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {"done": True}
    assert (tmp_path / "result" / "segmentation.seg.nrrd").exists()
