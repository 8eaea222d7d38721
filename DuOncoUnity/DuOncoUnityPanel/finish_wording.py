"""What the panel says about the end of the work on a case."""

from __future__ import annotations

from datetime import datetime

from slicer.i18n import tr as _

from DuOncoUnityLib.records.model import Case, ReviewStatus

_NAMED = 12


def unreviewed_text(case: Case) -> str:
    """Which lesions nobody has reviewed, scan by scan."""
    lines = []
    for point in case.time_points:
        waiting = [lesion.id for lesion in point.lesions if lesion.review.status is ReviewStatus.PROPOSED]
        if waiting:
            names = ", ".join(waiting[:_NAMED]) + (" …" if len(waiting) > _NAMED else "")
            lines.append(_("{scan}: {count} of {all} not reviewed ({names})").format(
                scan=point.date or point.id, count=len(waiting), all=len(point.lesions), names=names))
    return "\n".join(lines) or _("All lesions of all scans are reviewed.")


def signed_text(case: Case, changed: bool) -> str:
    """Who signed the case last, and whether it is still as it was signed."""
    if not case.versions:
        return _("Not signed yet.")
    version = case.versions[-1]
    at = datetime.fromisoformat(version.signature.at.replace("Z", "+00:00")).astimezone()
    text = _("Version {number}, signed by {name} on {date}.").format(
        number=version.number, name=version.signature.by, date=at.strftime("%Y-%m-%d %H:%M"))
    if version.unreviewed:
        text += " " + _("Lesions not reviewed when it was signed: {count}.").format(count=len(version.unreviewed))
    if changed:
        text += "\n" + _("Changed since then: what is shown now is not signed. Sign it as the next version.")
    return text
