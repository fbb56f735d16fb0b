"""A stretch of wire between a client and its broker, for the tests to cut."""

import asyncio
import contextlib


class Wire:
    """Carries bytes to the broker until it is cut; while it is down nobody listens."""

    def __init__(self, broker_port):
        self._broker_port = broker_port
        self._writers = set()
        self._carrying = set()
        self.deaf = False  # nothing comes back from the broker

    async def open(self, port=0):
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def _carry(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._carrying.add(asyncio.current_task())
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, False), self._pump(far_reader, writer, True)
            )
        finally:
            self._writers -= {writer, far_writer}
            self._carrying.discard(asyncio.current_task())

    async def _pump(self, reader, writer, back):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                if not (back and self.deaf):
                    writer.write(data)
        writer.close()

    def cut(self):
        for writer in list(self._writers):
            writer.close()

    async def take_down(self):
        """Nobody listens there any more."""
        self._server.close()
        self.cut()

    async def put_up(self, broker_port=None):
        """broker_port: of another broker than before."""
        self._broker_port = broker_port or self._broker_port
        await self.open(self._port)

    async def close(self):
        self._server.close()
        self.cut()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        await self._server.wait_closed()
