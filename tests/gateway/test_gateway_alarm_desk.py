"""Alarms on the page and at the command line's socket of a running gateway."""

import asyncio

import feed
from gateway_rig import DEADLINE_S, running_gateway

from reedgate_gateway.control import ask

ESTOP = feed.gates(main=feed.gate("open", "hold", "estop", cause="estop", first_out="estop"))
KEY = "inlet.main.estop"


def test_an_alarm_comes_onto_the_page_and_is_acknowledged_by_a_named_person(tmp_path, catalogue):
    async def main():
        async with running_gateway(tmp_path / "d", catalogue) as gateway:

            async def asked(**fields):
                return await asyncio.to_thread(ask, tmp_path / "d", "alarm", fields)

            async with asyncio.timeout(DEADLINE_S):
                await gateway.publish(gateway.station.birth(), gateway.station.live())
                await gateway.until("/live?lang=en", lambda news: "No alarm" in news["alarms"])
                assert await asked() == {"reason": None, "alarms": []}
                await gateway.publish(gateway.station.live(gates_now=ESTOP))
                news = await gateway.until(
                    "/live?lang=zh", lambda news: "急停" in news.get("alarms", "")
                )
                assert "优先级 1" in news["alarms"]
                said = await asked(key=KEY, person="anna")
                assert [row["acknowledged_by"] for row in said["alarms"]] == ["anna"]
                said = await asked(key=KEY, person="anna", shelve_ms=60_000)
                assert said["reason"] == "priority_1"
                await gateway.until("/live?lang=en", lambda news: "seen by" in news["alarms"])

    asyncio.run(main())
