"""What people decided about a case: roles of lesions, readings of a visit, overruled results, adjudication.

Nothing here is ever changed by the software; every decision names its author, time and reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class LesionRole(str, Enum):
    """The part a lesion plays in RECIST."""

    TARGET = "target"
    NON_TARGET = "non_target"
    NEW = "new"
    NOT_COUNTED = "not_counted"


class LesionReading(str, Enum):
    """What a reader saw of one lesion at one visit, where it differs from the mask."""

    ABSENT = "absent"
    PRESENT = "present"
    TOO_SMALL = "too_small"
    NOT_EVALUABLE = "not_evaluable"
    GROWING = "growing"
    UNEQUIVOCAL_PROGRESSION = "unequivocal_progression"
    EQUIVOCAL = "equivocal"
    UNEQUIVOCAL = "unequivocal"


class LesionTrait(str, Enum):
    """A property that decides whether a lesion can be measured and that CT masks do not show."""

    SOFT_TISSUE_PART = "soft_tissue_part"
    BLASTIC_BONE = "blastic_bone"
    LYTIC_WITHOUT_SOFT_TISSUE = "lytic_without_soft_tissue"
    EFFUSION = "effusion"
    LEPTOMENINGEAL = "leptomeningeal"
    LYMPHANGITIC = "lymphangitic"
    SIMPLE_CYST = "simple_cyst"
    IRRADIATED = "irradiated"
    IRRADIATED_PROGRESSED = "irradiated_progressed"


class ResultItem(str, Enum):
    """A result that a person may overrule; the best responses concern the whole case, the others one visit."""

    TARGET = "target"
    NON_TARGET = "non_target"
    OVERALL = "overall"
    IRECIST = "irecist"
    BEST_UNCONFIRMED = "best_unconfirmed"
    BEST_CONFIRMED = "best_confirmed"
    IRECIST_BEST = "irecist_best"


@dataclass(frozen=True)
class Signature:
    """Who decided, when (ISO 8601, UTC) and why."""

    by: str
    at: str
    reason: str = ""


@dataclass
class RoleDecision:
    """The role of a track, overruling the proposal."""

    track_id: str
    role: LesionRole
    signature: Signature


@dataclass
class TraitDecision:
    """A trait of a track."""

    track_id: str
    trait: LesionTrait
    signature: Signature


@dataclass
class ReadingDecision:
    """What a reader saw of a track at a visit; `size_mm` replaces the measured long (node: short) axis."""

    track_id: str
    time_point_id: str
    signature: Signature
    reading: LesionReading | None = None
    size_mm: float | None = None


@dataclass
class ResultDecision:
    """A result set by a person; `time_point_id` is None for results of the whole case."""

    item: ResultItem
    value: str
    signature: Signature
    time_point_id: str | None = None


@dataclass
class Reader:
    """One reader's decisions; where several decide, each has an entry and the entries stay apart.

    Attributes:
        name: pseudonym or role of the reader; "" for the only reader of a case.
        new_symptoms: ids of the time points scanned for a new symptom (early confirmation in iRECIST).
    """

    name: str = ""
    roles: list[RoleDecision] = field(default_factory=list)
    traits: list[TraitDecision] = field(default_factory=list)
    readings: list[ReadingDecision] = field(default_factory=list)
    results: list[ResultDecision] = field(default_factory=list)
    new_symptoms: list[str] = field(default_factory=list)

    def choose_role(self, track_id: str, role: LesionRole | None, signature: Signature) -> None:
        """Record the role that the reader gives a lesion, in place of the one before; None leaves it to the rules."""
        self.roles = [decision for decision in self.roles if decision.track_id != track_id]
        if role is not None:
            self.roles.append(RoleDecision(track_id, role, signature))

    def measure(self, track_id: str, time_point_id: str, size_mm: float, signature: Signature) -> None:
        """Record a size that the reader measured, in place of the one before; what he called the lesion stays."""
        for decision in self.readings:
            if (decision.track_id, decision.time_point_id) == (track_id, time_point_id):
                decision.size_mm, decision.signature = size_mm, signature
                return
        self.readings.append(ReadingDecision(track_id, time_point_id, signature, size_mm=size_mm))


@dataclass
class Adjudication:
    """Whose reading holds where readers disagree; `time_point_id` None for the whole case."""

    reader: str
    signature: Signature
    time_point_id: str | None = None


@dataclass
class CaseDecisions:
    """All decisions on a case.

    Attributes:
        baseline_time_point_id: the scan before treatment; None for the first scan.
    """

    baseline_time_point_id: str | None = None
    readers: list[Reader] = field(default_factory=list)
    adjudications: list[Adjudication] = field(default_factory=list)

    def reader(self, name: str) -> Reader:
        """The reader of this name; a new one where there is none."""
        for reader in self.readers:
            if reader.name == name:
                return reader
        self.readers.append(Reader(name))
        return self.readers[-1]
