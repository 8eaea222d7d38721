"""The earlier scan in the slice views: beside the current one, or in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.scene.comparison import (
    CURRENT_VIEWS,
    LAYOUT,
    PRIOR_VIEWS,
    add_layout,
    composites,
    lay_prior_over,
    put_back,
    same_window,
    show_in,
    show_segments,
)
from DuOncoUnityLib.scene.prior_alignment import link_views
from DuOncoUnityLib.scene.result import Result

if TYPE_CHECKING:
    from DuOncoUnityPanel.session import Session


class CompareViews:
    """What the slice views show of two scans.

    Args:
        session: its course says which scans are compared.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shown: tuple[Result, Result] | None = None
        self._former_layout: int | None = None

    def show(self, *, beside: bool, earlier: bool) -> None:
        """Show prior and current.

        Args:
            beside: the earlier scan in views of its own, linked to those of the current one.
            earlier: the earlier scan in place of the current one; the position stays.

        Raises:
            DuOncoError: the scans have not been laid over each other, or a CT is gone.
        """
        prior, current = self._session.course.prior, self._session.result
        if not (beside or earlier) or prior is None or current is None:
            self.close()
            return
        if self._shown != (prior, current):
            self.close()
            lay_prior_over(self._session.course.scans, prior, current)
            same_window(prior, current)
            self._shown = (prior, current)
        has_new_views = self._arrange(beside)
        scene = self._session.scene
        in_place = prior if earlier else current
        show_in(composites(scene), in_place)
        show_segments(prior, beside or earlier, PRIOR_VIEWS if beside and not earlier else ())
        show_segments(current, not earlier or beside, CURRENT_VIEWS if beside else ())
        if beside:
            show_in(composites(scene, PRIOR_VIEWS), current if earlier else prior)
            if earlier:  # both change places
                show_segments(prior, True, CURRENT_VIEWS)
                show_segments(current, True, PRIOR_VIEWS)
            if has_new_views:
                slicer.util.resetSliceViews()  # only now: views without a scan stay as they are
            link_views(composites(scene, (*PRIOR_VIEWS, *CURRENT_VIEWS)))
        self._session.show_lesion()

    def close(self) -> None:
        """Show the current scan alone, every scan where it was scanned."""
        if self._shown is None:
            return
        prior, current = self._shown
        self._shown = None
        put_back(self._session.scene)
        self._arrange(False)
        if prior.segmentation.GetScene() is not None:
            show_segments(prior, False)
        shown = self._session.result or current
        if shown.segmentation.GetScene() is not None:
            show_segments(shown, True)
            show_in(composites(self._session.scene), shown)

    def _arrange(self, beside: bool) -> bool:
        """Switch to the layout with views of both, or back to the former one; returns whether views of both came."""
        node = add_layout(self._session.scene, _("Earlier"), _("Now"))
        if node is None or beside == (node.GetViewArrangement() == LAYOUT):
            return False
        if beside:
            self._former_layout = node.GetViewArrangement()
            node.SetViewArrangement(LAYOUT)
        else:
            node.SetViewArrangement(self._former_layout or node.SlicerLayoutFourUpView)
        return beside
