"""The lesion list as rows of texts, filtered; without Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slicer.i18n import tr as _

from DuOncoUnityLib.exports.tables import drawn_axes
from DuOncoUnityLib.records.model import Case, Lesion, ReviewStatus, TimePoint, TrackEvent
from DuOncoUnityLib.response.lesion_change import ChangeOfLesion, changes_since_prior
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer
from DuOncoUnityPanel.language import decimal, name_of

BY_HAND = "✎"
ANY, TO_REVIEW, REVIEWED, NOT_SURE, REJECTED = "any", "to_review", "reviewed", "not_sure", "rejected"


@dataclass(frozen=True)
class Cell:
    """What is read, and by what the column is sorted."""

    text: str
    key: str | float


@dataclass(frozen=True)
class Row:
    """A lesion in the list.

    Attributes:
        places: the filters by layer ("lesion") and organ ("lesion/liver") that it belongs to.
        states: the filters by status that it belongs to.
    """

    lesion_id: str
    cells: tuple[Cell, ...]
    places: frozenset[str]
    states: frozenset[str]

    def matches(self, place: str, state: str, text: str) -> bool:
        """Whether the row is shown under these filters; `text` may be anywhere in it, in any case."""
        words = " ".join(cell.text for cell in self.cells).casefold()
        return ((place == ANY or place in self.places) and state in self.states
                and all(part in words for part in text.casefold().split()))


def column_titles() -> list[tuple[str, str]]:
    """The titles of the columns, and what they mean."""
    return [(_("ID"), _("Lesion or lymph node")), (_("Site"), _("Organ or region")), (_("ml"), _("Volume in ml")),
            (_("Long"), _("Long axis in mm; a pencil marks one drawn by hand")),
            (_("Short"), _("Short axis in mm; a pencil marks one drawn by hand")),
            (_("Change"), _("Volume against the scan before")),
            (_("Conf."), _("Confidence of the network that this is disease")), (_("Status"), _("Status"))]


def lesion_rows(case: Case, time_point: TimePoint) -> list[Row]:
    """All lesions of a scan, also the rejected ones, in the order of the record."""
    changes = changes_since_prior(case, time_point)
    return [_row(lesion, changes.get(lesion.id)) for lesion in (*time_point.lesions, *time_point.rejected)]


def place_choices(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Filters by layer and organ that have rows: key and text."""
    present = {place for row in rows for place in row.places}
    choices = [(ANY, _("All organs"))]
    for layer in (Layer.LESION, Layer.LYMPH_NODE):
        if layer.value in present:
            choices.append((layer.value, name_of(LAYERS[layer])))
            choices += [(key, f"   {site_text(site)}") for site in ("", *ORGANS)
                        if (key := f"{layer.value}/{site}") in present]
    return choices


def state_choices() -> list[tuple[str, str]]:
    """Filters by status: key and text."""
    return [(ANY, _("All but rejected")), (TO_REVIEW, _("To review")), (REVIEWED, _("Reviewed")),
            (NOT_SURE, _("Not sure")), (REJECTED, _("Rejected"))]


def site_text(site: str) -> str:
    """The name of an organ or region."""
    return name_of(ORGANS[site]) if site in ORGANS else _("Unknown site")


def status_text(lesion: Lesion) -> str:
    """What a person decided."""
    status = lesion.review.status
    if status is ReviewStatus.PROPOSED:
        return _("to review")
    if status is ReviewStatus.REJECTED:
        return _("rejected")
    if lesion.review.equivocal:
        return _("not sure")
    if status is ReviewStatus.CONFIRMED:
        return _("confirmed")
    return _("corrected") if status is ReviewStatus.CORRECTED else _("added")


def _row(lesion: Lesion, change: ChangeOfLesion | None) -> Row:
    measurement, by_hand = lesion.measurement, drawn_axes(lesion).split()
    confidence = lesion.confidence
    number, site, status = lesion.id[1:], site_text(lesion.site), status_text(lesion)
    cells = (
        Cell(lesion.id, f"{lesion.id[:1]}{number.zfill(6)}"),
        Cell(site, site),
        Cell(decimal(measurement.volume_ml, 2), measurement.volume_ml),
        _length(measurement.long_axis.length_mm, "long" in by_hand),
        _length(measurement.short_axis.length_mm, "short" in by_hand),
        _change(change),
        Cell("" if confidence is None else decimal(confidence, 2), -1.0 if confidence is None else confidence),
        Cell(status, status),
    )
    return Row(lesion.id, cells, frozenset({lesion.layer, f"{lesion.layer}/{lesion.site}"}), _states(lesion))


def _states(lesion: Lesion) -> frozenset[str]:
    if lesion.review.status is ReviewStatus.REJECTED:
        return frozenset({REJECTED})
    if lesion.review.status is ReviewStatus.PROPOSED:
        return frozenset({ANY, TO_REVIEW})
    return frozenset({ANY, REVIEWED, *([NOT_SURE] if lesion.review.equivocal else [])})


def _length(length_mm: float, by_hand: bool) -> Cell:
    return Cell(f"{decimal(length_mm, 1)} {BY_HAND}" if by_hand else decimal(length_mm, 1), length_mm)


def _change(change: ChangeOfLesion | None) -> Cell:
    if change is None:
        return Cell("", -2.0)
    if change.volume_fraction is None:
        return Cell(_("new") if change.event is TrackEvent.NEW else "", 1e9)
    return Cell(f"{round(100 * change.volume_fraction):+d} %", change.volume_fraction)
