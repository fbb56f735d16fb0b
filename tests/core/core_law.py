"""What must hold in every scan, whatever happens: the safety properties of the control law.

Judged from outside: from inputs, polls, outputs and the plant, not from the core's own state,
except where the law itself speaks of the ruling rule and of the drive's latches.
"""

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed

_HOUR_MS = 3600000


class Judge:
    """One station from its start on. Times are the story's own, which never wrap."""

    def __init__(self, story):
        self.story = story
        self.permits_since = [-1 for _ in story.trip_fields]
        self.last_good_ms = [-1 for _ in story.trip_fields]
        self.off_since = {"open": -1, "close": -1}  # -1: not since the start
        self.on_since = {"open": -1, "close": -1}
        self.started_ms = story.passed_ms
        self.first_scan_ms = -1
        self.estop_ms = -1  # when it was last pressed and not yet reset
        self.healthy_scans = 0
        self.reset_before = 1
        self.shut_since = -1
        self.automatic_openings = []
        self.latched = [False for _ in story.trip_fields]
        self.first_out = codes.CAUSE_NONE

    def polled(self, point, raw):
        """One poll of a point: does it permit, by the limits of the story?"""
        for index in range(len(self.story.trip_fields)):
            trip = self.story.trip_fields[index]
            if trip["point"] != point:
                continue
            if not self._permits(trip, raw):
                self.permits_since[index] = -1
                continue
            if self.permits_since[index] < 0:
                self.permits_since[index] = self.story.passed_ms
            self.last_good_ms[index] = self.story.passed_ms

    def _permits(self, trip, raw):
        if raw is None or not fixed.is_number(raw):
            return False
        row = self.story.setup.points[trip["point"]]
        if raw in row.sentinels or not row.gross_min <= raw <= row.gross_max:
            return False
        if trip["side"] == layout.SIDE_ABOVE:
            return raw <= trip["limit"] - trip["deadband"]
        return raw >= trip["limit"] + trip["deadband"]

    def before(self):
        story = self.story
        for index in range(len(story.trip_fields)):
            if story.passed_ms - self.last_good_ms[index] >= 3000:  # its greatest age
                self.permits_since[index] = -1
        if self.first_scan_ms < 0:
            self.first_scan_ms = story.passed_ms

    def after(self):
        self._demand()
        self._relays()
        self._emergency_stop()
        self._opening()
        self._water_way()
        self._latches()
        self.reset_before = self.story.levels["reset"]

    def _edge(self):
        return self.story.levels["reset"] and not self.reset_before

    def _trip_edge(self):
        """A reset of the quality trips: at the panel, or from afar."""
        return self._edge() or self.story.inlet.remote.reset_edge

    def _is_on(self, name):
        story = self.story
        return name in story.setup.output_terminals and story.output(name)

    def _demand(self):
        """L4: a demand that cannot be obeyed is told in that scan, and the bypass opens."""
        story = self.story
        inlet, bypass = story.inlet, story.bypass
        told = inlet.alarms & codes.ALARM_UNMET
        if told:
            assert not story.station.healthy, "L4 healthy; " + story.text()
            first = bypass.rule in (codes.RULE_ESTOP, codes.RULE_FLOOD) or bypass.in_hand
            assert first or bypass.target == codes.TARGET_OPEN, "L4 bypass; " + story.text()
        if inlet.demand == codes.TARGET_HOLD:
            assert not told, "L4 nothing demanded; " + story.text()
            return
        there = "at_open" if inlet.demand == codes.TARGET_OPEN else "at_closed"
        away = not story.leaf.switch(there)
        toward = "open" if inlet.demand == codes.TARGET_OPEN else "close"
        in_hand = inlet.in_hand and not self._is_on(toward)
        if away and (story.station.stopped or in_hand):
            assert told, "L4; " + story.text()

    def _relays(self):
        """S1 and S2 of the inlet."""
        story = self.story
        drive = story.inlet.drive
        for name, other, forbidden in (
            ("open", "close", drive.forbids_opening),
            ("close", "open", drive.forbids_closing),
        ):
            if not self._is_on(name):
                if self.on_since[name] >= 0:
                    self.off_since[name] = story.passed_ms
                self.on_since[name] = -1
                continue
            assert not self._is_on(other), "both outputs; " + story.text()
            assert not story.leaf.switch("at_open" if name == "open" else "at_closed"), (
                "drives into a made switch; " + story.text()
            )
            assert not forbidden, "drives in a forbidden direction; " + story.text()
            if self.on_since[name] < 0:
                self.on_since[name] = story.passed_ms
                self._dead_time(name, other)
            driven_ms = story.passed_ms - self.on_since[name]
            assert driven_ms < story.gate_fields["travel_timeout_ms"], "S2; " + story.text()

    def _dead_time(self, name, other):
        dead_ms = max(self.story.gate_fields["reverse_dead_ms"], self.story.scan_ms)
        now_ms = self.story.passed_ms
        if self.off_since[name] < 0 and self.off_since[other] < 0:
            rested_ms = now_ms - self.first_scan_ms  # the first move since the start
        else:
            rested_ms = now_ms - max(self.off_since[other], self.first_scan_ms)
        assert rested_ms >= dead_ms, "dead time; " + self.story.text()

    def _emergency_stop(self):
        """S3."""
        story = self.story
        if not story.levels["estop"]:
            self.estop_ms = story.passed_ms
            self.healthy_scans = 0
        elif self.estop_ms >= 0:
            if self.healthy_scans == -1:
                self.estop_ms = -1  # reset in the last scan
            elif self._edge() and self.healthy_scans > 0:
                self.healthy_scans = -1
            else:
                self.healthy_scans += 1
        if self.estop_ms >= 0:
            names = story.setup.output_terminals
            drives = [name for name in names if name != "healthy" and story.output(name)]
            assert not drives, "S3; " + story.text()

    def _opening(self):
        """S4, S7 and L7, of the inlet's open relay."""
        story = self.story
        if not self._is_on("open"):
            return
        inlet = story.inlet
        starts = self.on_since["open"] == story.passed_ms
        if starts:
            story.opened.append((story.passed_ms, inlet.rule))
        if inlet.target == codes.TARGET_CLOSED:  # only the bounded back-off of a jam
            most_ms = min(story.gate_fields["backoff_ms"], story.gate_fields["travel_timeout_ms"])
            jammed = inlet.drive.fault == codes.CAUSE_JAM_CLOSING
            assert jammed or self._edge(), "S4; " + story.text()  # a reset ends it, next scan
            assert story.passed_ms - self.on_since["open"] <= most_ms, "S4; " + story.text()
            return
        assert inlet.target == codes.TARGET_OPEN, "S4; " + story.text()
        if inlet.rule == codes.RULE_FLOOD:
            return
        if inlet.rule == codes.RULE_LOCAL:  # while its button is held, and not the other one
            assert story.levels["local_open"] > story.levels["local_close"], "S4; " + story.text()
            return
        assert inlet.rule in (codes.RULE_REMOTE, codes.RULE_AUTOMATIC), "S4; " + story.text()
        if starts:
            self._automatic_opening()

    def _automatic_opening(self):
        story = self.story
        assert not self._trip_edge(), "S7; " + story.text()
        for since_ms in self.permits_since:
            held_ms = story.passed_ms - since_ms if since_ms >= 0 else -1
            assert held_ms >= story.gate_fields["reopen_hold_ms"], "S4 hold; " + story.text()
        recent = [one for one in self.automatic_openings if story.passed_ms - one < _HOUR_MS]
        assert len(recent) < story.gate_fields["openings_per_hour"], "L7; " + story.text()
        recent.append(story.passed_ms)
        self.automatic_openings = recent

    def _water_way(self):
        """S11: never both closed for longer than the bypass needs to open; and the coupling."""
        story = self.story
        # its own rules that come before its inlet's
        first = story.bypass.in_hand or story.bypass.rule == codes.RULE_FLOOD
        if story.inlet.target == codes.TARGET_CLOSED and not first:
            assert story.bypass.target == codes.TARGET_OPEN, "coupling; " + story.text()
        quiet = (
            story.inlet.drive.fault == codes.CAUSE_NONE
            and story.bypass.drive.fault == codes.CAUSE_NONE
            and not story.station.stopped
            and story.inlet.rule != codes.RULE_START
            and not first
            and not story.inlet.in_hand
            and not story.station.service.needs_reset  # moved by hand, and nobody has said more
        )
        if not quiet or story.leaf.at_ms or story.bypass_leaf.at_ms:
            self.shut_since = -1
        elif self.shut_since < 0:
            self.shut_since = story.passed_ms
        else:
            shut_ms = story.passed_ms - self.shut_since
            most_ms = story.bypass_fields["travel_ms"] + 2 * story.scan_ms
            assert shut_ms <= most_ms + story.bypass_fields["reverse_dead_ms"], (
                "S11; " + story.text()
            )

    def _latches(self):
        """S6: a latch clears by its own rule only; the first-out when nothing is latched."""
        story = self.story
        inlet = story.inlet
        for index in range(len(story.trip_fields)):
            trip, latched = story.trip_fields[index], inlet.trips[index].latched
            if self.latched[index] and not latched:
                since_ms = self.permits_since[index]
                assert since_ms >= 0, "S6; " + story.text()
                if trip["clears"] == layout.CLEARS_RESET_ONLY:
                    assert self._trip_edge(), "S6; " + story.text()
                else:
                    held_ms = story.passed_ms - since_ms
                    assert held_ms >= trip["clear_hold_ms"], "S6; " + story.text()
            self.latched[index] = latched
        anything = any(self.latched) or any(each.latched for each in inlet.contacts)
        anything = anything or story.station.stopped or inlet.drive.fault != codes.CAUSE_NONE
        if self.first_out != codes.CAUSE_NONE and inlet.first_out != self.first_out:
            # it was cleared with the last latch; another may have come in the same scan
            assert inlet.first_out == codes.CAUSE_NONE, "first-out; " + story.text()
        if not self._edge():  # a reset takes a drive's latches at the end of its scan
            assert (inlet.first_out != codes.CAUSE_NONE) == anything, "first-out; " + story.text()
        self.first_out = inlet.first_out
