"""What water may be used for: `uses/*.toml`, one file for each kind of use. Data, not code.

`verified`: read in the standard itself. `false`: from a transcription; the source says which.
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field

from reedgate_boards.site.fields import Number, Table, Text, Words
from reedgate_boards.site.findings import Findings, SiteErrors
from reedgate_boards.site.source import read_source
from reedgate_boards.site.validate import validate
from reedgate_contract.quantities import QUANTITIES

_USES = Path(__file__).parent / "uses"


class UseLimit(Table):
    above: Number | None = None
    below: Number | None = None
    deadband: Annotated[Number, Field(gt=0)]

    @property
    def limit(self) -> Decimal:
        return self.above if self.above is not None else self.below


class UseProfile(Table):
    title: Text
    standard: Words
    row: Words
    year: int
    source: Words
    verified: bool
    limits: Annotated[dict[str, UseLimit], Field(min_length=1)]


def use_names() -> list[str]:
    return sorted(file.stem for file in _USES.glob("*.toml"))


def load_use(name: str) -> UseProfile:
    """name: one of use_names(). Raises SiteErrors for a file that is wrong."""
    findings = Findings(read_source(_USES / f"{name}.toml"))
    profile = validate(UseProfile, findings).model
    for quantity, limit in (profile.limits if profile else {}).items():
        path = ("limits", quantity)
        if quantity not in QUANTITIES:
            findings.error(
                path, "no quantity of this name. Known are: {known}.", known=", ".join(QUANTITIES)
            )
        if (limit.above is None) == (limit.below is None):
            findings.error(path, "must have either `above` or `below`.")
    if findings.errors:
        raise SiteErrors(findings.errors)
    return profile
