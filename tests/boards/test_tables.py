"""A table on a narrow terminal shows every character of its cells."""

import io

from rich.console import Console
from rich.table import Table

from reedgate_boards.site.tables import whole


def test_chinese_goes_on_in_the_next_line():
    words = "等待：擦拭冻结期间读数的规则尚未完成，共二百六十秒"
    table = Table("名称", "状态")
    table.add_row("fouling", words)
    told = io.StringIO()
    Console(file=told, width=30).print(whole(table))
    shown = [line.split("│")[2].strip() for line in told.getvalue().splitlines() if "│" in line]
    assert "".join(shown) == words
