"""The fault campaign: random schedules on the vm rig, judged by an oracle written from the control law.

`schedule` draws and prints what happens, `play` plays it, `witness` writes down what really was so,
the `judge_*` modules hold that against the law, `shrink` finds the shortest schedule that still
fails, `mutants` seeds bugs that the oracle has to find. Nothing here knows how the firmware works;
only `mutants.toml` quotes it.
"""
