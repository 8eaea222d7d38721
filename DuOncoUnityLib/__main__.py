"""Runs the command line; started by file path where the package is not on `sys.path`, as in Slicer's worker process."""

import sys
from pathlib import Path

if __package__ in (None, ""):
    # the folder of this file would shadow top-level modules; its parent holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from DuOncoUnityLib.cli import main

sys.exit(main())
