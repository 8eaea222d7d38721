"""Keeps the translations equal to the sources: each text that the panel may show has an entry, and none is unused.

    python scripts/update_translations.py           updates the .ts files, compiles the .qm files (`make translations`)
    python scripts/update_translations.py --check   only says which texts lack a translation; exit code 1 if any does

Texts come from three places:

    _("...") in the module         context: package and file, as slicer.i18n.tr has it
    <string> in .ui files          context: the class of the form
    sentences and names of stages  context DuOncoUnityLib: messages that are raised as plain English and translated when
    in library and module          they are shown (`DuOncoUnityPanel/language.py`); {0}, {1}, ... are what changes

New texts are entered as unfinished: write their translation into the .ts file (Qt Linguist or any editor), run again.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

REPOSITORY = Path(__file__).resolve().parents[1]
MODULE = REPOSITORY / "DuOncoUnity"
LIBRARY = REPOSITORY / "DuOncoUnityLib"
TRANSLATIONS = MODULE / "Resources" / "Translations"
MESSAGES = "DuOncoUnityLib"

# the panel never shows what these say; the sentences of responses carry their French with them
_NOT_SHOWN = ("commands", "evaluation", "sentences", "training")
# properties that hold keys, classes or names of settings
_NO_TEXT = ("nodeTypes", "settingKey", "shortcut", "SlicerParameterName")
_SENTENCE = re.compile(r"[A-Z{].* .*(\.|: \{\d+\})", re.DOTALL)
_FIELD = re.compile(r"\{[^{}]*\}")


class Text(NamedTuple):
    """A text that a person may read, and where Qt looks for its translation."""

    context: str
    source: str


def texts() -> set[Text]:
    """All texts that need a translation."""
    found = {text for path in MODULE.rglob("*.py") for text in marked_texts(path)}
    found |= {text for path in MODULE.rglob("*.ui") for text in form_texts(path)}
    sources = [*(MODULE / "DuOncoUnityPanel").glob("*.py"), *LIBRARY.rglob("*.py")]
    return found | {Text(MESSAGES, message) for path in sources if not set(path.parts) & set(_NOT_SHOWN)
                    and path.name != "self_test.py" for message in messages(path)}


def marked_texts(path: Path) -> Iterator[Text]:
    """The texts in `_("...")` of a module file."""
    package = f"{path.parent.name}." if (path.parent / "__init__.py").exists() else ""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if _is_mark(node):
            yield Text(package + path.stem, ast.literal_eval(node.args[0]))


def form_texts(path: Path) -> Iterator[Text]:
    """The texts of a `.ui` file."""
    form = ElementTree.parse(path)
    for item in form.iter():
        if item.tag in ("property", "attribute") and item.get("name") not in _NO_TEXT:
            for string in item.findall("string"):
                if string.text and string.get("notr") != "true":
                    yield Text(form.findtext("class") or "", string.text)


def messages(path: Path) -> Iterator[str]:
    """The messages of a file that are raised as plain English: sentences, and names of stages of long work."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(part) for node in ast.walk(tree) for part in _not_messages(node)}
    for node in ast.walk(tree):
        text = _template(node)
        if text and id(node) not in skipped and _SENTENCE.fullmatch(text):
            yield text
        yield from filter(None, _stages(node))


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"


def _not_messages(node: ast.AST) -> Iterator[ast.AST]:
    """What is inside `_()`, a docstring, or a part of an f-string."""
    if isinstance(node, ast.Expr):
        yield node.value
    elif _is_mark(node):
        yield node.args[0]
    elif isinstance(node, ast.JoinedStr):
        yield from node.values


def _template(node: ast.AST) -> str:
    """A text with {0}, {1}, ... for what is filled in; "" if the node is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    else:
        return ""
    number = iter(range(text.count("{") + 1))
    return _FIELD.sub(lambda _match: f"{{{next(number)}}}", text.strip())


def _stages(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update" and node.args:
        return [_template(node.args[0])]
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STAGES":
        return [_template(value) for value in node.value.values]
    return []


def read_translations(path: Path) -> dict[Text, str]:
    """The finished translations of a .ts file."""
    entries = {}
    for context in ElementTree.parse(path).iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.text and translation.get("type") is None:
                entries[Text(context.findtext("name") or "", message.findtext("source") or "")] = translation.text
    return entries


def ts_text(language: str, entries: dict[Text, str]) -> str:
    """The content of a .ts file; a text without translation is unfinished."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>",
             f'<TS version="2.1" language="{language}" sourcelanguage="en">']
    for context in sorted({text.context for text in entries}):
        lines += ["<context>", f"    <name>{escape(context)}</name>"]
        for text in sorted(text for text in entries if text.context == context):
            translation = entries[text]
            unfinished = "" if translation else ' type="unfinished"'
            lines += ["    <message>", f"        <source>{escape(text.source)}</source>",
                      f"        <translation{unfinished}>{escape(translation)}</translation>", "    </message>"]
        lines.append("</context>")
    return "\n".join([*lines, "</TS>", ""])


def release_tool() -> str | None:
    """Qt's compiler of translations: the one of PySide6, or of an installed Qt."""
    beside_python = Path(sys.executable).parent / "pyside6-lrelease"
    return str(beside_python) if beside_python.exists() else shutil.which("lrelease")


def update(path: Path) -> None:
    """Bring a .ts file up to date with the sources, and compile it."""
    known = read_translations(path)
    language = ElementTree.parse(path).getroot().attrib["language"]
    path.write_text(ts_text(language, {text: known.get(text, "") for text in texts()}), encoding="utf-8")
    tool = release_tool()
    if tool is None:
        print("The .qm file is not compiled: neither PySide6 nor Qt's lrelease is installed.")
        return
    subprocess.run([tool, "-silent", "-removeidentical", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)


def differences(path: Path) -> list[str]:
    """What lacks a translation in a .ts file, and which of its entries are not used."""
    known, wanted = read_translations(path), texts()
    return [*(f"not translated: {text.context}: {text.source}" for text in sorted(wanted - known.keys())),
            *(f"not used: {text.context}: {text.source}" for text in sorted(known.keys() - wanted))]


def main() -> int:
    """Update or check all languages."""
    paths = sorted(TRANSLATIONS.glob("*.ts"))
    if "--check" not in sys.argv:
        for path in paths:
            update(path)
    problems = [f"{path.name}: {problem}" for path in paths for problem in differences(path)]
    print(*problems, sep="\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
