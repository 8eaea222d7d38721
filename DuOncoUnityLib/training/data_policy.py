"""Which real data may be used for training and which only for judging; enforced wherever training opens a file."""

from __future__ import annotations

from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError, ExitCode

TRAINING_FILES = frozenset({
    "C3N-00249_chest_ct_1.2mm.nii.gz", "ICRP110_AM_organIDs.nii.gz", "ICRP110_AF_organIDs.nii.gz"})

JUDGING_FILES = ("CCTH-A01", "LIDC-IDRI-0001", "CRLM-CT-1004", "ACRIN-FLT-Breast_001", "STS_015", "CT_Lesion_0000",
                 "example_ct", "example_seg")
"""How the names of files begin on which the networks are judged."""


def own_case_file(path: Path) -> Path:
    """The path itself, if it is none of the files on which the networks are judged.

    Raises:
        DuOncoError: it is one of them.
    """
    if path.name.startswith(JUDGING_FILES):
        raise DuOncoError("One of the cases is reserved for judging the network and cannot be used for training.",
                          details=path.name, exit_code=ExitCode.BAD_INPUT)
    return path


def training_file(path: Path) -> Path:
    """The path itself, if training may read it.

    Every file that is not listed for training is for judging only: figures on data that the network has seen are
    worthless.

    Raises:
        DuOncoError: the file is not listed for training.
    """
    if path.name not in TRAINING_FILES:
        raise DuOncoError("This file is reserved for judging the network and cannot be used for training.",
                          details=f"not in TRAINING_FILES: {path.name}", exit_code=ExitCode.BAD_INPUT)
    return path
