"""A station whose site says `kind = "none"`: it works and calls nobody, even with a key."""

import station_rig
from uplink_rig import Run, quiet


def test_a_station_without_an_uplink_polls_and_never_connects(tmp_path, monkeypatch):
    station = station_rig.SITE.stations["inlet"]
    alone = station.uplink.model_copy(update={"kind": "none", "broker": None})
    stations = {"inlet": station.model_copy(update={"uplink": alone})}
    monkeypatch.setattr(
        station_rig, "SITE", station_rig.SITE.model_copy(update={"stations": stations})
    )
    called, asked = [], []
    with Run(quiet(tmp_path)) as run:
        transmit = run.plant.transmit
        monkeypatch.setattr(run.broker, "open", lambda *each: called.append(each))
        monkeypatch.setattr(
            run.plant, "transmit", lambda *each: (asked.append(each), transmit(*each))
        )
        run.to(5)
        assert called == []
        assert run.rig.resets == []
    assert len(asked) >= 4
