"""The month, for what depends on the season, from the gateway's clock."""

from reedgate_contract.compat import const

_DAY_S = const(86400)
_DAYS_OF_400_YEARS = const(146097)
_TO_MARCH_OF_0 = const(719468)  # days from 0000-03-01 to 1970-01-01


def month_of(unix_s):
    """1 to 12, in UTC, by the civil calendar."""
    day = (unix_s // _DAY_S + _TO_MARCH_OF_0) % _DAYS_OF_400_YEARS
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    of_year = day - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    return march + 3 if march < 10 else march - 9


class Season:
    """Tells the month to every gate that has a load."""

    def __init__(self, station):
        self._loads = []
        for gate in station.inlets:
            if gate.cap is not None and gate.cap.load is not None:
                self._loads.append(gate.cap.load)

    def tell(self, unix_s):
        for load in self._loads:
            load.tell_month(month_of(unix_s))
