"""The kinds of value that a site file holds, each judged alone.

No rule that needs a second key, a board or an instrument: those are in `rules_*.py`.
"""

import datetime
import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

OWN_RULE = "reedgate"  # the type of an error whose ctx["message"] is a sentence of ours
_LARGEST = Decimal(10**9)  # in small units far beyond what a board can hold; keeps arithmetic sane


def refuse(message: str, **values: object) -> NoReturn:
    """End the validation of one value with a sentence of the catalogue."""
    raise PydanticCustomError(OWN_RULE, "{message}", {"message": message, "values": values})


class Table(BaseModel):
    """One table of the site file. `later`: keys whose rules come in a later version."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    later: ClassVar[frozenset[str]] = frozenset()


def default(value: Any, reason: str, **bounds: Any) -> Any:
    """A field that may be left out; `reason` is shown by `site check --explain`."""
    return Field(default=value, json_schema_extra={"reason": reason}, **bounds)


def optional(**bounds: Any) -> Any:
    """A field that may be absent; nothing takes its place."""
    return Field(default=None, **bounds)


def needed(stand_in: Any) -> Any:
    """A required field. `stand_in` takes its place after it was reported, so that the rules of
    the rest of its table still run; it must be a value that no other rule objects to."""
    return Field(json_schema_extra={"stand_in": stand_in})


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        refuse("must be a number.")
    if isinstance(value, Decimal) and not value.is_finite():
        refuse("must be a finite number.")
    if abs(value) > _LARGEST:
        refuse("is out of any range that a station can use.")
    return Decimal(value)


Number = Annotated[Decimal, BeforeValidator(_number)]
Seconds = Annotated[Decimal, BeforeValidator(_number), Field(decimal_places=3)]


def choice(
    *values: Any, later: tuple = (), later_form: Callable[[Any], bool] | None = None
) -> Any:
    """One of `values`. `later`, `later_form`: known to the design, its rule is not built yet."""

    def chosen(value: Any) -> Any:
        if any(type(value) is type(known) and value == known for known in values):
            return value
        known = ", ".join(str(known).lower() for known in values)
        if value in later or (later_form and later_form(value)):
            refuse("not built yet in this version. Built are: {known}.", known=known)
        refuse("must be one of: {known}.", known=known)

    return Annotated[Any, BeforeValidator(chosen)]


def _text_matching(pattern: str, message: str) -> Any:
    form = re.compile(pattern)

    def matching(value: Any) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            refuse(message)
        return value

    return Annotated[str, BeforeValidator(matching)]


TopicId = _text_matching(
    "[a-z0-9-]{1,16}",
    "stands in topics and file names: use 1 to 16 of a-z, 0-9 and -.",
)
Id = _text_matching("[a-z][a-z0-9_-]{0,31}", "is an id: use a-z, 0-9, _ and -, a letter first.")
PointName = _text_matching(
    "[a-z][a-z0-9_]{0,31}", "is a point's name: use a-z, 0-9 and _, a letter first, at most 32."
)
TopicPrefix = _text_matching(
    "[A-Za-z0-9_-]{1,32}(/[A-Za-z0-9_-]{1,32}){0,5}",
    "begins topics: use A-Z, a-z, 0-9, _ and -, in at most 6 levels divided by /.",
)
Words = _text_matching(r"(?s).*\S.*", "must not be empty. Say it in words.")


class Text(Table):
    """What people read, in both languages."""

    zh: Words
    en: Words


def _is_address_and_port(value: Any, least_port: int) -> bool:
    address, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return re.fullmatch("[0-9]{1,5}", port) is not None and least_port <= int(port) <= 65535


def _broker(value: Any) -> str:
    if not _is_address_and_port(value, 1):
        refuse(
            "must be an IPv4 address and a port, as 192.168.10.2:1883: a board looks up no names."
        )
    return value


Broker = Annotated[str, BeforeValidator(_broker)]


def _serial_line(value: Any) -> str:
    device = isinstance(value, str) and re.fullmatch(r"/dev/[\w./-]{1,64}|COM[0-9]{1,3}", value)
    if not device and not _is_address_and_port(value, 1):
        refuse(
            "must be a serial port of the gateway, as /dev/ttyUSB0, or the IPv4 address and port "
            "of a serial device server, as 192.168.10.7:4001."
        )
    return value


SerialLine = Annotated[str, BeforeValidator(_serial_line)]


def _listen(value: Any) -> str:
    if not _is_address_and_port(value, 0):
        refuse("must be an IPv4 address and a port of this machine, as 0.0.0.0:8080.")
    return value


Listen = Annotated[str, BeforeValidator(_listen)]


def _address(value: Any) -> str:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    named = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", host)
    if named is None or not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        refuse("must be a host name or IPv4 address and a port, as 10.1.2.3:1883.")
    return value


Address = Annotated[str, BeforeValidator(_address)]


def _timezone(value: Any) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, TypeError, OSError, zoneinfo.ZoneInfoNotFoundError):
        refuse("is no time zone. Use a name of the IANA list, as Asia/Shanghai.")
    return value


Timezone = Annotated[str, BeforeValidator(_timezone)]


def _day(value: Any) -> datetime.date:
    if type(value) is not datetime.date or value.year < 2000:  # a datetime is a date, too
        refuse("must be a date without quotes, as 2026-03-01.")
    return value


Day = Annotated[datetime.date, BeforeValidator(_day)]


def _secret(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("secret:[A-Za-z0-9_-]+", value):
        refuse('must be "secret:NAME". Put the value itself into secrets.toml beside this file.')
    return value


SecretName = Annotated[str, BeforeValidator(_secret)]


def milliseconds(seconds: Decimal | int) -> int:
    """Exact: the schema allows no more than three decimals of a second."""
    return int(seconds * 1000)
