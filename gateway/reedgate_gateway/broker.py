"""The MQTT broker inside the gateway's own process: nothing to install for a desk or one site.

It serves and forgets: what it loses in flight is harmless, because delivery is confirmed by the
gateway after its own commit and never by a broker.
"""

import logging

from amqtt.broker import Broker
from amqtt.session import Session

_MOST_CONNECTIONS = 100  # 32 stations, with room for those that come back before they are missed


class _Broker(Broker):
    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """amqtt 0.12 gives a client that connects what is retained under anybody's subscription.

        A station would have to refuse its own birth each time it comes back.
        """
        own = (holder for holder, _qos in self._subscriptions.get(subscription[0], ()))
        if any(holder is session for holder in own):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class EmbeddedBroker:
    """Listens on a free port of the loopback interface."""

    def __init__(self) -> None:
        # It logs every client that comes and goes as a warning or an error; ours to say is less.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        self._broker = _Broker(
            {
                "listeners": {
                    "default": {
                        "type": "tcp",
                        "bind": "127.0.0.1:0",
                        "max_connections": _MOST_CONNECTIONS,
                    }
                },
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
                },
            }
        )

    async def start(self) -> int:
        """The port it listens on."""
        await self._broker.start()
        # amqtt 0.12 has no public way to ask which port it was given.
        (server,) = self._broker._servers.values()
        return server.instance.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self._broker.shutdown()
