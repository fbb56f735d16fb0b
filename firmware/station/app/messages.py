"""What the station says upwards, as JSON: see reedgate_contract.topics. Codes and names only."""

from reedgate_contract import codes, quantities, records
from reedgate_contract.compat import const

_PLACE = const(140)  # bytes of a point with all its keys, but for its name
_GATE = const(460)
_HEAD = const(640)  # what stands once in a message, topic included


def longest(setup):
    """A bound for the bytes of the longest message of this setup and its topic together."""
    names = [point.name for point in setup.points]
    names += [gate.name for gate in setup.station.gates]
    names += [flood.name for gate in setup.station.gates for flood in gate.floods]
    longest_name = max(len(name.encode()) for name in names)
    points = len(setup.points) * (_PLACE + longest_name)
    gates = len(setup.station.gates) * (_GATE + 3 * longest_name)
    return _HEAD + len(setup.site_id) + len(setup.station_id) + points + gates


def birth(setup, identity, uptime, journal):
    """identity: dict of firmware, micropython, board, boot, reset_cause, last_end."""
    points = []
    for point in setup.points:
        unit = quantities.unit_of(point.quantity)
        decimals = quantities.decimals_of(point.quantity)
        mark = ',"derived":true' if point.derived else ""
        points.append('"%s":{"unit":"%s","decimals":%d%s}' % (point.name, unit, decimals, mark))
    pairs = ['"%s":"%s"' % pair for pair in identity.items()]
    gates = ",".join(['"%s"' % gate.name for gate in setup.station.gates])
    floods = []
    for gate in setup.station.gates:
        if gate.floods:
            names = ",".join(['"%s"' % flood.name for flood in gate.floods])
            floods.append('"%s":[%s]' % (gate.name, names))
    streams = []
    for stream in journal.streams:
        name = records.STREAM_NAMES[stream.code]
        held = (name, stream.first_held, stream.next_seq)
        streams.append('"%s":{"first_held":%d,"next":%d}' % held)
    return (
        '{%s,"epoch":%d,"boot_n":%d,"config_hash":"%s","safety_hash":"%08x","uptime_ms":%s,"points":{%s},'
        '"gates":[%s],"floods":{%s},"journal":{%s}}'
        % (
            ",".join(pairs),
            journal.epoch,
            journal.boot_n,
            setup.hash,
            setup.safety_crc32,
            _uptime_text(uptime.seconds, uptime.rest_ms),
            ",".join(points),
            gates,
            ",".join(floods),
            ",".join(streams),
        )
    )


def live(setup, boot, n, uptime, journal, delivery):
    gates = []
    for gate in setup.station.gates:
        gates.append(
            '"%s":{"position":"%s","target":"%s","rule":"%s","cause":"%s","first_out":"%s",'
            '"fault":"%s","wait":"%s","wait_ms":%d,"alarms":[%s]}'
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
                ",".join(['"%s"' % alarm for alarm in codes.alarm_names(gate.alarms)]),
            )
        )
    return '{"boot":"%s","n":%d,"uptime_ms":%s,"backlog":{%s},"points":{%s},"gates":{%s}}' % (
        boot,
        n,
        _uptime_text(uptime.seconds, uptime.rest_ms),
        _backlog_text(journal, delivery),
        _points_text(setup, setup.readings),
        ",".join(gates),
    )


def cause_text(setup, gate, cause, of):
    """The cause's name and, where it has one, the name of what it is the cause of."""
    name = codes.CAUSE_NAMES[cause]
    if cause in codes.CAUSES_OF_POINT:
        return name + ": " + setup.points[of].name
    if cause == codes.CAUSE_FLOOD:
        return name + ": " + gate.floods[of].name
    if cause == codes.CAUSE_BYPASS_FOR:
        return name + ": " + setup.station.gates[of].name
    return name


def _backlog_text(journal, delivery):
    """What is not confirmed yet: how many records, and the age of the oldest, if known."""
    parts = []
    for stream in journal.streams:
        oldest_s = delivery.oldest_s(stream)
        parts.append(
            '"%s":{"count":%d,"oldest_s":%s}'
            % (
                records.STREAM_NAMES[stream.code],
                stream.unconfirmed() + stream.waiting,
                "null" if oldest_s is None else str(oldest_s),
            )
        )
    return ",".join(parts)


def _points_text(setup, rows):
    """rows: the table, with value, age_ms and quality of each point."""
    parts = []
    for number in range(len(setup.points)):
        point = setup.points[number]
        flag = rows.flag[number]
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
                codes.STATUS_NAMES[rows.status[number]],
                flag,
                codes.DETAIL_NAMES[rows.detail[number]],
                "null" if age < 0 else str(age),
            )
        )
    return ",".join(parts)


def _uptime_text(seconds, rest_ms):
    """Milliseconds as text: the number itself would not fit a small int after twelve days."""
    return "%d%03d" % (seconds, rest_ms) if seconds else str(rest_ms)
