"""Where the bundled models, terminology and translations lie."""

from __future__ import annotations

from pathlib import Path


def resources_dir() -> Path:
    """The `Resources` folder: inside the package in a wheel, beside it in a checkout and in Slicer."""
    package = Path(__file__).resolve().parent
    inside = package / "Resources"
    return inside if inside.is_dir() else package.parent / "Resources"


def bundled_model() -> Path:
    """The folder of the model that comes with the package."""
    return resources_dir() / "Models" / "duonco-unity-tap"
