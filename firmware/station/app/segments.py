"""The segments of one stream that are on flash, oldest first: sixteen bytes of memory for each.

A full journal has sixty of them, a life of restarts hundreds. Only a look at one is an object.
"""

from array import array

from reedgate_contract.compat import const

_WORDS = const(4)  # number, boot_n, first_seq, twice the count and 1 when it is lost
_FIRST_SEQ = const(2)
_COUNT = const(3)
_NONE = array("I")


class Segment:
    """One file, as it was when it was looked at."""

    def __init__(self, words, at):
        self.number = words[at]  # 0: no file, but records that ought to be there
        self.boot_n = words[at + 1]
        self.first_seq = words[at + _FIRST_SEQ]
        self.count = words[at + _COUNT] >> 1
        self.lost = bool(words[at + _COUNT] & 1)  # its header is damaged, or there is no file


class Segments:
    """What asks for one thing by its index allocates nothing, as long as seq are below 2**30."""

    def __init__(self):
        self._words = array("I")

    def __len__(self):
        return len(self._words) // _WORDS

    def __getitem__(self, index):
        return Segment(self._words, index * _WORDS)

    def number_of(self, index):
        return self._words[index * _WORDS]

    def first_seq_of(self, index):
        return self._words[index * _WORDS + _FIRST_SEQ]

    def count_of(self, index):
        return self._words[index * _WORDS + _COUNT] >> 1

    def append(self, number, boot_n, first_seq, count):
        is_lost = 0 if number else 1
        self._words.extend(array("I", (number, boot_n, first_seq, count << 1 | is_lost)))

    def add(self, count):
        """To the newest."""
        self._words[-1] += count << 1

    def lose(self, number):
        """The header of the one with this number is damaged."""
        for index in range(len(self)):
            if self.number_of(index) == number:
                self._words[index * _WORDS + _COUNT] |= 1

    def drop_oldest(self):
        """In place: a copy could find no memory, and the file is gone by then."""
        self._words[:_WORDS] = _NONE

    def drop_newest(self):
        self._words[len(self._words) - _WORDS :] = _NONE
