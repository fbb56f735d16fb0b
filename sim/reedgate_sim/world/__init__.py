"""The physical world of the desk: water, gates, instruments, bus and scenarios.

Synchronous and deterministic: time is an argument (integer microseconds since the start of the
run), no clock is read, and chance comes from the seed. Rigs, processes and pacing live in
`reedgate_sim.rigs`; nothing here may know the firmware's code or its instrument profiles.
"""
