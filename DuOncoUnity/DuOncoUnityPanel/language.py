"""The language of the panel: that of Slicer, where a translation is shipped; else English.

`_("...")` and the texts of `.ui` files are translated by Qt. Messages of the library are raised as plain English, also
in other processes, and are translated here when they are shown.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from functools import lru_cache
from pathlib import Path

import slicer

from DuOncoUnityLib.terminology import Term

TRANSLATIONS = Path(__file__).resolve().parents[1] / "Resources" / "Translations"
MESSAGES = "DuOncoUnityLib"
_FIELD = re.compile(r"\{\d+\}")


def load_translations() -> None:
    """Let Qt know the texts of the module in the language of Slicer; once, before any text is shown."""
    slicer.app.loadTranslations(str(TRANSLATIONS))


def language() -> str:
    """Two letters, such as "fr": the language that was chosen in Slicer's settings."""
    return slicer.app.applicationLocaleName[:2]


def name_of(term: Term) -> str:
    """The name of a layer or organ."""
    return term.name_fr if language() == "fr" else term.name


def decimal(value: float, digits: int, sign: str = "") -> str:
    """A number as the language writes it: 12.5, in French 12,5.

    Args:
        sign: "+" to have it before positive numbers, too.
    """
    text = f"{value:{sign}.{digits}f}"
    return text.replace(".", ",") if language() == "fr" else text


def message(text: str) -> str:
    """A message of the library in the language of Slicer; one that has no translation stays as it is.

    Args:
        text: one or several sentences, or the name of a stage.
    """
    for pattern, translation in _messages(language()):
        match = pattern.fullmatch(text)
        if match:
            return translation.format(*match.groups())
    first, end, others = text.partition(". ")
    return f"{message(first + '.')} {message(others)}" if end else text


@lru_cache(maxsize=4)
def _messages(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of messages and their translations; those with the longest fixed text first."""
    path = TRANSLATIONS / f"DuOncoUnity_{language}.ts"
    if not path.exists():
        return []
    entries = [(entry.findtext("source") or "", entry.findtext("translation") or "")
               for context in ElementTree.parse(path).iter("context") if context.findtext("name") == MESSAGES
               for entry in context.iter("message")]
    entries.sort(key=lambda entry: len(_FIELD.sub("", entry[0])), reverse=True)
    return [(re.compile("(.+?)".join(re.escape(part) for part in _FIELD.split(source)), re.DOTALL), translation)
            for source, translation in entries if translation]
