"""Python packages that Slicer does not bring: named with their size, asked for once, installed on the main thread."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass

import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.errors import DuOncoError, ExitCode


@dataclass(frozen=True)
class Package:
    """A package: the name by which it is imported, pip's requirement, and how much is downloaded."""

    name: str
    requirement: str
    download: str


TORCH = Package("torch", "torch>=2.3", "0.1 to 3 GB")
# torch's file names exceed the path length that Windows allows from 2.13 on
TORCH_VERSION = ">=2.3,<2.13" if sys.platform == "win32" else ">=2.3"
PACKAGES = [TORCH, Package("slicerio", "slicerio>=1.1", "1 MB")]


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
    """Install packages into Slicer's Python.

    Raises:
        DuOncoError: the PyTorch extension is missing, or an installation failed.
    """
    try:
        if TORCH in packages:
            _install_torch()
        others = [package.requirement for package in packages if package is not TORCH]
        if others:
            _pip_install(others)
    except DuOncoError:
        raise
    except Exception as error:
        raise DuOncoError(_("The packages could not be installed; is there a network connection?"),
                          details=str(error), exit_code=ExitCode.OUT_OF_RESOURCES) from error


def _install_torch() -> None:
    try:
        import PyTorchUtils
    except ModuleNotFoundError as error:
        raise DuOncoError(_("Install the extension PyTorch in the Extensions Manager, restart Slicer and try "
                            "again.")) from error
    if PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=False,
                                                     torchVersionRequirement=TORCH_VERSION) is None:
        raise DuOncoError(_("PyTorch was not installed."))


def _pip_install(requirements: list[str]) -> None:
    try:
        from slicer.packaging import pip_ensure
    except ImportError:  # before Slicer 5.12
        for requirement in requirements:
            slicer.util.pip_install(requirement)
    else:
        pip_ensure(requirements, prompt_install=False, requester="DuOnco Unity")
