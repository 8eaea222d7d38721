"""What Slicer does not bring: PyTorch, named with its size, asked for once, installed on the main thread.

It comes through the extension PyTorch, which finds the build for this computer, or, without a network, from a folder of
packages that a person brought along (`pip download torch`). If it is there already, nothing is asked and no network is
needed: all other packages of the analysis are Slicer's own.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.errors import DuOncoError, ExitCode


@dataclass(frozen=True)
class Package:
    """A package: the name by which it is imported, the versions that will do, and how much is downloaded."""

    name: str
    versions: str
    download: str


# torch's file names exceed the path length that Windows allows from 2.13 on
TORCH = Package("torch", ">=2.3,<2.13" if sys.platform == "win32" else ">=2.3", "0.1 to 3 GB")
PACKAGES = [TORCH]


def missing_packages() -> list[Package]:
    """What is not installed yet; nothing is imported to find out."""
    importlib.invalidate_caches()
    return [package for package in PACKAGES if importlib.util.find_spec(package.name) is None]


def question(packages: list[Package]) -> str:
    """What the user is asked before anything is installed."""
    names = "\n".join(f"- {package.name} ({package.download})" for package in packages)
    return _("DuOnco Unity needs Python packages that are not installed yet:\n\n{names}\n\n"
             "They are downloaded once from the Python package index; scans never leave this computer. "
             "Install them now? This may take some minutes.").format(names=names)


def install(packages: list[Package]) -> None:
    """Download packages and install them into Slicer's Python.

    Raises:
        DuOncoError: the PyTorch extension is missing, or the installation failed.
    """
    for package in packages:
        try:
            installed = _pytorch().installTorch(askConfirmation=False, torchVersionRequirement=package.versions)
        except DuOncoError:
            raise
        except Exception as error:
            raise DuOncoError(_("The packages could not be installed; is there a network connection?"),
                              details=str(error), exit_code=ExitCode.OUT_OF_RESOURCES) from error
        if installed is None:
            raise DuOncoError(_("PyTorch was not installed."))


def install_from_folder(packages: list[Package], folder: Path) -> None:
    """Install packages from files; the network is not asked.

    Raises:
        DuOncoError: the folder lacks a package, or what it needs, for this computer.
    """
    requirements = [f"{package.name}{package.versions}" for package in packages]
    try:
        slicer.util.pip_install(["--no-index", "--find-links", str(folder), *requirements])
    except Exception as error:
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise DuOncoError(_("The folder does not hold all packages for this computer and Python {version}.").format(
            version=python), details=str(error), exit_code=ExitCode.OUT_OF_RESOURCES) from error


def _pytorch():
    """The logic of the PyTorch extension."""
    try:
        from PyTorchUtils import PyTorchUtilsLogic
    except ModuleNotFoundError as error:
        raise DuOncoError(_("Install the extension PyTorch in the Extensions Manager, restart Slicer and try "
                            "again.")) from error
    return PyTorchUtilsLogic()
