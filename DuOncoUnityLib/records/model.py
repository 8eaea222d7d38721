"""The domain model: what is known about a patient's scans and lesions, who decided it and with which model.

Tables, panel, report and exports read these records; no view computes a number of its own. Lengths are mm in the
patient, positions LPS mm, volumes ml, densities HU, dates ISO 8601 (dates local to the scan, times in UTC).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.records.decisions import CaseDecisions, Signature

SCHEMA_VERSION = 4


class ReviewStatus(str, Enum):
    """What a person decided about a lesion; only `PROPOSED` has been seen by nobody."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    ADDED = "added"


@dataclass
class Review:
    """The decision on one lesion, by whom and when.

    `equivocal` marks one that may not be disease: it is followed, but is no progression before it is confirmed.
    """

    status: ReviewStatus = ReviewStatus.PROPOSED
    reviewer: str = ""
    time: str | None = None
    equivocal: bool = False
    note: str = ""


@dataclass(frozen=True)
class Caliper:
    """A straight measurement between two points of the patient.

    Attributes:
        drawn_by, drawn_at: the person who put its ends where they are; empty where it comes from the mask.
    """

    length_mm: float
    start_lps_mm: Vector
    end_lps_mm: Vector
    drawn_by: str = ""
    drawn_at: str | None = None


@dataclass(frozen=True)
class Measurement:
    """Size, place and density of one lesion mask.

    Attributes:
        long_axis: largest in-plane caliper over all axial slices (RECIST 1.1), or the one that a person drew.
        short_axis: largest extent perpendicular to the long axis on the slice of the long axis, or a drawn one.
        sd_hu: population standard deviation.
        bounding_box_ijk: first and last voxel (i0, j0, k0, i1, j1, k1), both inclusive.
        seed_ijk: a voxel inside the lesion, by which its mask is found again.
    """

    volume_ml: float
    voxel_count: int
    long_axis: Caliper
    short_axis: Caliper
    mean_hu: float
    sd_hu: float
    centroid_lps_mm: Vector
    bounding_box_ijk: tuple[int, int, int, int, int, int]
    seed_ijk: tuple[int, int, int]


@dataclass
class Lesion:
    """One lesion or lymph node at one time point.

    Attributes:
        id: stable within the time point ("L1", "N3").
        layer: the segment that holds its mask: "lesion" or "lymph_node".
        site: key of `terminology.ORGANS`, or "" where the anatomy is unknown.
        confidence: calibrated probability of the network that this is disease; None for a lesion a person drew.
        review: the decision that holds now; only `records.review` changes it.
        review_history: the decisions before it, oldest first.
    """

    id: str
    layer: str
    site: str
    measurement: Measurement
    confidence: float | None = None
    review: Review = field(default_factory=Review)
    review_history: list[Review] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether the lesion is part of the tumour burden."""
        return self.review.status is not ReviewStatus.REJECTED


@dataclass
class HeldBack:
    """A lesion that is neither shown nor counted, kept so that it can be shown later.

    Attributes:
        lesion: as it would be shown.
        reason: `BELOW_THRESHOLD`, the rule of `lesions.suppression` that calls it impossible, or `REJECTED_BY_PERSON`.
        mask: its voxels in `Measurement.bounding_box_ijk`, packed by `lesions.packing`.
    """

    lesion: Lesion
    reason: str
    mask: str


BELOW_THRESHOLD = "below_threshold"
REJECTED_BY_PERSON = "rejected"


@dataclass(frozen=True)
class Acquisition:
    """How the CT was made, as far as its file says; None where it does not."""

    date: str | None = None
    slice_thickness_mm: float | None = None
    kernel: str | None = None
    contrast_phase: str | None = None
    patient_height_m: float | None = None
    patient_weight_kg: float | None = None
    patient_sex: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Which software, model and input a result comes from."""

    software_version: str
    model: str
    model_version: str
    model_sha256: str
    input_sha256: str
    created: str
    parameters: dict[str, str | float | bool] = field(default_factory=dict)


@dataclass
class TimePoint:
    """One scan and everything found in it.

    Attributes:
        id: unique within the case.
        date: ISO date of the scan; None where unknown.
        coverage: body regions on the scan, of "thorax", "abdomen", "pelvis".
        warnings: sentences about the input that a reader of the numbers must know.
        composition: muscle and fat figures by name, with the unit in the name.
        highest_lesion_number: highest number ever given in a lesion id, by its letter ("L", "N"): ids are never reused.
        confidence_threshold: proposals that nobody touched are shown from this confidence on.
        held_back: the other proposals, and lesions that a person rejected; they are in no layer and no sum.
    """

    id: str
    date: str | None
    geometry: Geometry
    acquisition: Acquisition
    provenance: Provenance
    lesions: list[Lesion] = field(default_factory=list)
    coverage: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    composition: dict[str, float | str | None] = field(default_factory=dict)
    highest_lesion_number: dict[str, int] = field(default_factory=dict)
    confidence_threshold: float = 0.0
    held_back: list[HeldBack] = field(default_factory=list)

    @property
    def rejected(self) -> list[Lesion]:
        """The lesions that a person rejected and that have left the layers."""
        return [held.lesion for held in self.held_back if held.reason == REJECTED_BY_PERSON]

    @property
    def below_threshold(self) -> list[Lesion]:
        """The proposals that a lower confidence threshold would show."""
        return [held.lesion for held in self.held_back if held.reason == BELOW_THRESHOLD]


class TrackEvent(str, Enum):
    """What became of a lesion at a time point, compared with the one before; `ABSENT`: its place was scanned before
    there was a lesion."""

    ABSENT = "absent"
    FIRST = "first"
    SAME = "same"
    SPLIT = "split"
    MERGED = "merged"
    DISAPPEARED = "disappeared"
    NOT_SCANNED = "not_scanned"
    NEW = "new"
    REAPPEARED = "reappeared"


@dataclass
class TrackState:
    """A track at one time point: no lesion (gone or not scanned), one, or the fragments of a split one.

    Attributes:
        merged_with: other tracks that share the lesion at this time point.
        confidence: of the link to the time point before, 0 to 1; None for the first.
        confirmed_by, confirmed_at: the person who confirmed or made the link; empty while only proposed.
    """

    time_point_id: str
    lesion_ids: list[str]
    event: TrackEvent
    confidence: float | None = None
    merged_with: list[str] = field(default_factory=list)
    confirmed_by: str = ""
    confirmed_at: str | None = None


@dataclass
class Track:
    """One lesion followed through all time points, under one name for all visits ("T1", "NT3", "N2")."""

    id: str
    layer: str
    site: str
    states: list[TrackState] = field(default_factory=list)


@dataclass(frozen=True)
class SignedVersion:
    """A state of the case that a person signed; only `records.sign_off` makes one.

    Attributes:
        number: 1 for the first.
        sha256: of the frozen text, which is kept beside the record.
        unreviewed: lesions that nobody had reviewed when it was signed, as "time point lesion".
    """

    number: int
    signature: Signature
    sha256: str
    unreviewed: list[str] = field(default_factory=list)


@dataclass
class Case:
    """A patient under a pseudonym: scans sorted by date, lesions followed across them, and what people decided and
    signed."""

    id: str
    time_points: list[TimePoint] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    decisions: CaseDecisions = field(default_factory=CaseDecisions)
    versions: list[SignedVersion] = field(default_factory=list)
    schema_version: int = SCHEMA_VERSION
