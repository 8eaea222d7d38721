"""Questions to the person at the screen that are answered with yes or no."""

from __future__ import annotations

import logging

import slicer
from slicer.i18n import tr as _


def confirmed(question: str, *, yes_no: bool = False) -> bool:
    """Whether the person agrees. In Slicer's testing mode nobody is there to be asked: yes.

    Slicer's own functions promise that for the testing mode, but say no then: they compare their answer with a button.

    Args:
        question: what is asked.
        yes_no: whether the buttons are Yes and No; else OK and Cancel.
    """
    if slicer.app.testingEnabled():
        logging.info("Agreed to a question in testing mode")  # its text may name patients
        return True
    ask = slicer.util.confirmYesNoDisplay if yes_no else slicer.util.confirmOkCancelDisplay
    return bool(ask(question, _("DuOnco Unity")))
