"""Reads a series from a CSV file, or says in which line it is none and what to do.

Text, an empty field, NaN and a logger's sentinel are no number: the instrument answers NaN, not
the sentinel in a unit of its own. Corrected columns (`_cor`) are kept for the score; the firmware
never sees them.
"""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from reedgate_boards.site.user_error import UserError
from reedgate_sim.replay.series import Column, Series

_ROOM = "reedgate_sim"
_TIME_COLUMNS = ("datetime", "time", "timestamp", "date_time", "date", "时间", "日期时间")
_CORRECTED = "_cor"
_NO_VALUE = (-9999.0, 7999.0)  # what loggers write for it
_OTHER_SEPARATORS = ";\t，"
_SHORTEST_S, _LONGEST_S = 1, 86_400  # of a row: the firmware's clock tells six days apart


def read_series(path: Path, columns: Iterable[Column]) -> Series:
    """Rows in the order of their time. Raises UserError with the line for what cannot be."""
    rows = _rows(path)
    header = _header(path, rows)
    chosen = list(columns)
    time_column = _time_column(path, header)
    for column in chosen:
        _check_column(path, header, column.name)
    series = _read(path, rows, header, time_column, chosen)
    if len(series.times) < 2:
        raise UserError(
            _ROOM,
            "{path}: fewer than two rows.",
            hint="A series has a header and a row for each time.",
            path=path,
        )
    if not _SHORTEST_S <= series.step_s <= _LONGEST_S:
        raise UserError(
            _ROOM,
            "{path}: its rows are {step} s apart.",
            hint="A replay takes rows that are a second to a day apart.",
            path=path,
            step=f"{series.step_s:g}",
        )
    return series


def read_header(path: Path) -> list[str]:
    """The names of the columns."""
    return _header(path, _rows(path))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, fields), the header first, without empty lines."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as problem:
            raise UserError(
                _ROOM,
                "{path}:{line}: this is no CSV: {problem}.",
                hint="Save it as CSV, UTF-8, with commas.",
                path=path,
                line=reader.line_num,
                problem=problem,
            ) from None
        if fields is None:
            return
        if any(each.strip() for each in fields):
            yield reader.line_num, fields


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise UserError(
            _ROOM,
            "{path} cannot be read: {problem}.",
            hint="Give the path of a CSV file that you may read.",
            path=path,
            problem=problem.strerror or problem,
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UserError(
            _ROOM,
            "{path}:{line}: this is no UTF-8 text.",
            hint="Save it as CSV, UTF-8, with commas.",
            path=path,
            line=content[: problem.start].count(b"\n") + 1,
        ) from None


def _header(path: Path, rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    _, fields = next(rows, (0, []))
    header = [each.strip() for each in fields]
    if not header:
        raise UserError(
            _ROOM,
            "{path}: the file is empty.",
            hint="A series has a header and a row for each time.",
            path=path,
        )
    if len(header) == 1 and any(each in header[0] for each in _OTHER_SEPARATORS):
        raise UserError(
            _ROOM,
            "{path}:1: the columns are not separated by commas.",
            hint="Save it as CSV, UTF-8, with commas.",
            path=path,
        )
    return header


def _time_column(path: Path, header: list[str]) -> str:
    for name in header:
        if name.lower() in _TIME_COLUMNS:
            _check_column(path, header, name)
            return name
    raise UserError(
        _ROOM,
        "{path}:1: no column of times; the header is: {header}.",
        hint="Name it one of: {names}.",
        path=path,
        header=", ".join(header),
        names=", ".join(_TIME_COLUMNS),
    )


def _check_column(path: Path, header: list[str], name: str) -> None:
    count = Counter(header)[name]
    if count == 0:
        raise UserError(
            _ROOM,
            "{path}:1: no column {name}.",
            hint="Its columns: {header}.",
            path=path,
            name=name,
            header=", ".join(header),
        )
    if count > 1:
        raise UserError(
            _ROOM,
            "{path}:1: {count} columns are named {name}.",
            hint="Rename all but one.",
            path=path,
            count=count,
            name=name,
        )


def _read(
    path: Path,
    rows: Iterator[tuple[int, list[str]]],
    header: list[str],
    time_column: str,
    columns: list[Column],
) -> Series:
    series = Series([], [], {column.point: [] for column in columns})
    scored = [column for column in columns if column.name + _CORRECTED in header]
    series.corrected = {column.point: [] for column in scored}
    with_numbers: set[str] = set()
    first: datetime | None = None
    for line, fields in rows:
        if len(fields) != len(header):
            raise UserError(
                _ROOM,
                "{path}:{line}: {count} fields, and the header has {expected}.",
                hint="Was the line cut, or is there a comma in a number? Write 3.5, not 3,5.",
                path=path,
                line=line,
                count=len(fields),
                expected=len(header),
            )
        row = dict(zip(header, fields, strict=True))
        text = row[time_column].strip()
        moment = _moment(path, line, text)
        first = first or moment
        seconds = _seconds(path, line, text, first, moment)
        if series.seconds and seconds <= series.seconds[-1]:
            raise _out_of_order(path, line, text, same=seconds == series.seconds[-1])
        series.times.append(text)
        series.seconds.append(seconds)
        for column in columns:
            if _is_number(row[column.name]):
                with_numbers.add(column.name)
            series.values[column.point].append(_number(row[column.name]) * column.factor)
        for column in scored:
            corrected = _number(row[column.name + _CORRECTED])
            series.corrected[column.point].append(corrected * column.factor)
    for column in columns:
        if series.times and column.name not in with_numbers:  # its probe would be lost for ever
            raise UserError(
                _ROOM,
                "{path}: column {name} holds no number.",
                hint="Numbers look like 3.5, with a point.",
                path=path,
                name=column.name,
            )
    return series


def _moment(path: Path, line: int, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            _ROOM,
            "{path}:{line}: `{text}` is no time.",
            hint="Times look like 2019-01-01 00:15.",
            path=path,
            line=line,
            text=text,
        ) from None


def _seconds(path: Path, line: int, text: str, first: datetime, moment: datetime) -> float:
    try:
        return (moment - first).total_seconds()
    except TypeError:
        raise UserError(
            _ROOM,
            "{path}:{line}: `{text}`: some times have a time zone and some have none.",
            hint="Write all of them alike.",
            path=path,
            line=line,
            text=text,
        ) from None


def _out_of_order(path: Path, line: int, text: str, *, same: bool) -> UserError:
    if same:
        return UserError(
            _ROOM,
            "{path}:{line}: time {text} stands twice.",
            hint="Remove one of the two rows.",
            path=path,
            line=line,
            text=text,
        )
    return UserError(
        _ROOM,
        "{path}:{line}: time {text} is before the row above it.",
        hint="Sort the file by time; where a clock was set back, write times in UTC.",
        path=path,
        line=line,
        text=text,
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    number = float(text) if _is_number(text) else math.nan
    return math.nan if number in _NO_VALUE else number
