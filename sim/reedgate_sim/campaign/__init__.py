"""The fault campaign: random schedules on the vm rig, judged by an oracle of the control law.

`draw` makes schedules, `play` plays them, `witness` writes down what was really so, the `judge_*`
modules hold that against the law, `shrink` finds the shortest schedule that still fails, `mutants`
seeds bugs that the oracle has to find. Nothing here knows how the firmware works; only
`mutants*.toml` quote it.
"""
