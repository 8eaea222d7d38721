"""A Python that has what Slicer 5.12 brings and nothing else.

The list is that of Slicer's SuperBuild (External_python-*.cmake of 5.12.3), without what only its Extensions Manager
and network parts use.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import packages_distributions

SLICERS = {"numpy", "scipy", "simpleitk", "pydicom", "vtk", "slicer-core", "packaging", "pyparsing", "pillow", "six",
           "pip", "setuptools", "wheel"}
OWN = {"DuOncoUnityLib", "Testing"}


def only_slicers_packages(more: Sequence[str] = ()) -> None:
    """From now on nothing can be imported but the standard library, and the distributions of Slicer and in `more`."""
    allowed = SLICERS | set(more)
    for name, distributions in packages_distributions().items():
        own = name in OWN or name in sys.stdlib_module_names
        if not own and not {distribution.lower() for distribution in distributions} & allowed:
            sys.modules[name] = None  # type: ignore[assignment]
