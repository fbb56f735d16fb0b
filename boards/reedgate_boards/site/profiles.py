"""Instrument profiles: `instruments/*.toml`, one file for each kind of probe. Data, not code.

`verified` of a group: read in the maker's own document. `false`: from other people's code,
computed, or from memory; the source says which.
"""

import functools
import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from reedgate_boards.site.fields import Id, Number, Table, Text, Words, choice, refuse
from reedgate_boards.site.findings import Findings, SiteErrors
from reedgate_boards.site.golden import check_golden
from reedgate_boards.site.locator import instruments_dir
from reedgate_boards.site.source import ROOM, Source, read_source
from reedgate_boards.site.user_error import UserError
from reedgate_boards.site.validate import validate
from reedgate_contract.config import TYPE_NAMES
from reedgate_contract.quantities import QUANTITIES, RECKONED

_LARGEST = 2**30  # a small int of a 32-bit board
_WORDS_OF = {"i16": 1, "u16": 1}
_REGISTERS = 2**16
_LONGEST_PDU = 240  # with its fields it has room in an entry of the compiled configuration


def _bytes_of(value: object) -> bytes:
    try:
        return bytes.fromhex(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        refuse('must be bytes in hexadecimal, as "01 03 26 00".')


def _pdu_of(value: object) -> bytes:
    pdu = _bytes_of(value)
    if not 1 <= len(pdu) <= _LONGEST_PDU:
        refuse("must be 1 to {most} bytes: a function code and its data.", most=_LONGEST_PDU)
    return pdu


def _pattern(value: object) -> str:
    try:
        re.compile(value)  # type: ignore[call-overload]
    except (TypeError, re.error):
        refuse("must be a pattern, as Python's re takes it.")
    return value  # type: ignore[return-value]


Bytes = Annotated[bytes, BeforeValidator(_bytes_of)]
Pdu = Annotated[bytes, BeforeValidator(_pdu_of)]
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]


class Facts(Table):
    """A group of facts that share one source."""

    source: Words
    verified: bool


class Line(Facts):
    bauds: Annotated[list[int], Field(min_length=1)]
    parities: Annotated[list[choice("none", "even", "odd")], Field(min_length=1)]
    stop_bits: choice(1, 2)


class Read(Facts):
    function_code: choice(3, 4)
    address: Annotated[int, Field(ge=0, le=0xFFFF)]
    count: Annotated[int, Field(ge=1, le=125)]
    error_word: Annotated[int | None, Field(ge=0, le=124)] = None  # 0 in it: all is well


class FoundBy(Facts):
    """A read that it answers, for a maker who leaves unknown registers without an answer."""

    function_code: choice(3, 4)
    address: Annotated[int, Field(ge=0, le=0xFFFF)]
    count: Annotated[int, Field(ge=1, le=125)]


class Guard(Facts):
    """Registers that are read before each poll: if they hold anything else, none of it counts."""

    function_code: choice(3, 4)
    address: Annotated[int, Field(ge=0, le=0xFFFF)]
    words: Annotated[
        list[Annotated[int, Field(ge=0, le=0xFFFF)]], Field(min_length=1, max_length=100)
    ]

    @property
    def count(self) -> int:
        return len(self.words)


class Identity(FoundBy):
    """Registers that tell it from others: by exactly one of text, words and unit_id."""

    word: Annotated[int, Field(ge=0, le=124)] = 0  # where in the answer it begins
    text: Annotated[str, BeforeValidator(_pattern)] = (
        ""  # pattern at the beginning of what stands there as ASCII
    )
    words: list[Annotated[int, Field(ge=0, le=0xFFFF)]] = Field(default=[])
    unit_id: bool = False  # the register holds the unit id that was asked

    @model_validator(mode="after")
    def _one_form(self) -> "Identity":
        if bool(self.text) + bool(self.words) + self.unit_id != 1:
            refuse("needs exactly one of text, words and unit_id.")
        return self


class Reply(Facts):
    """Longest waits, from the end of the request."""

    turnaround_ms: Milliseconds  # until the first byte
    timeout_ms: Annotated[int, Field(ge=1, le=10_000)]  # until the last byte


class Start(Facts):
    """A request that is not a read; makers leave the standard here, so it is bytes."""

    pdu: Pdu
    reply_bytes: Annotated[int, Field(ge=5, le=255)]  # whole reply, with unit id and CRC


class Wipe(Start):
    """The request that makes it wipe itself."""

    takes_ms: Annotated[int, Field(ge=1, le=60_000)]  # until its readings are true again


class Timing(Facts):
    warm_up_ms: Milliseconds  # from power to the first answer
    stabilise_ms: Milliseconds  # from start to a true value
    measure_ms: Milliseconds  # the probe's own response
    awake_ms: Annotated[int | None, Field(ge=1)] = None  # asked less often, it gives old readings


class ProfilePoint(Facts):
    word: Annotated[int, Field(ge=0, le=124)]
    type: choice(*TYPE_NAMES)
    decimals: Annotated[int, Field(ge=0, le=6)]  # of the raw value
    num: Annotated[int, Field(ge=1, le=65535)] = 1
    den: Annotated[int, Field(ge=1, le=65535)] = 1
    range: Annotated[list[Number], Field(min_length=2, max_length=2)]  # in the quantity's unit
    error_word: Annotated[int | None, Field(ge=0, le=124)] = None  # 0 in it: this value counts
    why: str = ""
    saturates: bool = False  # above its range it still measures: suspect, at the range's end
    flat_s: Annotated[int | None, Field(ge=0, le=86_400)] = None  # None: as its quantity; 0: never


