"""Results that explain themselves: a value with the rule, the numbers and the source behind it."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from DuOncoUnityLib.response.sentences import RULES
from DuOncoUnityLib.terminology import ORGANS

Number = str | int | float

_WITH_TERMS = ("organ", "site", "role", "named", "growing", "shrinking", "categories", "regions")
_WORDS = {key: (term.name.lower(), term.name_fr.lower()) for key, term in ORGANS.items()} | {
    "bone": ("bone", "os"), "lymph_node": ("the lymph nodes", "les ganglions"), "target": ("target", "cible"),
    "non_target": ("non-target", "non cible"), "new": ("new", "nouvelle"),
    "not_counted": ("not counted", "non comptée"),
    "pelvis": ("pelvis", "bassin"), "abdomen": ("abdomen", "abdomen"), "thorax": ("thorax", "thorax"),
}
_TERM = re.compile(r"\b(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\b")


@dataclass(frozen=True)
class Explained:
    """One result or remark.

    Attributes:
        value: the result, for example "PR"; "" for a remark.
        rule: key of `sentences.RULES`.
        numbers: what the sentence names: lengths in mm, volumes in ml, changes in percent, names.
        lesions: ids of the tracks meant.
    """

    value: str
    rule: str
    numbers: dict[str, Number] = field(default_factory=dict)
    lesions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # enumerations are kept as plain text, which formats and serialises the same in every Python
        if isinstance(self.value, Enum):
            object.__setattr__(self, "value", self.value.value)

    @property
    def source(self) -> str:
        """The publication the rule comes from."""
        return RULES[self.rule].source

    @property
    def sentence(self) -> str:
        """The explanation in English."""
        return self.sentence_in("en")

    def sentence_in(self, language: str) -> str:
        """The explanation in `language` ("en" or "fr"); other languages get English."""
        rule = RULES[self.rule]
        template = rule.french if language.startswith("fr") else rule.english
        numbers = {name: _in_words(value, language) if name in _WITH_TERMS and isinstance(value, str) else value
                   for name, value in self.numbers.items()}
        if "at" in numbers:
            numbers["at"] = _minute(str(numbers["at"]))
        formatter = _FrenchFormatter() if language.startswith("fr") else string.Formatter()
        return formatter.format(template, value=self.value, lesions=", ".join(self.lesions), **numbers)


class _FrenchFormatter(string.Formatter):
    """Writes numbers with a decimal comma."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text: str = super().format_field(value, format_spec)
        return text.replace(".", ",") if isinstance(value, (int, float)) else text


def _in_words(text: str, language: str) -> str:
    """`text` with the names of organs and roles in the place of their keys."""
    column = 1 if language.startswith("fr") else 0
    return _TERM.sub(lambda match: _WORDS[match[0]][column], text)


def _minute(at: str) -> str:
    """A time as people read it: "2024-02-01T10:00:00Z" is "2024-02-01 10:00 UTC"; what is no time stays."""
    return f"{at[:10]} {at[11:16]} UTC" if at.endswith("Z") else at


def mm(tenths: int) -> float:
    """Millimetres of a length held as whole tenths of a millimetre."""
    return tenths / 10


def percent_change(now: float, before: float) -> float | None:
    """100 (now - before) / before, to one decimal; None where `before` is zero."""
    return round(100 * (now - before) / before, 1) if before else None
