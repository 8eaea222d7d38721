"""The form of a sentence by which a result explains itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Templates of one rule, which take `value`, `lesions` and the numbers of an `Explained`, and its source."""

    english: str
    french: str
    source: str


PROJECT = "DuOnco Unity"
DECISION = "Decision of a reader"
