"""The click network, loaded at the first use and kept: a click then takes less than a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from DuOncoUnityLib.resources import bundled_model
from DuOncoUnityPanel.analysis import AnalysisOptions

if TYPE_CHECKING:
    from DuOncoUnityLib.model.click import ClickSegmenter


class ClickModel:
    """Gives the segmenter of the model that was chosen for the analysis; PyTorch must be there."""

    def __init__(self) -> None:
        self._options: AnalysisOptions | None = None
        self._segmenter: ClickSegmenter | None = None

    def segmenter(self, options: AnalysisOptions) -> ClickSegmenter:
        """The segmenter, ready for clicks.

        Raises:
            DuOncoError: the model cannot be used, or has no click network.
        """
        if self._segmenter is None or options != self._options:
            # loads PyTorch, which takes seconds and may have been installed only now
            from DuOncoUnityLib.model.bundle import load_bundle
            from DuOncoUnityLib.model.click import ClickSegmenter

            self._segmenter = ClickSegmenter(load_bundle(options.model or bundled_model()), options.device)
            self._options = options
        return self._segmenter
