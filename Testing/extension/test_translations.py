"""Every text that the panel may show has a French translation, compiled for Qt."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from DuOncoUnityLib.response.sentences import RULES
from Testing.translation_sources import update_translations

FRENCH = update_translations.TRANSLATIONS / "DuOncoUnity_fr.ts"


@pytest.fixture(scope="module")
def translations() -> dict:
    return update_translations.read_translations(FRENCH)


def test_texts_are_found_in_code_forms_and_library() -> None:
    texts = update_translations.texts()
    for context, source in (("DuOncoUnity", "DuOnco Unity"), ("DuOncoUnityPanel.section", "Analyse a scan first."),
                            ("DuOncoUnityScans", "1. Scans"), ("DuOncoUnityLib", "Finding lesions"),
                            ("DuOncoUnityLib", "At most {0} scans can be compared.")):
        assert (context, source) in texts


def test_every_text_is_translated() -> None:
    """After a change of texts: `make translations`, then write what it says is missing into the .ts file."""
    assert [text for text in update_translations.differences(FRENCH) if text.startswith("not translated")] == []


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    assert [text for text in update_translations.differences(FRENCH) if text.startswith("not used")] == []


def test_units_and_words_are_those_of_french_radiology(translations: dict) -> None:
    """Hounsfield units are UH; the scan that a course starts from is the "examen initial", not a beginning."""
    sentences = [*translations.values(), *(rule.french for rule in RULES.values())]
    for french in sentences:
        assert not re.search(r"\b(HU|baseline|début)\b", re.sub(r"\{.*?\}", "", french)), french


def test_a_translation_fills_in_what_its_source_fills_in(translations: dict) -> None:
    for text, french in translations.items():
        assert sorted(re.findall(r"\{\w*\}", french)) == sorted(re.findall(r"\{\w*\}", text.source)), text.source


def test_french_sentences_end_as_the_english_ones_do(translations: dict) -> None:
    for text, french in translations.items():
        if text.source[-1] in ".:?!":
            assert french[-1] == text.source[-1], text.source


def test_french_punctuation_is_not_parted_from_its_word(translations: dict) -> None:
    for french in translations.values():
        assert not re.search(r" [;:?!»]", french), french


def test_the_compiled_file_is_that_of_the_texts(tmp_path: Path) -> None:
    tool = update_translations.release_tool()
    if tool is None:
        pytest.skip("no lrelease on this machine")
    compiled = tmp_path / "compiled.qm"
    subprocess.run([tool, "-silent", "-removeidentical", str(FRENCH), "-qm", str(compiled)], check=True)
    assert compiled.read_bytes() == FRENCH.with_suffix(".qm").read_bytes()
