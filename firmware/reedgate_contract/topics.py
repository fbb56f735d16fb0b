"""MQTT topics under reedgate/1/<site>/<station>/ and what each carries.

Upwards, JSON in UTF-8, keys and codes in English (boards send codes, never sentences):

birth (retained, QoS 1), once per connection:
    {"firmware": "0.1.0", "micropython": "1.29.0", "board": "HOST", "config_hash": "0a1b2c3d",
     "safety_hash": "4e5f6071",
     "boot": "5f3a9c01-7", "epoch": 1597676545, "boot_n": 7,
     "reset_cause": "power_on", "last_end": "", "uptime_ms": 1840,
     "points": {"turbidity_ntu": {"unit": "NTU", "decimals": 3}, ...}, "gates": ["main", "around"],
     "floods": {"main": ["river_high"]},
     "journal": {"events": {"first_held": 1, "next": 9}, "readings": {"first_held": 1, "next": 6}}}
    last_end: what ended the last bad start ("ValueError: ...", "watchdog"), until a start proves
    itself; "" when there was none. boot is "%08x-%d" of epoch and boot_n. The order of
    points, gates and a gate's floods is that of their numbers in the journal's records, for every
    start with the same config_hash.

online (retained, and the last will): "1" or "0"

live (retained, QoS 0), each `live_ms`:
    {"boot": "5f3a9c01-7", "n": 12, "uptime_ms": 13840,
     "backlog": {"events": {"count": 2, "oldest_s": 1},
                 "readings": {"count": 0, "oldest_s": null}},
     "points": {"turbidity_ntu": {"value": 6.800, "status": "good", "flag": 1, "detail": "none",
                                  "age_ms": 350}, ...},
     "gates": {"main": {"position": "open", "target": "open", "rule": "automatic", "cause": "none",
                        "first_out": "none", "fault": "none", "wait": "none", "wait_ms": 0}, ...}}
    A value that is not there is null; its age is null when it was never read. `fault` is what
    latched in the drive (jam_opening, jam_closing, switches) until the panel's reset. `backlog`
    counts the records that await their confirmation, and says how old the oldest of them is.
"""

PREFIX = "reedgate/1"
BIRTH = "birth"
ONLINE = "online"
LIVE = "live"
JOURNAL = "journal"  # up: a batch, see records.py
ACK = "ack"  # down, like time: see envelope.py
TIME = "time"
CMD = "cmd"


def topic(site, station, leaf):
    return PREFIX + "/" + site + "/" + station + "/" + leaf
