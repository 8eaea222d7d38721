"""Step 4: what all lesions add up to, and muscle and fat."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.composition.figures import place_of_level
from DuOncoUnityLib.lesions.burden import Burden, BurdenSum, tumour_burden
from DuOncoUnityLib.response.burden import burden
from DuOncoUnityLib.scene.burden_plot import create_burden_plot, find_burden_plot, update_burden_plot
from DuOncoUnityLib.terminology import LAYERS
from DuOncoUnityPanel.burden_wording import burden_text, figure_texts, level_text, site_text
from DuOncoUnityPanel.cells import fit, show_rows
from DuOncoUnityPanel.language import decimal, name_of
from DuOncoUnityPanel.section import Section


class BurdenSection(Section):
    """Totals of the current scan by layer and organ; every row leads to its place in the image."""

    UI = "DuOncoUnityBurden.ui"

    def setup(self) -> None:
        self._largest: list[str] = []
        fit(self.ui.burdenTable, wide_column=0)
        fit(self.ui.bodyTable, wide_column=0)
        self.ui.burdenTable.connect("cellClicked(int,int)", self.on_organ)
        self.ui.bodyTable.connect("cellClicked(int,int)", self.on_figure)
        self.ui.chartButton.connect("clicked(bool)", self.show_chart)
        self.ui.burdenSection.connect("contentsCollapsed(bool)", lambda _collapsed: self.refresh())

    def update(self) -> None:
        if self.ui.burdenSection.collapsed and not find_burden_plot(self.session.result):
            return
        point = self.session.time_point
        sums = tumour_burden([*point.lesions, *point.rejected])
        self.ui.totalLabel.text = burden_text(sums, burden(point.lesions))
        rows = self._rows(sums)
        self._largest = [sum_.largest_id for _name, sum_ in rows]
        show_rows(self.ui.burdenTable, [self._texts(name, sum_) for name, sum_ in rows])
        show_rows(self.ui.bodyTable, figure_texts(point.composition))
        self.ui.levelLabel.text = level_text(point)
        self.ui.chartButton.enabled = sums.total.count > 0
        chart = find_burden_plot(self.session.result)
        if chart is not None:
            self._draw(chart, sums)

    def on_organ(self, row: int, _column: int) -> None:
        """Go to the largest lesion of the row."""
        if self._largest[row]:
            self.session.choose_lesion(self._largest[row])
            self.session.show_lesion()

    def on_figure(self, _row: int, _column: int) -> None:
        """Go to the slice where muscle and fat were measured."""
        point = self.session.time_point
        place = place_of_level(point.composition, point.geometry)
        if place is not None:
            self.session.jump_to(place)

    def show_chart(self, _checked: bool = False) -> None:
        """Show the chart in the layout of Slicer; it follows later edits."""
        chart = find_burden_plot(self.session.result)
        if chart is None:
            chart = create_burden_plot(self.session.result, _("Tumour burden"), _("Volume (ml)"))
        self._draw(chart, tumour_burden(self.session.time_point.lesions))
        slicer.modules.plots.logic().ShowChartInLayout(chart)

    def _draw(self, chart: slicer.vtkMRMLPlotChartNode, sums: Burden) -> None:
        names = [f"{site_text(site)} ({name_of(LAYERS[layer])})" for layer, site in sums.by_site]
        update_burden_plot(chart, names, [sum_.volume_ml for sum_ in sums.by_site.values()])

    def _rows(self, sums: Burden) -> list[tuple[str, BurdenSum]]:
        rows = [(_("Whole scan"), sums.total)]
        for layer, sum_ in sums.by_layer.items():
            rows.append((name_of(LAYERS[layer]), sum_))
            rows += [("    " + site_text(site), of_site) for (own, site), of_site in sums.by_site.items()
                     if own is layer]
        return rows

    def _texts(self, name: str, sum_: BurdenSum) -> list[str]:
        longest = decimal(sum_.longest_axis_mm, 1) if sum_.count else ""
        return [name, str(sum_.count), decimal(sum_.volume_ml, 1), longest, str(sum_.unreviewed or "")]
