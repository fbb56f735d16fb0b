"""The mailbox when the judging of a message fails."""

from reedgate_contract import registers
from station.app.mailbox import Mailbox

TAKEN, REFUSED = 0, 4


class Judge:
    """In place of a Downlink: as it is told."""

    counter = refused = 0

    def __init__(self):
        self.result = TAKEN
        self.taken = []

    def take_unaddressed(self, message):
        if self.result is None:
            raise MemoryError
        self.taken.append(message)
        return self.result


def posted(mailbox, text, ticket):
    """Letter and commit; gives (ticket, result) as they are read back."""
    mailbox.write(registers.LENGTH_AT, 1, bytes((0, len(text))), 0)
    mailbox.write(registers.MESSAGE_AT, (len(text) + 1) // 2, text + b"\0", 0)
    assert mailbox.write(registers.COMMIT_AT, 1, bytes((0, ticket)), 0) == 0
    into = bytearray(4)
    assert mailbox.copy(registers.ANSWER_AT, 2, into, 0)
    return into[1], into[3]


def test_the_same_ticket_is_the_same_commit():
    judge = Judge()
    mailbox = Mailbox(judge)
    judge.result = REFUSED
    assert posted(mailbox, b"abc", 5) == (5, REFUSED)
    judge.result = TAKEN
    assert posted(mailbox, b"abc", 5) == (5, REFUSED)
    assert posted(mailbox, b"abcd", 6) == (6, TAKEN)
    assert judge.taken == [b"abc", b"abcd"]


def test_a_letter_whose_judging_failed_is_not_told_as_taken():
    """Memory was short: the master asks again with the same ticket, and it is judged then."""
    judge = Judge()
    mailbox = Mailbox(judge)
    assert posted(mailbox, b"abc", 5) == (5, TAKEN)
    judge.result = None
    try:
        posted(mailbox, b"abcd", 6)
        failed = False
    except MemoryError:
        failed = True
    assert failed
    judge.result = REFUSED
    assert posted(mailbox, b"abcd", 6) == (6, REFUSED)
