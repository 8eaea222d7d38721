"""The documents point at what is there, and their pictures are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_pictures_are_used() -> None:
    texts = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    texts += (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    for picture in (REPOSITORY / "docs" / "images").iterdir():
        assert f"images/{picture.name}" in texts, picture.name


def test_pictures_of_the_tutorial_are_small() -> None:
    tutorial = REPOSITORY / "docs" / "tutorial.md"
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", tutorial.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (tutorial.parent / picture).stat().st_size < 200_000, picture
