"""What has flowed through a gate, on flash: twice, never falling, whatever the configuration."""

from station.app.season import Season, month_of
from station.app.totals import Totals
from station.core.load import UNKNOWN


class Load:
    """As core/load.py has it, as far as it is kept."""

    def __init__(self):
        self.total_m3 = self.kept_m3 = self.rest_dal = self.day_dal = 0
        self.hours_dal = [0] * 24
        self.month = 0
        self.flow_cl = UNKNOWN

    def restore(self, total_m3, rest_dal, hours_dal):
        self.total_m3 = self.kept_m3 = total_m3
        self.rest_dal = rest_dal
        self.hours_dal = list(hours_dal)

    def tell_month(self, month):
        self.month = month

    def flows(self, m3):
        self.total_m3 += m3
        self.hours_dal[23] += m3 * 100
        self.day_dal += m3 * 100


class Cap:
    def __init__(self):
        self.load = Load()


class Gate:
    def __init__(self, name):
        self.name = name
        self.cap = Cap()


class Station:
    def __init__(self, *names):
        self.inlets = [Gate(name) for name in names]
        self.inlets.append(Gate("without"))
        self.inlets[-1].cap = None

    def load(self, number):
        return self.inlets[number].cap.load


class Uptime:
    seconds = 0


def kept(totals, uptime, later_s=900):
    """A quarter of an hour passes; what was written, as often as it was due."""
    uptime.seconds += later_s
    totals.look()
    written = []
    while totals.due:
        written.append(totals.content())
        totals.kept(written[-1])
    return written


def test_it_is_kept_twice_when_something_has_flowed_and_told_only_then():
    station, uptime = Station("main"), Uptime()
    totals = Totals(station, uptime)
    assert kept(totals, uptime) == []
    station.load(0).flows(7)
    assert station.load(0).kept_m3 == 0
    assert len(kept(totals, uptime)) == 2
    assert station.load(0).kept_m3 == 7
    station.load(0).flows(1)
    assert kept(totals, uptime, later_s=800) == []
    assert station.load(0).kept_m3 == 7
    assert kept(totals, uptime, later_s=100)[0]


def test_another_start_goes_on_with_it():
    station, uptime = Station("main", "side"), Uptime()
    totals = Totals(station, uptime)
    station.load(0).flows(5)
    station.load(1).flows(9)
    (content, _) = kept(totals, uptime)
    again = Station("side", "other", "main")  # and with another configuration
    Totals(again, Uptime()).restore(content)
    assert [again.load(number).kept_m3 for number in range(3)] == [9, 0, 5]
    assert again.load(0).hours_dal[23] == 900


def test_a_configuration_without_the_gate_keeps_what_it_was():
    station, uptime = Station("main", "side"), Uptime()
    totals = Totals(station, uptime)
    station.load(0).flows(5)
    station.load(1).flows(9)
    (content, _) = kept(totals, uptime)
    other, uptime = Station("side"), Uptime()
    totals = Totals(other, uptime)
    totals.restore(content)
    other.load(0).flows(1)
    (content, _) = kept(totals, uptime)
    back = Station("main", "side")
    Totals(back, Uptime()).restore(content)
    assert [back.load(number).kept_m3 for number in range(2)] == [5, 10]
    assert back.load(0).hours_dal[23] == 500


def test_without_a_record_it_begins_at_nothing():
    station = Station("main")
    Totals(station, Uptime()).restore(None)
    assert station.load(0).total_m3 == 0


def test_the_month_by_the_civil_calendar():
    known = {0: 1, 951782399: 2, 951868799: 2, 951868800: 3, 1735689599: 12, 1795910400: 11}
    for unix_s, month in known.items():
        assert month_of(unix_s) == month, unix_s
    station = Station("main")
    Season(station).tell(1735689599)
    assert station.load(0).month == 12
