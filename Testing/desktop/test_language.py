"""The panel in French: texts of forms and code through Qt, messages of the library when they are shown."""

from __future__ import annotations

import re

import pytest
import qt
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityPanel.language import language, message, name_of
from DuOncoUnityPanel.wording import progress_text
from DuOncoUnityPanel.worker import WorkerState
from Testing.desktop.slicer_desktop import Desktop
from Testing.desktop.test_appearance import fill
from Testing.translation_sources import update_translations

FRENCH = update_translations.read_translations(update_translations.TRANSLATIONS / "DuOncoUnity_fr.ts")
ENGLISH = {text.source for text in update_translations.texts()} - set(FRENCH.values())


@pytest.fixture
def in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slicer's language is French."""
    monkeypatch.setattr(slicer.app, "applicationLocaleName", "fr_FR")


def test_forms_code_and_module_are_french(french: Desktop) -> None:
    assert french.widget.ui.disclaimerLabel.text == "Réservé à la recherche. N'est pas un dispositif médical."
    assert french.section("scans").ui.scansSection.text == "1. Examens"
    assert french.section("analyse").ui.missingLabel.text == "Choisissez d'abord un scanner."
    assert french.section("analyse").ui.analyseButton.toolTip.startswith("Trouver et mesurer")
    french.screenshot("empty_fr")


def test_no_english_text_is_left_on_the_french_panel(french: Desktop) -> None:
    fill(french)
    for widget in french.window.findChildren(qt.QWidget):
        for shown in filter(None, (widget.property(name) for name in ("text", "title", "toolTip", "placeholderText"))):
            assert shown not in ENGLISH, f"{widget.name}: {shown}"


def test_numbers_on_the_french_panel_have_a_decimal_comma(french: Desktop) -> None:
    fill(french)
    models = [view.model() for view in french.window.findChildren(qt.QAbstractItemView) if view.model()]
    texts = [str(model.data(model.index(row, column)) or "") for model in models
             for row in range(model.rowCount()) for column in range(model.columnCount())]
    assert any(re.match(r"\d+,\d", text) for text in texts)
    assert not [text for text in texts if re.match(r"[+-]?\d+\.\d", text)]


def test_english_is_the_language_of_the_sources(desktop: Desktop) -> None:
    assert desktop.section("scans").ui.scansSection.text == "1. Scans"
    assert message("No body was found on the scan.") == "No body was found on the scan."


def test_a_problem_is_shown_in_french(french: Desktop) -> None:
    french.widget.session.problem.emit(DuOncoError("Choose a CT volume that has been loaded."))
    assert french.widget.ui.messageLabel.text == "Choisissez un scanner déjà chargé."


def test_numbers_and_names_in_a_message_are_kept(in_french: None) -> None:
    assert message("The image has only 2 slices; at least 5 are needed.") == (
        "L'image n'a que 2 coupes\u00a0; il en faut au moins 5.")


def test_several_sentences_are_translated_one_by_one(in_french: None) -> None:
    assert message("The folder holds no CT series that can be analysed. The series is a localizer.") == (
        "Le dossier ne contient aucune série de scanner analysable. La série est un topogramme.")


def test_an_exact_message_goes_before_one_with_blanks(in_french: None) -> None:
    assert message("The case record is damaged: a mask cannot be read.").endswith("un masque ne peut être lu.")


def test_what_has_no_translation_stays_as_it_is(in_french: None) -> None:
    assert message("Nobody wrote this. Nor this.") == "Nobody wrote this. Nor this."


def test_stages_of_the_analysis_are_french(in_french: None) -> None:
    assert progress_text(WorkerState("Finding lesions", 0.5, None)) == "Recherche des lésions"


@pytest.mark.parametrize(("locale", "expected"), [("fr_FR", "Foie"), ("fr", "Foie"), ("en_US", "Liver"),
                                                  ("de_DE", "Liver")])
def test_organs_have_their_name_in_the_language_of_slicer(monkeypatch: pytest.MonkeyPatch, locale: str,
                                                          expected: str) -> None:
    monkeypatch.setattr(slicer.app, "applicationLocaleName", locale)
    assert name_of(ORGANS["liver"]) == expected
    assert language() == locale[:2]
