"""`python DuOncoUnityLib` and `python -m DuOncoUnityLib`: the command line without an installed package."""

import sys
from pathlib import Path

if __package__ in (None, ""):
    # the folder of this file would shadow top-level modules; its parent holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from DuOncoUnityLib.cli import main

if __name__ == "__main__":
    sys.exit(main())
