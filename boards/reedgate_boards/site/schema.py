"""The site file: its root, and the tables that are not a station's. Attributes are TOML keys."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from reedgate_boards.site.fields import (
    Address,
    Id,
    Listen,
    Table,
    Text,
    Timezone,
    TopicId,
    TopicPrefix,
    choice,
    default,
    needed,
)
from reedgate_boards.site.schema_station import Station

_SOMETHING = {"zh": "?", "en": "?"}


class About(Table):
    id: TopicId = needed("x")
    name: Text = needed(_SOMETHING)
    timezone: Timezone = needed("UTC")
    language: choice("zh", "en") = needed("en")


class Source(Table):
    """Where an inlet's water comes from. An inlet takes none that is not approved."""

    name: Text = needed(_SOMETHING)
    approved: bool = needed(True)
    toxic_industrial: bool = needed(False)


def _is_broker_address(value: Any) -> bool:
    return str(value).startswith(("mqtt://", "mqtts://"))


class Upstream(Table):
    """Where the gateway passes the record on to. Keys of the kinds to come are `later`."""

    later: ClassVar[frozenset[str]] = frozenset(
        {"edition", "st", "mn", "password", "realtime_s", "points", "listen"}
    )

    kind: choice("mqtt", later=("hj212", "modbus_tcp_server")) = needed("mqtt")
    address: Address = needed("127.0.0.1:1883")
    prefix: TopicPrefix = default("reedgate", "the topics there begin with it, then the site's id")


class Gateway(Table):
    later: ClassVar[frozenset[str]] = frozenset({"keep_readings_d"})

    listen: Listen = default("127.0.0.1:8080", "seen from this machine only, until somebody asks")
    public_page: choice(True, later=(False,)) = default(True, "the page shows and never acts")
    broker: choice("embedded", later_form=_is_broker_address) = default(
        "embedded", "nothing to install"
    )
    upstreams: dict[Id, Upstream] = default({}, "the record ends here, until somebody asks for it")


class Site(Table):
    format: choice(1) = needed(1)
    site: About = needed({"id": "x", "name": _SOMETHING, "timezone": "UTC", "language": "en"})
    sources: dict[Id, Source] = default({}, "a site without inlets needs none")
    stations: Annotated[dict[TopicId, Station], Field(min_length=1, max_length=32)]
    gateway: Gateway = default(Gateway(), "every key of it has a default")
