"""Facts that both ends share: codes, quantities, topics and the compiled configuration.

The same files run on the board (MicroPython) and on the host (CPython). They import
nothing of ours and nothing but struct and const: what can differ between the two ends does not
belong here.
"""

CONTRACT_VERSION = 1
