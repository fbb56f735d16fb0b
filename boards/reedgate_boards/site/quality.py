"""Thresholds of the tests of quality: `quality.toml` beside this file."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import Id, Number, Table
from reedgate_boards.site.findings import Findings, SiteErrors
from reedgate_boards.site.profiles import Facts
from reedgate_boards.site.source import read_source
from reedgate_boards.site.validate import validate

_Threshold = Annotated[Number, Field(gt=0)]
_Seconds = Annotated[int, Field(ge=0, le=86_400)]


class Thresholds(Facts):
    """In the quantity's unit. flat_s 0: a line may be flat."""

    rate_per_min: _Threshold
    rate_over_s: _Seconds
    spike: _Threshold
    flat_s: _Seconds
    flat_polls: Annotated[int, Field(ge=0, le=254)]
    erratic: _Threshold | None = None  # None: whether it is erratic cannot be told
    quiet: _Threshold | None = None  # None: it is no witness of a change of the water


class Doubted(Facts):
    apart_s: _Seconds
    memory_s: Annotated[int, Field(gt=0, le=500_000)]  # ticks tell no more than six days
    window_s: _Seconds


class QualityFile(Table):
    doubt: Doubted
    quantity: dict[Id, Thresholds]


@cache
def quality() -> QualityFile:
    """Raises SiteErrors for a file that does not hold."""
    findings = Findings(read_source(Path(__file__).with_suffix(".toml")))
    file = validate(QualityFile, findings).model
    if findings.errors or file is None:
        raise SiteErrors(findings.errors)
    return file
