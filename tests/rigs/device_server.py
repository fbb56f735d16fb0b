"""A serial device server: bytes of a TCP client go to the rig's line, and answers come back."""

import asyncio
import os
import random
import tty


class DeviceServer:
    """Its line stands still between requests; each lets `pace_s` of the station's time pass.

    spoils: takes a frame of the station, gives those that arrive in its place.
    """

    def __init__(self, run, pace_s=0.1, spoils=lambda frame: [frame]):
        self._run = run
        self._pace_s = pace_s
        self.spoils = spoils
        self.requests = 0

    async def open(self):
        """Gives where it listens."""
        self._writers = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        try:
            while request := await reader.read(256):
                self.requests += 1
                self._run.to(self._run.now_s + self._pace_s)
                self._run.host_line.heard.clear()
                answer = self._run.ask(request, 1)
                for frame in self.spoils(answer) if answer else ():
                    writer.write(frame)
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def close(self):
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()


class Spoiler:
    """Loses, doubles and garbles answers by chance."""

    def __init__(self, seed, share=0.05):
        self._chance = random.Random(seed)
        self._share = share
        self.done = {"lost": 0, "doubled": 0, "garbled": 0}

    def __call__(self, frame):
        kind = self._chance.choice(list(self.done))
        if self._chance.random() >= 3 * self._share:
            return [frame]
        self.done[kind] += 1
        if kind == "lost":
            return []
        if kind == "doubled":
            return [frame, frame]
        at = self._chance.randrange(len(frame))
        return [
            frame[:at] + bytes((frame[at] ^ 1 << self._chance.randrange(8),)) + frame[at + 1 :]
        ]


class PtyLine:
    """The rig's line as a serial port of this machine, for masters that want one. Needs a loop."""

    def __init__(self, run, pace_s=0.1):
        self._run = run
        self._pace_s = pace_s
        self.requests = 0

    def __enter__(self):
        """Gives the name of the port."""
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        asyncio.get_running_loop().add_reader(self._near, self._serve)
        return os.ttyname(self._far)

    def _serve(self):
        request = os.read(self._near, 256)
        self.requests += 1
        self._run.to(self._run.now_s + self._pace_s)
        self._run.host_line.heard.clear()
        os.write(self._near, self._run.ask(request, 1))

    def __exit__(self, *_):
        asyncio.get_running_loop().remove_reader(self._near)
        os.close(self._near)
        os.close(self._far)
