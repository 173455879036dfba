"""Opening what was sealed."""

import asyncio
import time

from chassis.errors import InvalidMessage
from desk.adapters.codec.messages import key_ids, opened_message, unreadable_message
from desk.adapters.keys import Keys
from desk.domain.messages import Message, SealedMessage
from desk.handlers.ports import Away, NotThere
from desk.metrics import UNREADABLE

AWAY_SECONDS = 1.0


class KeyReading:
    """Opens messages with their contacts' keys; an outage costs each of them no extra wait."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._away_until = 0.0

    async def open(self, message: SealedMessage, contact_id: str) -> Message:
        """As it can be shown; marked unreadable when its key is destroyed or out of reach."""
        try:
            names = sorted(key_ids(message))
            found = await asyncio.gather(*(self._key(message.workspace, n) for n in names))
            return opened_message(message, contact_id, dict(zip(names, found, strict=True)))
        except NotThere:
            UNREADABLE.labels("destroyed").inc()
        except Away:
            UNREADABLE.labels("out_of_reach").inc()
        except InvalidMessage:
            UNREADABLE.labels("broken").inc()
        return unreadable_message(message, contact_id)

    async def _key(self, workspace: str, key_id: str) -> bytes:
        if time.monotonic() < self._away_until:
            raise Away("the key service was away a moment ago")
        try:
            return await self._keys.key(workspace, key_id)
        except Away:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise
