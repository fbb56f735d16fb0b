"""The page about wired stations says the map that both ends use, in both languages."""

from pathlib import Path

import pytest

from reedgate_contract import registers

DOCS = Path(__file__).parents[2] / "docs"
TYPES = {"H": "u16", "I": "u32", "i": "i32"}
TABLES = (
    (registers.STATION, registers.STATION_AT),
    (registers.STREAM, registers.EVENTS_AT),
    (registers.POINT, 0),
    (registers.GATE, 0),
    (registers.ANSWER, registers.ANSWER_AT),
)


@pytest.mark.parametrize("name", ["modbus.md", "modbus.zh-CN.md"])
def test_the_tables_are_the_map_and_nothing_else(name):
    lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    told = [tuple(row[:3]) for row in cells if len(row) == 4 and row[0].isdigit()]
    wanted = []
    for block, address in TABLES:
        for field, code in block:
            wanted.append((str(address), field, TYPES[code]))
            address += 1 if code == "H" else 2
    assert told == wanted
    assert all(row[3] for row in cells if len(row) == 4)


@pytest.mark.parametrize("name", ["modbus.md", "modbus.zh-CN.md"])
def test_the_numbers_in_the_text_are_those_of_the_map(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    for number in (
        registers.READINGS_AT,
        registers.POINTS_AT,
        registers.GATES_AT,
        registers.LENGTH_AT,
        registers.MESSAGE_AT,
        registers.COMMIT_AT,
        2 * registers.MESSAGE_REGISTERS,
        registers.file_of(False, 0),
    ):
        assert str(number) in text, number
