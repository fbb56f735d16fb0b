"""Tables for a terminal in which nothing is cut: Chinese has no spaces where a line may end."""

from rich.table import Table


def whole(table: Table) -> Table:
    """The same table, its cells folded to further lines where the terminal is too narrow."""
    for column in table.columns:
        column.overflow = "fold"
    return table
