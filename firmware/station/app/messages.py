"""What the station says upwards, as JSON: see reedgate_contract.topics. Codes and names only."""

from reedgate_contract import codes, quantities
from reedgate_contract.compat import const
from station.app.recorder import WHAT_NAMES
from station.core.drive import DRIVE_NAMES

_PLACE = const(140)  # bytes of a point with all its keys, but for its name
_GATE = const(320)
_HEAD = const(512)  # what stands once in a message, topic included


def longest(setup):
    """A bound for the bytes of the longest message of this setup and its topic together."""
    names = [point.name for point in setup.points]
    names += [gate.name for gate in setup.station.gates]
    names += [flood.name for gate in setup.station.gates for flood in gate.floods]
    longest_name = max(len(name.encode()) for name in names)
    points = len(setup.points) * (_PLACE + longest_name)
    gates = len(setup.station.gates) * (_GATE + 3 * longest_name)
    return _HEAD + len(setup.site_id) + len(setup.station_id) + points + gates


def birth(setup, identity, uptime):
    """identity: dict of firmware, micropython, board, boot, reset_cause."""
    points = []
    for point in setup.points:
        unit = quantities.unit_of(point.quantity)
        decimals = quantities.decimals_of(point.quantity)
        points.append('"%s":{"unit":"%s","decimals":%d}' % (point.name, unit, decimals))
    pairs = ['"%s":"%s"' % pair for pair in identity.items()]
    gates = ",".join(['"%s"' % gate.name for gate in setup.station.gates])
    return '{%s,"config_hash":"%s","uptime_ms":%s,"points":{%s},"gates":[%s]}' % (
        ",".join(pairs),
        setup.hash,
        _uptime_text(uptime.seconds, uptime.rest_ms),
        ",".join(points),
        gates,
    )


def live(setup, boot, n, now_ms, uptime):
    gates = []
    for gate in setup.station.gates:
        gates.append(
            '"%s":{"position":"%s","target":"%s","rule":"%s","cause":"%s","first_out":"%s",'
            '"fault":"%s","wait":"%s","wait_ms":%d}'
            % (
                gate.name,
                codes.POSITION_NAMES[gate.drive.position],
                codes.TARGET_NAMES[gate.target],
                codes.RULE_NAMES[gate.rule],
                cause_text(setup, gate, gate.cause, gate.cause_of),
                cause_text(setup, gate, gate.first_out, gate.first_out_of),
                codes.CAUSE_NAMES[gate.drive.fault],
                codes.WAIT_NAMES[gate.wait],
                gate.wait_ms,
            )
        )
    return '{"boot":"%s","n":%d,"uptime_ms":%s,"points":{%s},"gates":{%s}}' % (
        boot,
        n,
        _uptime_text(uptime.seconds, uptime.rest_ms),
        _points_text(setup, setup.readings),
        ",".join(gates),
    )


def transition(setup, boot, row):
    gate = setup.station.gates[row.gate]
    return (
        '{"boot":"%s","n":%d,"uptime_ms":%s,"gate":"%s","what":"%s","rule":"%s","target":"%s",'
        '"cause":"%s","first_out":"%s","fault":"%s","position":"%s","drive":"%s","points":{%s}}'
        % (
            boot,
            row.n,
            _uptime_text(row.uptime_s, row.uptime_ms),
            gate.name,
            WHAT_NAMES[row.what],
            codes.RULE_NAMES[row.rule],
            codes.TARGET_NAMES[row.target],
            cause_text(setup, gate, row.cause, row.cause_of),
            cause_text(setup, gate, row.first_out, row.first_out_of),
            codes.CAUSE_NAMES[row.fault],
            codes.POSITION_NAMES[row.position],
            DRIVE_NAMES[row.drive],
            _points_text(setup, row),
        )
    )


def cause_text(setup, gate, cause, of):
    """The cause's name and, where it has one, the name of what it is the cause of."""
    name = codes.CAUSE_NAMES[cause]
    if cause in (codes.CAUSE_QUALITY, codes.CAUSE_LOST, codes.CAUSE_NEVER_GOOD):
        return name + ": " + setup.points[of].name
    if cause == codes.CAUSE_FLOOD:
        return name + ": " + gate.floods[of].name
    if cause == codes.CAUSE_BYPASS_FOR:
        return name + ": " + setup.station.gates[of].name
    return name


def _points_text(setup, rows):
    """rows: the table or a noted row, with value, age_ms and quality of each point."""
    parts = []
    for number in range(len(setup.points)):
        point = setup.points[number]
        flag = rows.flag_of(number)
        value = "null"  # never zero, never the last one, where there is none
        if flag == codes.FLAG_GOOD or flag == codes.FLAG_SUSPECT:
            decimals = quantities.decimals_of(point.quantity)
            value = quantities.text_of(rows.value[number], decimals)
        age = rows.age_ms[number]
        parts.append(
            '"%s":{"value":%s,"status":"%s","flag":%d,"detail":"%s","age_ms":%s}'
            % (
                point.name,
                value,
                codes.STATUS_NAMES[rows.status_of(number)],
                flag,
                codes.DETAIL_NAMES[rows.detail_of(number)],
                "null" if age < 0 else str(age),
            )
        )
    return ",".join(parts)


def _uptime_text(seconds, rest_ms):
    """Milliseconds as text: the number itself would not fit a small int after twelve days."""
    return "%d%03d" % (seconds, rest_ms) if seconds else str(rest_ms)
