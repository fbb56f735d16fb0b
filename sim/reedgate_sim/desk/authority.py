"""A broker in the place of the water authority's: `python -m reedgate_sim.desk.authority FD`.

It only has to be a broker that is not the site's own. Says {"mqtt": "host:port"} when it listens.
"""

import asyncio
import json
import logging
import os
import signal
import sys

from amqtt.broker import Broker

_ANONYMOUS = "amqtt.plugins.authentication.AnonymousAuthPlugin"


async def _run(ready_fd: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:0"}},
            "plugins": {_ANONYMOUS: {"allow_anonymous": True}},
        }
    )
    await broker.start()
    (server,) = broker._servers.values()  # amqtt has no public way to ask for the port
    host, port = server.instance.sockets[0].getsockname()
    os.write(ready_fd, (json.dumps({"mqtt": f"{host}:{port}"}) + "\n").encode())
    os.close(ready_fd)
    await stop.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_run(int(sys.argv[1])))
