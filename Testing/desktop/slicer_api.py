"""What the widgets of the real Slicer answer to, from a list that was read off the running application.

The list is not part of the repository; tests that need it are skipped, visibly, where it is absent.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

API_FILE = Path(os.environ.get("DUONCO_SLICER_API",
                               Path(__file__).resolve().parents[3] / "shared" / "design" / "slicer-api.txt"))


@dataclass
class WidgetApi:
    """Names that a widget class has beside those of plain Qt; signals with their C++ signature."""

    properties: set[str] = field(default_factory=set)
    signals: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)


def read_api(path: Path = API_FILE) -> dict[str, WidgetApi]:
    """The classes of the list: one heading each, then lines of properties, signals and methods, nearest class first."""
    api: dict[str, WidgetApi] = {}
    current = WidgetApi()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            current = api.setdefault(line[3:].strip(), WidgetApi())
            continue
        label, _, rest = line.strip().removeprefix("- ").partition(": ")
        if rest in ("", "none"):
            continue
        if label == "properties":
            current.properties |= {entry.split(":")[0] for entry in rest.split(", ")}
        elif label == "signals":
            current.signals |= set(re.findall(r"\w+\([^)]*\)", rest))
        elif label == "callable":
            current.methods |= {entry.split("(")[0] for entry in re.findall(r"\w+\([^)]*\)", rest)}
    return api
