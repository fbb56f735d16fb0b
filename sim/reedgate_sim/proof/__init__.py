"""The proof: every reachable state of the shipped decide(), at a small plant, against CONTROL.md.

Explicit states, nothing sampled: see explore.py. It runs on CPython, on the very files that go to
a board (shipped.py loads them; no rule of theirs is written here a second time), and a test plays
a part of the explored steps on the MicroPython VM. The properties (law_*.py) are written from
CONTROL.md and judge from outside.
"""
