"""What every replica reads whole: content, steps, policies and connection commands."""

import logging
import time

from chassis.errors import InvalidMessage, Unavailable
from chassis.kafka import FollowConsumer, FromEnd, FromStart, FromTime, Record, StepFilter
from ingest_digital.adapters.codec import read
from ingest_digital.adapters.codec.read import Policy
from ingest_digital.domain.chat import Refused
from ingest_digital.domain.words import Channel, EntryPoint, Position
from ingest_digital.handlers.closing import Closing
from ingest_digital.handlers.leaving import Leaving
from ingest_digital.handlers.memory import ChatMemory
from ingest_digital.settings import Settings

# No chat message is larger; a mail's content needs no place in the chats' memory.
MAX_CHAT_RECORD = 131_072
# What a chat window shows of the steps (connected, ended) may come that much later.
GATHER_SECONDS = 0.05

log = logging.getLogger(__name__)


class PolicyFollower:
    """The entry points of the workspace's active policy."""

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace
        self._policy: Policy | None = None

    def consumer(self, settings: Settings) -> FollowConsumer:
        return FollowConsumer(
            settings, ["workspace-policies.v1"], self.take, FromStart(), name="policies"
        )

    async def take(self, record: Record) -> None:
        """Keep the policy if it is ours and newer."""
        if not record.value:
            return
        workspace, policy = read.policy(record.value)
        known = self._policy.version if self._policy else 0
        if workspace == self._workspace and policy.version >= known:
            self._policy = policy

    def chat(self, name: str) -> EntryPoint | None:
        """The chat entry point of that name."""
        return next((p for p in self._points(Channel.CHAT) if p.name == name), None)

    def mailbox(self, address: str) -> EntryPoint | None:
        """The mail entry point of that address."""
        points = self._points(Channel.EMAIL)
        return next((p for p in points if p.address.lower() == address.lower()), None)

    def _points(self, channel: Channel) -> list[EntryPoint]:
        if self._policy is None:
            raise Unavailable("no policy is active")
        return [point for point in self._policy.entry_points if point.channel is channel]


class ContentFollower:
    """Content into the chats' memory."""

    def __init__(self, workspace: str, memory: ChatMemory) -> None:
        self._workspace = workspace
        self._memory = memory

    def consumer(self, settings: Settings) -> FollowConsumer:
        return FollowConsumer(
            settings, ["message-events.v1"], self.take, _since(settings), name="content"
        )

    async def take(self, record: Record) -> None:
        """Keep the message; in any case its place counts as seen."""
        position = Position(record.partition, record.offset)
        try:
            if len(record.value) <= MAX_CHAT_RECORD:
                workspace, conversation_id, shown = read.shown_message(record.value, position)
                if shown is not None and conversation_id and workspace == self._workspace:
                    self._memory.take_message(conversation_id, shown)
        finally:
            self._memory.seen(position)


class StepFollower:
    """The router's decisions into the chats' memory."""

    def __init__(self, workspace: str, memory: ChatMemory, leaving: Leaving) -> None:
        self._workspace = workspace
        self._memory = memory
        self._leaving = leaving
        self._new = StepFilter()

    def consumer(self, settings: Settings) -> FollowConsumer:
        return FollowConsumer(
            settings,
            ["routing-events.v1"],
            self.take,
            _since(settings),
            name="steps",
            gather_seconds=GATHER_SECONDS,
        )

    async def take(self, record: Record) -> None:
        """Apply each decision of a step that is new."""
        step = read.step(record.value)
        if step.workspace != self._workspace or not self._new.accepts(step.workspace, step.number):
            return
        for decision in step.decisions:
            if isinstance(decision, Refused):
                await self._refused(decision)
            else:
                self._memory.take_decision(decision)

    async def _refused(self, refused: Refused) -> None:
        contact_id = self._leaving.contact_of(refused.event_id)
        if contact_id is not None:
            conversation = self._memory.conversations.of_contact(contact_id)
            try:
                await self._leaving.on_refused(refused, conversation)
            except Unavailable:
                # Staying away says it later.
                log.warning("leaving not said again", extra={"contact.id": contact_id})


class CommandFollower:
    """Connection commands for the chats that have a window here."""

    def __init__(self, workspace: str, closing: Closing) -> None:
        self._workspace = workspace
        self._closing = closing

    def consumer(self, settings: Settings) -> FollowConsumer:
        return FollowConsumer(
            settings, ["channel-commands.v1"], self.take, FromEnd(), name="commands"
        )

    async def take(self, record: Record) -> None:
        """Carry out EndContact; all else is another's."""
        try:
            command = read.command(record.value)
        except InvalidMessage:
            # The consumer group that sends mails parks it.
            return
        if command.workspace == self._workspace and command.end_reason is not None:
            await self._closing.end(
                command.command_id,
                command.contact_id,
                command.conversation_id,
                command.end_reason,
                command.expires_at,
            )


def _since(settings: Settings) -> FromTime:
    return FromTime(int((time.time() - settings.chat_memory_seconds) * 1000))
