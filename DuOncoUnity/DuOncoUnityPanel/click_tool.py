"""Lesions by clicks: one click adds a lesion or outlines one again, further clicks refine it; without Qt."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.model.prompts import clicks_of_diameter
from DuOncoUnityLib.scene.click_points import ClickPoints
from DuOncoUnityLib.terminology import Layer
from DuOncoUnityPanel.click_model import ClickModel
from DuOncoUnityPanel.session import Session
from DuOncoUnityPanel.signals import Signal

if TYPE_CHECKING:
    from DuOncoUnityLib.model.click import ClickResult


@dataclass(frozen=True)
class _Step:
    """An outline of the lesion in work: with how many points it was made, and how large it was.

    `view_mm` is that of the outline that a person chose as larger or smaller, and stays for further points.
    """

    points: int
    voxels: int
    view_mm: float | None


class ClickTool:
    """Turns the points that a person clicks in the views into the outline of one lesion after the other.

    The first click outlines the lesion that is there again, or adds one. Further clicks refine it, until another lesion
    is chosen or begun. A click on another lesion goes over to that one, and one that cannot be joined with the lesion
    adds the next one. By diameter, every two clicks outline a lesion between them.

    Args:
        session: the work on the scene.
        model: the click network.

    Attributes:
        layer: of a lesion that is added.
        lesion_id: the lesion in work; "" if the next click begins one.
        clicked: a point was placed, `outline` is due.
        ended: Slicer left the mouse mode of the tool.
    """

    def __init__(self, session: Session, model: ClickModel) -> None:
        self._session, self._model = session, model
        self.layer = Layer.LESION
        self.lesion_id = ""
        self._by_diameter = False
        self.clicked, self.ended = Signal(), Signal()
        self._points = ClickPoints(self.clicked.emit, self.ended.emit)
        self._steps: list[_Step] = []
        session.undone.connect(self._on_undone)
        session.lesion_chosen.connect(self._on_chosen)

    @property
    def is_active(self) -> bool:
        """Whether clicks in the views outline lesions."""
        return self._points.is_active

    @property
    def belongs(self) -> bool:
        """Whether the next clicks show what belongs to the lesion; if not, they show what does not."""
        return self._points.inside

    @belongs.setter
    def belongs(self, belongs: bool) -> None:
        self._points.inside = belongs

    @property
    def by_diameter(self) -> bool:
        """Whether clicks are the ends of longest diameters."""
        return self._by_diameter

    @by_diameter.setter
    def by_diameter(self, by_diameter: bool) -> None:
        if by_diameter != self._by_diameter:
            self._by_diameter = by_diameter
            self.begin()

    @property
    def waits_for_end(self) -> bool:
        """Whether one end of a diameter was clicked, and the other one is due."""
        return self.by_diameter and not self._steps and self._points.count == 1

    def start(self) -> None:
        """From now on clicks in the views outline lesions.

        Raises:
            DuOncoError: there is no result, or the network cannot be used.
        """
        self._session.editor()
        self._model.segmenter(self._session.options)
        self._points.start()
        self.begin()

    def stop(self) -> None:
        """Clicks do again what they do in Slicer."""
        self._points.stop()
        self.begin()

    def begin(self) -> None:
        """The next click is the first one of a lesion."""
        self.lesion_id = ""
        self.belongs = True
        self._steps.clear()
        self._points.keep(0)

    def outline(self) -> None:
        """Outline the lesion of the points, as one step; a point without effect is removed.

        Raises:
            DuOncoError: nothing can be outlined there; nothing was changed.
        """
        if self._points.count == self._points_before():
            return
        if self.by_diameter and self._points.latest_is_inside and (self._steps or self.waits_for_end):
            self._begin_diameter()
            return
        try:
            self._outline()
        except DuOncoError:
            self._points.keep(self._points_before())
            raise

    @property
    def can_resize(self) -> bool:
        """Whether the clicks of the lesion in work may mean a larger or a smaller one."""
        return bool(self.lesion_id and self._steps) and not self.by_diameter

    def resize(self, *, larger: bool) -> None:
        """Outline the lesion in work by the same clicks, but larger or smaller, as one step.

        Raises:
            DuOncoError: nothing else can be told apart there; nothing was changed.
        """
        from DuOncoUnityLib.model.click import next_outline

        layers = self._layers()
        if not self.can_resize or self.lesion_id not in layers:
            raise DuOncoError("Click on the lesion first.")
        outlines = self._model.segmenter(self._session.options).outlines(
            self._session.editor().ct, self._points.positions(True), self._points.positions(False))
        chosen = next_outline(outlines, self._steps[-1].voxels, larger=larger)
        self._put(self.lesion_id, chosen, layers, chosen.view_mm)

    def _begin_diameter(self) -> None:
        self._points.keep_latest()
        self._steps.clear()
        self.lesion_id = ""

    def _outline(self) -> None:
        layers = self._layers()
        lesion_id, found = self._find(layers)
        self._put(lesion_id, found, layers, self._view_mm)

    @property
    def _view_mm(self) -> float | None:
        return self._steps[-1].view_mm if self._steps else None

    def _put(self, lesion_id: str, found: ClickResult, layers: dict[str, Layer], view_mm: float | None) -> None:
        """Write an outline as a step; "" for a new lesion."""
        editor = self._session.editor()
        self._session.masks_changing.emit()
        self.lesion_id = editor.put_mask("click", found.mask, found.box, self._clicks_within()[0],
                                         layers.get(lesion_id, self.layer), lesion_id)
        self._steps.append(_Step(self._points.count, found.voxels, view_mm))
        logging.info("Lesion outlined in %.2f s", found.seconds)
        self._session.choose_lesion(self.lesion_id, centre=False)

    def _find(self, layers: dict[str, Layer]) -> tuple[str, ClickResult]:
        """The lesion that the latest point is about ("" for a new one), and what it looks like."""
        inside, outside = self._points.positions(True), self._points.positions(False)
        if not self._points.latest_is_inside:
            if self.lesion_id not in layers:
                raise DuOncoError("Click on the lesion first.")
            return self.lesion_id, self._segment(inside, outside, self._view_mm)
        if self.by_diameter:
            there = (self._session.editor().lesion_at(click) for click in self._clicks_within())
            return next(filter(None, there), ""), self._segment(inside, [])
        there = self._session.editor().lesion_at(inside[-1])
        if self.lesion_id in layers and there in ("", self.lesion_id):
            found = self._joined(inside, outside)
            if found is not None:
                return self.lesion_id, found
        found = self._segment(inside[-1:], [])
        self._points.keep_latest()
        self._steps.clear()
        return there, found

    def _joined(self, inside: list[Vector], outside: list[Vector]) -> ClickResult | None:
        """One lesion with all points; None where the latest one cannot be joined with the others."""
        try:
            found = self._segment(inside, outside, self._view_mm)
        except DuOncoError:
            return None
        return found if found.holds(self._session.editor().voxel_at(inside[-1])) else None

    def _segment(self, inside: list[Vector], outside: list[Vector], view_mm: float | None = None) -> ClickResult:
        segmenter = self._model.segmenter(self._session.options)
        if self.by_diameter:
            return segmenter.segment_diameter(self._session.editor().ct, inside, outside)
        return segmenter.segment(self._session.editor().ct, inside, outside, view_mm)

    def _clicks_within(self) -> list[Vector]:
        """Points that belong to the lesion in work."""
        inside = self._points.positions(True)
        return clicks_of_diameter(inside) if self.by_diameter else inside

    def _layers(self) -> dict[str, Layer]:
        point = self._session.time_point
        return {lesion.id: Layer(lesion.layer) for lesion in point.lesions} if point else {}

    def _points_before(self) -> int:
        """How many points the lesion in work had at its latest step."""
        return self._steps[-1].points if self._steps else 0

    def _on_undone(self, what: str) -> None:
        if what == "click" and self._steps:
            self._steps.pop()
            self._points.keep(self._points_before())
            if not self._steps:
                self.begin()

    def _on_chosen(self, lesion_id: str) -> None:
        if self.is_active and lesion_id != self.lesion_id:
            self.begin()
