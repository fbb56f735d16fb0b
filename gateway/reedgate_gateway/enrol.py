"""Takes a station's key from its enrolment file into the gateway's data directory."""

from pathlib import Path

from reedgate_boards.site.enrolment import Enrolment, read_enrolment
from reedgate_boards.site.user_error import UserError
from reedgate_gateway.catalogue import Catalogue
from reedgate_gateway.data_dir import ROOM
from reedgate_gateway.keys import load_keys, store_key


def enrol(
    file: Path, catalogue: Catalogue, keys: Path, *, replace: bool
) -> tuple[Enrolment, bool]:
    """(what the file says, whether its key is new here).

    Raises UserError: no enrolment file, another site's, a station that the site file has not,
    another key than the one that is here.
    """
    enrolment = read_enrolment(file)
    if enrolment.site != catalogue.site:
        raise UserError(
            ROOM,
            "{file} is for the site {found}, and this gateway is for {wanted}.",
            hint="Enrol it at the gateway of its own site, or give that site's file by --site.",
            file=file,
            found=enrolment.site,
            wanted=catalogue.site,
        )
    station = enrolment.station
    if station not in catalogue.stations:
        raise UserError(
            ROOM,
            "{file} is for the station {station}, which the site file does not have: {known}.",
            hint="Give the gateway the site file that the station was provisioned from.",
            file=file,
            station=station,
            known=", ".join(catalogue.stations),
        )
    here = load_keys(keys, [station]).get(station)
    if here is not None:
        if here == enrolment.key:
            return enrolment, False
        if not replace:
            raise UserError(
                ROOM,
                "{station} is enrolled here with another key.",
                hint="If its board was replaced or its key drawn anew, give --replace too.",
                station=station,
            )
    store_key(keys, station, enrolment.key)
    return enrolment, True
