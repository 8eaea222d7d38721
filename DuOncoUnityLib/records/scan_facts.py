"""What a person knows about a scan and its file may not say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.records.model import Acquisition


@dataclass(frozen=True)
class ScanFacts:
    """Facts typed by a person; None where nothing was typed.

    Attributes:
        height_m: of the patient.
        date: of the scan, ISO.
        weight_kg: of the patient at the scan.

    Raises:
        DuOncoError: a value that no patient has, or a date of another form.
    """

    height_m: float | None = None
    date: str | None = None
    weight_kg: float | None = None

    def __post_init__(self) -> None:
        if self.height_m is not None and not 0.4 <= self.height_m <= 2.6:
            raise DuOncoError("The height must be given in metres, such as 1.75.", exit_code=ExitCode.USAGE)
        if self.weight_kg is not None and not 1.0 <= self.weight_kg <= 500.0:
            raise DuOncoError("The weight must be given in kilograms, such as 70.", exit_code=ExitCode.USAGE)
        if self.date is not None:
            try:
                date.fromisoformat(self.date)
            except ValueError:
                raise DuOncoError("The date must have the form 2024-01-31.", exit_code=ExitCode.USAGE) from None

    def of(self, acquisition: Acquisition) -> Acquisition:
        """The acquisition with these facts instead of those of its file."""
        return replace(acquisition, patient_height_m=self.height_m or acquisition.patient_height_m,
                       patient_weight_kg=self.weight_kg or acquisition.patient_weight_kg,
                       date=self.date or acquisition.date)
