"""Contacts of rule 5: the emergency-close button and the upstream plant's alarm."""


class TripContact:
    """Closed when all is well. Open, or with a broken wire, it latches at once; only a reset edge
    while it is closed clears it.
    """

    def __init__(self, terminal, cause):
        self.cause = cause
        self.open = False
        self.latched = False
        self._terminal = terminal  # index into the inputs

    def scan(self, inputs, reset_edge):
        self.open = inputs[self._terminal] == 0
        if self.open:
            self.latched = True
        elif reset_edge:
            self.latched = False
