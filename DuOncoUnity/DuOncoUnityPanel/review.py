"""Step 3: every lesion is looked at and decided on."""

from __future__ import annotations

from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.wording import review_text


class ReviewSection(Section):
    """The lesions of the current scan."""

    UI = "DuOncoUnityReview.ui"

    def setup(self) -> None:
        self.ui.lesionTable.connect("selectionChanged()", self.on_selection)

    def update(self) -> None:
        self.ui.lesionTable.setMRMLTableNode(self.session.result.table)
        self.ui.lesionTable.resizeColumnsToContents()
        self.ui.reviewLabel.text = review_text(self.session.time_point.lesions)

    def on_selection(self) -> None:
        """Go to the lesion of the selected row."""
        for row in self.ui.lesionTable.selectionModel().selectedRows():
            self.session.choose_lesion(self.ui.lesionTable.model().data(row))
