"""Texts in tables of the panel."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import qt


def show_rows(table: qt.QTableWidget, rows: Sequence[Sequence[str]], *, all_right: bool = False,
              bold: Collection[int] = ()) -> None:
    """Show these texts; only cells that differ are touched, so that a person's place in the table stays.

    Args:
        table: has a column for each text of a row.
        rows: their texts; those after the first column that begin with a digit or sign stand on the right.
        all_right: everything after the first column stands on the right.
        bold: numbers of rows that catch the eye.
    """
    blocked = table.blockSignals(True)
    table.setRowCount(len(rows))
    for number, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = table.item(number, column)
            if item is None:
                item = qt.QTableWidgetItem()
                table.setItem(number, column, item)
            if item.text() != text:
                item.setText(text)
                item.setToolTip(text)
                is_right = column > 0 and (all_right or text[:1] in tuple("0123456789+-"))
                item.setTextAlignment((qt.Qt.AlignRight if is_right else qt.Qt.AlignLeft) | qt.Qt.AlignVCenter)
                font = item.font()
                font.setBold(number in bold)
                item.setFont(font)
    table.blockSignals(blocked)


def fit(table: qt.QTableWidget, wide_column: int) -> None:
    """Let one column take the room that the others, as wide as their texts, leave; its texts are cut short."""
    header = table.horizontalHeader()
    for column in range(header.count()):
        header.setSectionResizeMode(column, qt.QHeaderView.Stretch if column == wide_column
                                    else qt.QHeaderView.ResizeToContents)


def selected_row(table: qt.QTableWidget) -> int:
    """The selected row; -1 for none."""
    rows = [index.row() for index in table.selectionModel().selectedRows()]
    return rows[0] if rows else -1


def select_row(table: qt.QTableWidget, row: int) -> None:
    """Select a row without telling anybody; -1 for none."""
    blocked = table.blockSignals(True)
    if row < 0:
        table.clearSelection()
    elif row != selected_row(table):
        table.selectRow(row)
    table.blockSignals(blocked)
