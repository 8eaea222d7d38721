"""The lesion list: rows in a plain Qt table, which keeps its order and choice while the record changes."""

from __future__ import annotations

import qt

from DuOncoUnityPanel.lesion_rows import column_titles

_SITE, _CHANGE, _FIRST_NUMBER, _LAST_NUMBER = 1, 5, 2, 6
_ROW_MARGIN_PX = 6
_SORT_ROLE = 0x0100  # Qt.UserRole, which is not asked for while the module is imported


class LesionList:
    """Rows of lesions in a table view.

    Args:
        view: a `QTableView`.
        chosen: called with the id of a lesion when a person selects its row.
    """

    def __init__(self, view, chosen):
        self._view, self._chosen = view, chosen
        self._rows = []
        self._is_filling = False
        self._model = qt.QStandardItemModel()
        self._model.setSortRole(_SORT_ROLE)
        for column, (title, meaning) in enumerate(column_titles()):
            header = qt.QStandardItem(title)
            header.setToolTip(meaning)
            self._model.setHorizontalHeaderItem(column, header)
        view.setModel(self._model)
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + _ROW_MARGIN_PX)
        view.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        view.setSortingEnabled(True)
        view.horizontalHeader().setSortIndicator(-1, qt.Qt.AscendingOrder)
        view.horizontalHeader().setSectionResizeMode(_SITE, qt.QHeaderView.Stretch)
        view.selectionModel().connect("selectionChanged(QItemSelection,QItemSelection)", self._on_selection)

    def show(self, rows):
        """Show these rows; the order that a person chose by clicking a title stays."""
        ids = [row.lesion_id for row in rows]
        self._is_filling = True
        if sorted(ids) == sorted(self.order()):
            self._change(rows)
        else:
            self._fill(rows)
        self._view.setColumnHidden(_CHANGE, not any(row.cells[_CHANGE].text for row in rows))
        self._rows = list(rows)
        self._is_filling = False

    def order(self):
        """Ids of the lesions as they are listed now, from top to bottom."""
        return [self._model.item(row, 0).text() for row in range(self._model.rowCount())]

    def select(self, lesion_id):
        """Mark the row of a lesion and bring it into sight; nobody is told. Nothing for one that is not listed."""
        order = self.order()
        self._is_filling = True
        if lesion_id in order:
            self._view.selectRow(order.index(lesion_id))
            self._view.scrollTo(self._model.index(order.index(lesion_id), 0))
        else:
            self._view.clearSelection()
        self._is_filling = False

    def _fill(self, rows):
        header = self._view.horizontalHeader()
        column, direction = header.sortIndicatorSection(), header.sortIndicatorOrder()
        is_first = self._model.rowCount() == 0
        self._model.setRowCount(0)
        self._model.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for number, cell in enumerate(row.cells):
                self._model.setItem(place, number, _item(cell, number))
        if column >= 0:
            self._model.sort(column, direction)
        if is_first:
            self._fit(range(self._model.columnCount()))

    def _fit(self, columns):
        """As wide as the texts, without room for an arrow in every title: the site takes what is left."""
        header = self._view.horizontalHeader()
        header.setSortIndicatorShown(False)
        for column in columns:
            if column != _SITE:
                self._view.resizeColumnToContents(column)
        header.setSortIndicatorShown(True)

    def _change(self, rows):
        """Change only what differs: the table keeps its order, also where a status changed."""
        former = {row.lesion_id: row for row in self._rows}
        places = {lesion_id: place for place, lesion_id in enumerate(self.order())}
        changed = set()
        for row in rows:
            for column, cell in enumerate(row.cells):
                if cell != former[row.lesion_id].cells[column]:
                    item = self._model.item(places[row.lesion_id], column)
                    item.setText(cell.text)
                    item.setToolTip(cell.text)
                    item.setData(cell.key, _SORT_ROLE)
                    changed.add(column)
        self._fit(changed)

    def _on_selection(self, _selected, _deselected):
        if self._is_filling:
            return
        for index in self._view.selectionModel().selectedRows():
            self._chosen(self._model.item(index.row(), 0).text())


def _item(cell, column):
    item = qt.QStandardItem(cell.text)
    item.setToolTip(cell.text)
    item.setData(cell.key, _SORT_ROLE)
    if _FIRST_NUMBER <= column <= _LAST_NUMBER:
        item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
    return item
