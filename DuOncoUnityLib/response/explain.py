"""Results that explain themselves: a value with the rule, the numbers and the source behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from DuOncoUnityLib.response.sentences import RULES

Number = str | int | float


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
        return template.format(value=self.value, lesions=", ".join(self.lesions), **self.numbers)


def mm(tenths: int) -> float:
    """Millimetres of a length held as whole tenths of a millimetre."""
    return tenths / 10


def percent_change(now: float, before: float) -> float | None:
    """100 (now - before) / before, to one decimal; None where `before` is zero."""
    return round(100 * (now - before) / before, 1) if before else None
