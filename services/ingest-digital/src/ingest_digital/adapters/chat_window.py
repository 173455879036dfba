"""What one open window is shown: messages in their order, and how the chat stands."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.errors import Unavailable
from ingest_digital.adapters.frames import message_frame, state_frame
from ingest_digital.domain.chat import Conversation, Phase
from ingest_digital.domain.chat_log import ShownMessage
from ingest_digital.handlers.ports import Vault

RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class ChatWindow:
    """Sends what comes after `cursor`; the shared log is its queue, so a slow reader costs none."""

    def __init__(
        self,
        conversation: Conversation,
        news: asyncio.Event,
        vault: Vault,
        send: Send,
        cursor: int,
    ) -> None:
        self._conversation = conversation
        self._news = news
        self._vault = vault
        self._send = send
        self._told = -1
        self.cursor = cursor
        self.has_ended = asyncio.Event()

    async def catch_up(self) -> None:
        """Send all messages that are there and not sent yet."""
        for message in self._conversation.log.after(self.cursor):
            await self._show(message)
            self.cursor = message.seq

    async def follow(self) -> None:
        """Send what comes, until cancelled."""
        while True:
            self._news.clear()
            await self.catch_up()
            await self._tell_state()
            await self._news.wait()

    async def _tell_state(self) -> None:
        conversation = self._conversation
        if conversation.phase is None or conversation.changes == self._told:
            return
        self._told = conversation.changes
        await self._send(state_frame(conversation))
        if conversation.phase is Phase.ENDED:
            self.has_ended.set()
        else:
            self.has_ended.clear()

    async def _show(self, message: ShownMessage) -> None:
        while True:
            try:
                text = await self._vault.open(message.body, "MessageRecorded.body")
                labels = [
                    (await self._vault.open(choice.label, "Choice.label") or choice.value)
                    if choice.label
                    else choice.value
                    for choice in message.choices
                ]
                break
            except Unavailable as error:
                # The messages before were shown; this one and the later ones wait for its key.
                log.warning("a message waits for its key", extra={"error": str(error)})
                await asyncio.sleep(RETRY_SECONDS)
        await self._send(message_frame(message, text, labels))
