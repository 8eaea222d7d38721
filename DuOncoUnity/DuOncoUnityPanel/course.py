"""The scans of the current patient over time: laid over each other, lesions followed, response assessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup import links
from DuOncoUnityLib.followup.registration import RegistrationQuality
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.records.decisions import LesionRole, Reader, ResultDecision, ResultItem, Signature
from DuOncoUnityLib.records.model import Case, TimePoint
from DuOncoUnityLib.records.review import named, utc_now
from DuOncoUnityLib.response.assessment import CaseAssessment, assess_case, choose_reader
from DuOncoUnityLib.response.overruling import overruling
from DuOncoUnityLib.response.rows import ComparedLesion, compared_lesions
from DuOncoUnityLib.scene.comparison import put_back
from DuOncoUnityLib.scene.follow_up import FollowUp, registration_between, scans_of, unregistered
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityPanel.registration_job import RegistrationJob, StartRegistration

if TYPE_CHECKING:
    from DuOncoUnityPanel.session import Session


class Course:
    """What the panel does with several scans of one patient.

    Args:
        session: says which patient is current, and keeps the record.
        start: starts registrations; None where nothing can be started.

    Attributes:
        job: the running registration.
    """

    def __init__(self, session: Session, start: StartRegistration | None) -> None:
        self._session = session
        self._start = start
        self._record: slicer.vtkMRMLTextNode | None = None
        self._follow_up = FollowUp()
        self._saving = False
        self.job: RegistrationJob | None = None
        self._prior_id = ""

    @property
    def scans(self) -> list[Result]:
        """The analysed scans of the current patient, in the order of time."""
        if self._session.result is None or self._session.case is None:
            return []
        return scans_of(self._session.result.record, self._session.case)

    @property
    def priors(self) -> list[Result]:
        """The scans before the current one, the latest first."""
        scans = self.scans
        return scans[:scans.index(self._session.result)][::-1] if self._session.result in scans else []

    @property
    def prior(self) -> Result | None:
        """The scan that the current one is compared with: the chosen one, else the one before."""
        priors = self.priors
        return next((prior for prior in priors if prior.time_point_id == self._prior_id), next(iter(priors), None))

    def choose_prior(self, time_point_id: str) -> None:
        """Compare with this scan as long as it is one before the current scan."""
        self._prior_id = time_point_id

    @property
    def is_registered(self) -> bool:
        """Whether all scans have been laid over each other."""
        return len(self.scans) > 1 and not unregistered(self.scans)

    def quality(self) -> RegistrationQuality:
        """How well the prior lies on the current scan.

        Raises:
            DuOncoError: there is no prior, or the scans have not been laid over each other.
        """
        prior, result = self.prior, self._session.result
        if prior is None or result is None:
            raise DuOncoError("Analyse a scan first.")
        return registration_between(self.scans, prior, result).quality

    def register(self) -> None:
        """Lay scans over each other that have not been yet; `job.poll()` tells how far it is, `finish` follows lesions.

        Raises:
            DuOncoError: a CT is no longer in the scene, or the work cannot be started.
        """
        if self.job is not None:
            return
        if self._start is None:
            raise DuOncoError("The scans cannot be laid over each other here.")
        put_back(self._session.scene)
        scans, missing = self.scans, unregistered(self.scans)
        if not missing:
            self.follow()
            return
        first, last = scans.index(missing[0][0]), scans.index(missing[-1][1])
        self.job = RegistrationJob(scans[first:last + 1], self._start)

    def finish(self) -> None:
        """Keep the registrations and follow the lesions; raises the DuOncoError that says why there are none."""
        job, self.job = self.job, None
        if job is not None:
            job.load()
            self.follow()

    def cancel(self) -> None:
        """Stop the running registration, if there is one."""
        job, self.job = self.job, None
        if job is not None:
            job.cancel()

    def follow(self) -> bool:
        """Bring the tracks in step with the lesions.

        Returns:
            Whether any track changed; then the record was saved, and everybody has heard of it.
        """
        result, case = self._session.result, self._session.case
        if result is None or case is None or self._saving or not self.is_registered:
            return False
        if result.record is not self._record:
            self._record, self._follow_up = result.record, FollowUp()
        if not self._follow_up.link(case, self.scans):
            return False
        self._saving = True  # who hears of it asks again, and what was linked just now need not be linked twice
        try:
            self._session.change_record(lambda _case: None, what="")
        finally:
            self._saving = False
        return True

    def assessment(self) -> CaseAssessment:
        """Everything that the rules say about the case as it is now."""
        return assess_case(self._case())

    def compared(self, assessment: CaseAssessment) -> list[ComparedLesion]:
        """All lesions on the prior and the current scan."""
        prior, result = self.prior, self._session.result
        if prior is None or result is None:
            return []
        return compared_lesions(self._case(), assessment, prior.time_point_id, result.time_point_id)

    def confirm(self, track_id: str) -> None:
        """A person confirms what a lesion became on the current scan."""
        self._change(lambda case, point: links.confirm(case, track_id, point.id, self._reviewer()))

    def unlink(self, track_id: str, lesion_id: str) -> None:
        """A person says that a lesion of the current scan is another one."""
        self._change(lambda case, point: links.cut(case, track_id, point.id, lesion_id, self._reviewer()))

    def link(self, track_id: str, lesion_id: str) -> None:
        """A person says which lesion of the current scan it is."""
        self._change(lambda case, point: links.link(case, track_id, point.id, lesion_id, self._reviewer()))

    def choose_role(self, track_id: str, role: LesionRole | None, reason: str) -> None:
        """A person gives a lesion its role; None leaves it to the rules."""
        signature = self._signature(reason)
        self._change(lambda case, _point: _reader(case).choose_role(track_id, role, signature))

    def overrule(self, item: ResultItem, value: str, reason: str, time_point_id: str) -> None:
        """A person sets a result of a visit; "" takes that back.

        Raises:
            DuOncoError: a value that does not exist.
        """
        decision = ResultDecision(item, value, self._signature(reason), time_point_id)
        if value:
            overruling(decision)

        def change(case: Case, _point: TimePoint) -> None:
            reader = _reader(case)
            reader.results = [other for other in reader.results
                              if (other.item, other.time_point_id) != (item, time_point_id)]
            if value:
                reader.results.append(decision)

        self._change(change)

    def show(self, row: ComparedLesion) -> None:
        """Go to a lesion in the current scan; where it is gone, to the place where it was."""
        result, prior = self._session.result, self.prior
        if row.current.lesion_ids:
            self._session.choose_lesion(row.current.lesion_ids[0])
            self._session.show_lesion()
        elif row.prior.lesion_ids and prior is not None and result is not None:
            point = prior.time_point(self._case())
            lesion = next((lesion for lesion in point.lesions if lesion.id in row.prior.lesion_ids), None)
            if lesion is not None:
                registration = registration_between(self.scans, prior, result)
                x, y, z = registration.transform.map_points(lesion.measurement.centroid_lps_mm)
                place: Vector = (float(x), float(y), float(z))
                self._session.jump_to(place)

    def _change(self, change: Callable[[Case, TimePoint], object]) -> None:
        """Enter a decision; the lesions of later scans follow it."""
        point = self._session.time_point
        if point is None:
            raise DuOncoError("Analyse a scan first.")
        self._session.change_record(lambda case: change(case, point))
        self.follow()

    def _case(self) -> Case:
        if self._session.case is None:
            raise DuOncoError("Analyse a scan first.")
        return self._session.case

    def _reviewer(self) -> str:
        return named(self._session.reviewer())

    def _signature(self, reason: str) -> Signature:
        return Signature(self._reviewer(), utc_now(), reason)


def _reader(case: Case) -> Reader:
    """Whose decisions hold: of several readers the one that is shown, else the only one."""
    return case.decisions.reader(choose_reader(case, None).name)
