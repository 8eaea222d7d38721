"""The question that is asked once before PyTorch is installed, and what follows from the answer."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityPanel.dependencies import install, install_from_folder, missing_packages, question


def ensure_packages() -> bool:
    """Ask for what is missing and install it; False if the person does not want that.

    Raises:
        DuOncoError: the installation failed, or Slicer runs in its testing mode, where nobody can answer.
    """
    packages = missing_packages()
    if not packages:
        return True
    if slicer.app.testingEnabled():
        raise DuOncoError(_("PyTorch is not installed."), details=question(packages))
    box = qt.QMessageBox(qt.QMessageBox.Question, _("DuOnco Unity"), question(packages), qt.QMessageBox.Cancel,
                         slicer.util.mainWindow())
    download = box.addButton(_("Download"), qt.QMessageBox.AcceptRole)
    from_folder = box.addButton(_("From a folder..."), qt.QMessageBox.ActionRole)
    from_folder.toolTip = _("Without a network: choose a folder with the packages, see the tutorial.")
    box.exec_()
    if box.clickedButton() == download:
        install(packages)
        return True
    folder = _choose_folder() if box.clickedButton() == from_folder else ""
    if folder:
        install_from_folder(packages, Path(folder))
    return bool(folder)


def _choose_folder() -> str:
    return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder with the packages"))
