"""A line on the console bypasses a measurement at every gate that looks at it, or at none."""

from station.app import commands
from station.core import bypassed
from station.core.bypassed import MeasurementBypass

MINUTE_MS = 60000


class Named:
    def __init__(self, name):
        self.name = name


class Readings:
    def __init__(self, names):
        self.points = [Named(name) for name in names]

    def serve(self, point, masked):
        pass


class Limit:
    is_read = True
    lost = False

    def __init__(self, point):
        self.point = point
        self.bypassed = False

    def bypass(self, masked):
        self.bypassed = masked


class Gate:
    def __init__(self, readings, points, flood_points):
        self.limits = [Limit(point) for point in points]
        self.measurement = MeasurementBypass(readings, self.limits, flood_points)

    def masked(self):
        return [limit.point for limit in self.limits if limit.bypassed]


class World:
    """Two gates that look at oxygen; the second at nothing else when it is alone with it."""

    def __init__(self, second=(1, 2)):
        self.readings = Readings(["turbidity_ntu", "oxygen_mg_l", "ec25_us_cm", "stage_mm"])
        self.gates = [Gate(self.readings, points, (3,)) for points in ((0, 1), second)]
        self.station = self
        self.now = 1000
        self.said = []

    def type(self, line):
        commands.say, before = self._say, commands.say
        try:
            commands.obey(line, self.now, self)
        finally:
            commands.say = before
        said, self.said = self.said, []
        return said[0] if said else None

    def _say(self, *words):
        self.said.append(" ".join(words))

    def masked(self):
        return [gate.masked() for gate in self.gates]


def test_it_is_bypassed_at_each_gate_that_looks_at_it_and_for_its_time():
    world = World()
    assert world.type(b"bypass oxygen_mg_l 1800") == "bypass set"
    assert world.masked() == [[1], [1]]
    for gate in world.gates:
        assert gate.measurement.scan(world.now + 30 * MINUTE_MS - 1)
        assert not gate.measurement.scan(world.now + 30 * MINUTE_MS)
    assert world.masked() == [[], []]


def test_one_gate_that_refuses_leaves_all_as_they_were():
    world = World(second=(1,))
    assert world.type(b"bypass oxygen_mg_l 60") == "bypass the_last"
    assert world.masked() == [[], []]


def test_each_refusal_has_its_word():
    world = World()
    assert world.type(b"bypass stage_mm 60") == "bypass of_a_flood"
    assert world.type(b"bypass nothing 60") == "bypass no_such_measurement"
    assert world.type(b"bypass oxygen_mg_l 3601") == "bypass too_long"
    assert world.type(b"bypass oxygen_mg_l 0") == "bypass too_long"
    assert world.type(b"bypass oxygen_mg_l -5") == "bypass too_long"
    assert world.type(b"bypass oxygen_mg_l 99999999999") == "bypass too_long"
    assert world.masked() == [[], []]
    assert world.type(b"bypass turbidity_ntu 60") == "bypass set"
    assert world.type(b"bypass oxygen_mg_l 60") == "bypass one_is_set"
    assert world.masked() == [[0], []]


def test_it_is_ended_by_a_line():
    world = World()
    world.type(b"bypass oxygen_mg_l 60")
    assert world.type(b"bypass end") == "bypass ended"
    assert world.masked() == [[], []]


def test_any_other_line_is_nothing():
    world = World()
    for line in (b"", b" ", b"bypass", b"open", b"bypass a", b"bypass a b c d", b"\xff\xfe 3"):
        assert world.type(line) is None
    assert world.masked() == [[], []]


def test_the_words_are_in_the_order_of_the_codes():
    for word, code in (("set", bypassed.SET), ("too_long", bypassed.TOO_LONG)):
        assert commands.ANSWERS[code] == word
    assert commands.ANSWERS[bypassed.ONE_IS_SET] == "one_is_set"
    assert commands.ANSWERS[bypassed.OF_A_FLOOD] == "of_a_flood"
    assert commands.ANSWERS[bypassed.THE_LAST] == "the_last"
