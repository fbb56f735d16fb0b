"""A recorded series: the rows of a CSV file as times and numbers, as a broken sensor gives them.

Text, an empty field, NaN and a logger's sentinel are no number: the instrument answers NaN, not
the sentinel in a unit of its own. Corrected columns (`_cor`) are kept for the score; the firmware
never sees them.
"""

import csv
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"
_TIME_COLUMNS = ("datetime", "time", "timestamp", "date_time", "date")
_CORRECTED = "_cor"
# What loggers write for "no value".
_NO_VALUE = (-9999.0, 7999.0)


@dataclass(frozen=True)
class Column:
    """`turb=turbidity_ntu` or `stage=stage_mm*10`: a column of the file, a point, a factor."""

    name: str
    point: str
    factor: float = 1.0


@dataclass
class Series:
    """times as the file writes them; seconds since the first; values and corrected by point."""

    times: list[str]
    seconds: list[float]
    values: dict[str, list[float]]
    corrected: dict[str, list[float]] = field(default_factory=dict)

    @property
    def step_s(self) -> float:
        """The median distance of two rows."""
        return statistics.median(
            after - before for before, after in zip(self.seconds, self.seconds[1:], strict=False)
        )


def parse_columns(text: str) -> list[Column]:
    """The --columns of a command line. Raises UserError that names the part that is wrong."""
    columns = []
    for part in text.split(","):
        name, equals, target = part.strip().partition("=")
        point, times, factor = target.partition("*")
        try:
            number = float(factor) if times else 1.0
        except ValueError:
            number = math.nan
        if not (name and equals and point) or not math.isfinite(number):
            raise UserError(
                _ROOM,
                "--columns: `{part}` is not COLUMN=POINT or COLUMN=POINT*FACTOR.",
                hint="Example: --columns turb=turbidity_ntu,stage=stage_mm*10",
                part=part,
            )
        columns.append(Column(name, point, number))
    return columns


def read_series(path: Path, columns: Iterable[Column]) -> Series:
    """Rows in the order of their time. Raises UserError with the line for what cannot be."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            header = reader.fieldnames or []
            time_column = _time_column(path, header)
            chosen = _chosen(path, header, columns)
            return _read(path, reader, time_column, chosen)
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(path, problem) from None


def read_header(path: Path) -> list[str]:
    """The names of the columns."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            return next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: Exception) -> UserError:
    return UserError(_ROOM, "{path} cannot be read: {problem}.", path=path, problem=problem)


def _time_column(path: Path, header: Iterable[str]) -> str:
    for name in header:
        if name.strip().lower() in _TIME_COLUMNS:
            return name
    raise UserError(
        _ROOM,
        "{path}: no column of times; its header is: {header}.",
        hint="Name it one of: {names}.",
        path=path,
        header=", ".join(header),
        names=", ".join(_TIME_COLUMNS),
    )


def _chosen(path: Path, header: list[str], columns: Iterable[Column]) -> list[Column]:
    chosen = list(columns)
    for column in chosen:
        if column.name not in header:
            raise UserError(
                _ROOM,
                "{path}: no column {name}.",
                hint="Its columns: {header}.",
                path=path,
                name=column.name,
                header=", ".join(header),
            )
    return chosen


def _read(path: Path, reader: csv.DictReader, time_column: str, columns: list[Column]) -> Series:
    series = Series([], [], {column.point: [] for column in columns})
    scored = [each for each in columns if each.name + _CORRECTED in (reader.fieldnames or [])]
    series.corrected = {column.point: [] for column in scored}
    first: datetime | None = None
    for row in reader:
        text = (row[time_column] or "").strip()
        try:
            moment = datetime.fromisoformat(text)
            first = first or moment
            seconds = (moment - first).total_seconds()
        except (ValueError, TypeError):
            raise _bad_time(path, reader.line_num, text, "is no ISO time") from None
        if series.seconds and seconds <= series.seconds[-1]:
            raise _bad_time(path, reader.line_num, text, "is not after the row before")
        series.times.append(text)
        series.seconds.append(seconds)
        for column in columns:
            series.values[column.point].append(_number(row[column.name]) * column.factor)
        for column in scored:
            corrected = _number(row[column.name + _CORRECTED])
            series.corrected[column.point].append(corrected * column.factor)
    if len(series.times) < 2:
        raise UserError(_ROOM, "{path}: fewer than two rows.", path=path)
    return series


def _bad_time(path: Path, line: int, text: str, reason: str) -> UserError:
    return UserError(
        _ROOM,
        "{path}:{line}: time {text} {reason}.",
        hint="Sort the file by time and remove doubled rows; times look like 2019-01-01 00:15.",
        path=path,
        line=line,
        text=text,
        reason=reason,
    )


def _number(text: str | None) -> float:
    try:
        number = float(text or "")
    except ValueError:
        return math.nan
    return math.nan if number in _NO_VALUE else number
