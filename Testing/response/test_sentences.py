"""Every sentence, in both languages."""

from __future__ import annotations

import string

import pytest

from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.sentences import RULES


@pytest.mark.parametrize("key", sorted(RULES))
def test_every_rule_has_two_languages_that_take_the_same_numbers_and_a_source(key: str) -> None:
    rule = RULES[key]

    def fields(template: str) -> set[tuple[str, str]]:
        return {(name, form or "") for _, name, form, _ in string.Formatter().parse(template) if name}

    assert fields(rule.english) == fields(rule.french) and rule.english != rule.french and rule.source


def test_organs_are_named_in_the_language_of_the_sentence() -> None:
    found = Explained("", "new_lesions", {"count": 1, "named": "X1 (peritoneum_retroperitoneum)"}, ("X1",))
    assert found.sentence == "1 new since the scan before: X1 (peritoneum and retroperitoneum)."
    assert found.sentence_in("fr") == "1 nouvelle(s) depuis l'examen précédent : X1 (péritoine et rétropéritoine)."


def test_french_numbers_have_a_decimal_comma() -> None:
    numbers = {"nadir_mm": 40, "sod_mm": 52.5, "from_nadir_mm": 12.5, "from_nadir_percent": 31.25}
    found = Explained("PD", "target_pd", numbers)
    assert "40.0 mm to 52.5 mm (+12.5 mm" in found.sentence
    assert "40,0 mm à 52,5 mm (+12,5 mm" in found.sentence_in("fr")


def test_what_a_person_wrote_is_left_as_it_is() -> None:
    numbers = {"by": "A", "at": "2024-01-01", "role": "non_target", "reason": "lung, see kidney"}
    assert Explained("non_target", "role_by_person", numbers).sentence_in("fr") == (
        "A a décidé le 2024-01-01 : non cible. Motif : lung, see kidney")