class Sentinel(Facts):
    value: Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
    generic: bool  # a value of many makers' and loggers' habit, not of this maker's document
    points: list[str] = Field(default=[])  # of these quantities only; empty: of all


class Golden(Facts):
    """A request and its reply, for the tests. `values` in the quantities' units."""

    unit_id: Annotated[int, Field(ge=1, le=247)]
    request: Bytes
    reply: Bytes | None = None
    values: dict[str, Number] = Field(default={})
    purpose: choice("read", "start", "stop", "brush", "other")


class Profile(Table):
    title: Text
    note: str = ""
    line: Line
    read: Read
    reply: Reply
    found_by: FoundBy | None = None  # none: it answers any read, be it by an exception
    identity: list[Identity] = Field(default=[])
    guards: list[Guard] = Field(default=[])
    start: Start | None = None
    wipe: Wipe | None = None
    timing: Timing
    points: Annotated[dict[Id, ProfilePoint], Field(min_length=1)]
    sentinels: list[Sentinel] = Field(default=[])
    golden: Annotated[list[Golden], Field(min_length=1)]


def profile_names() -> list[str]:
    return sorted(file.stem for file in instruments_dir().glob("*.toml"))


def load_profile(name: str) -> Profile:
    """Raises UserError that names the file and the key of each fault."""
    if name not in profile_names():
        raise UserError(
            ROOM,
            "There is no instrument profile {name}.",
            hint="Known profiles: {known}.",
            name=name,
            known=", ".join(profile_names()),
        )
    path = instruments_dir() / f"{name}.toml"
    return _read_profile(path, path.stat().st_mtime_ns)


@functools.lru_cache
def _read_profile(path: Path, _written_ns: int) -> Profile:
    """Once: each sensor, budget and judge asks for it. A file that is written is read again."""
    return parse_profile(read_source(path))


def parse_profile(source: Source) -> Profile:
    findings = Findings(source)
    profile = validate(Profile, findings).model
    if profile:
        _check_reads(findings, profile)
        for quantity, point in profile.points.items():
            _check_point(findings, profile, quantity, point)
        for number, sentinel in enumerate(profile.sentinels):
            _check_sentinel(findings, profile, number, sentinel)
        if not findings.errors:  # the frames are read by what was found good
            check_golden(findings, profile)
    if findings.errors:
        raise SiteErrors(findings.errors)
    return profile


def _check_reads(findings: Findings, profile: Profile) -> None:
    identities = [(("identity", n), each) for n, each in enumerate(profile.identity)]
    guards = [(("guards", n), each) for n, each in enumerate(profile.guards)]
    one = [(("read",), profile.read), (("found_by",), profile.found_by)]
    for path, read in [*one, *identities, *guards]:
        if read is not None and read.address + read.count > _REGISTERS:
            key = "words" if isinstance(read, Guard) else "count"
            findings.error((*path, key), "goes on behind register 0xFFFF, the last there is.")
    behind = [((*path, "word"), each, each.word) for path, each in identities]
    behind += [(("read", "error_word"), profile.read, profile.read.error_word or 0)]
    behind += [
        (("points", key, "error_word"), profile.read, each.error_word or 0)
        for key, each in profile.points.items()
    ]
    for path, read, word in behind:
        if word >= read.count:
            findings.error(path, "lies behind the last register that is read.")
    if profile.reply.turnaround_ms > profile.reply.timeout_ms:
        findings.error(
            ("reply", "turnaround_ms"),
            "must be at most timeout_ms: the first byte comes before the last.",
        )


def _check_sentinel(findings: Findings, profile: Profile, number: int, sentinel: Sentinel) -> None:
    path = ("sentinels", number)
    for quantity in sentinel.points:
        if quantity not in profile.points:
            known = ", ".join(profile.points)
            findings.error(
                (*path, "points"), "no such point. This profile has: {known}.", known=known
            )
    of = [
        it for key, it in profile.points.items() if not sentinel.points or key in sentinel.points
    ]
    decimals = max((each.decimals for each in of), default=0)
    if abs(sentinel.value) * 10**decimals >= _LARGEST:
        findings.error(
            (*path, "value"),
            "leaves the 30 bits a board can reckon with, so it is no value without a sentinel "
            "too. Remove it.",
        )


def _check_point(findings: Findings, profile: Profile, quantity: str, point: ProfilePoint) -> None:
    path = ("points", quantity)
    read = [key for key in QUANTITIES if key not in RECKONED]
    if quantity not in read:
        known = ", ".join(read)
        findings.error(path, "no quantity of this name. Known are: {known}.", known=known)
        return
    if point.word + _WORDS_OF.get(point.type, 2) > profile.read.count:
        findings.error((*path, "word"), "lies behind the last register that is read.")
    low, high = point.range
    if low >= high:
        findings.error((*path, "range"), "the lower end must be below the upper one.")
    largest = max(abs(low), abs(high)) * 10 ** QUANTITIES[quantity][2]
    if largest * point.den >= _LARGEST:
        findings.error(
            (*path, "range"), "with num and den it leaves the 30 bits a board can reckon with."
        )
