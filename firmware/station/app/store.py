"""What has to be on flash, and what comes next to get there: one step at a time."""

from reedgate_contract.compat import const
from station.console import say, say_exception

_COPIES = const(2)  # one flipped bit must not bring back latches of an earlier time


class Store:
    """Latches, journal and the batch made of it. A full flash is told once, and lived with."""

    def __init__(self, latches, twin, journal, delivery, trial=None, totals=None):
        """twin: of the latches. delivery: None without an uplink. totals: (Totals, its twin).

        trial, totals: None in safe mode.
        """
        self._latches = latches
        self._twin = twin
        self._journal = journal
        self._delivery = delivery
        self._trial = trial
        self._totals, self._totals_twin = totals or (None, None)
        self._copies = 0  # of the latches on flash, as they are: a start is counted in them
        self.failed = 0  # steps that the flash refused
        self._failing = False  # the last step was one of them
        self._latches_refused = False
        self._trial_refused = False

    def note(self):
        """Once a scan, after the decision."""
        if self._latches.look():
            self._copies = 0
        if self._totals is not None:
            self._totals.look()

    def due(self):
        """Whether a step of the flash is due now; readings have a pace of their own."""
        if self._copies < _COPIES or self._journal.events.waiting:
            return True
        if self._journal.wants_room() or (self._trial is not None and self._trial.due):
            return True
        if self._totals is not None and self._totals.due:
            return True
        return self._delivery is not None and self._delivery.wants_to_prepare()

    def readings_waiting(self):
        return self._journal.readings.waiting

    def urgent_step(self):
        """What comes before the readings; False when nothing does.

        Latches that the flash has just refused let the rest pass once before they try again.
        """
        refused = self._latches_refused
        self._latches_refused = False
        if not self._copies and not refused:
            self._try_latches()
        elif self._journal.events.waiting:
            self._try(self._flush_events)
        elif self._copies < _COPIES and not refused:
            self._try_latches()
        else:
            return False
        return True

    def _try_latches(self):
        copies = self._copies
        self._try(self._keep_latches)
        self._latches_refused = self._copies == copies

    def further_step(self):
        """What comes after them. A trial that the flash refuses does not hold back delivery."""
        refused = self._trial_refused
        self._trial_refused = False
        if self._journal.wants_room():
            self._try(self._journal.make_room)
        elif self._trial is not None and self._trial.due and not refused:
            self._try(self._trial.step)
            self._trial_refused = self._failing
        elif self._totals is not None and self._totals.due:
            self._try(self._keep_totals)
        elif self._delivery is not None and self._delivery.wants_to_prepare():
            self._try(self._seal_batch)

    def flush_readings(self):
        self._try(self._flush_readings)

    def _keep_latches(self):
        self._journal.keep(self._twin, self._latches.content)
        self._copies += 1  # only now: what is not on flash stays due

    def _keep_totals(self):
        content = self._totals.content()
        self._journal.keep(self._totals_twin, content)
        self._totals.kept(content)

    def _flush_events(self):
        self._journal.flush(self._journal.events)

    def _flush_readings(self):
        self._journal.flush(self._journal.readings)

    def _seal_batch(self):
        if not self._journal.keep_cursor():
            self._delivery.prepare()

    def _try(self, step):
        try:
            step()
            self._failing = False
        except (OSError, MemoryError) as problem:  # a batch can wait, a scan cannot
            self.failed += 1
            if not self._failing:
                self._failing = True
                say("the flash refuses to be written:")
                say_exception(problem)
