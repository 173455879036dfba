"""Records of the topics to the handlers: contacts side by side, each one's news in order."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from chassis.errors import InvalidMessage, Unavailable
from chassis.events import continued_trace
from chassis.kafka import Record, StepFilter
from self_service.adapters.codec.reading import (
    read_contact_event,
    read_message_event,
    read_step,
)
from self_service.handlers.going_on import GoingOn
from self_service.handlers.news import (
    ContactOver,
    CustomerRecognised,
    CustomerWrote,
    FlowDue,
    KeysPressed,
    News,
    NothingPressed,
    RequestRejected,
    WaitEstimated,
)
from self_service.handlers.starting import Starting

CONTACT_EVENTS = "contact-events.v1"
ROUTING_EVENTS = "routing-events.v1"
MESSAGE_EVENTS = "message-events.v1"

Heard = tuple[Record, News]
Clock = Callable[[], datetime]


class Listener:
    """Takes a batch of one partition; returns when all of it was dealt with.

    All records are read before anything is done, so that an invalid one repeats nothing.
    """

    def __init__(self, starting: Starting, going_on: GoingOn) -> None:
        self._starting = starting
        self._going_on = going_on
        self._steps = StepFilter()

    async def on_contact_events(self, records: Sequence[Record]) -> None:
        await self._deal(
            [(record, news) for record in records for news in read_contact_event(record)]
        )

    async def on_message_events(self, records: Sequence[Record]) -> None:
        await self._deal(
            [(record, news) for record in records for news in read_message_event(record)]
        )

    async def on_steps(self, records: Sequence[Record]) -> None:
        """Drop steps whose number is not greater; a step counts as seen when it was dealt with."""
        last: dict[str, int] = {}
        heard: list[Heard] = []
        for record in records:
            workspace, number, decided = read_step(record)
            if number > last.get(workspace, self._steps.last(workspace)):
                last[workspace] = number
                heard += [(record, news) for news in decided]
        await self._deal(heard)
        for workspace, number in last.items():
            self._steps.accepts(workspace, number)

    async def _deal(self, heard: Sequence[Heard]) -> None:
        if not heard:
            return
        if len(heard) == 1:
            await self._in_order(heard)
            return
        by_contact: dict[tuple[str, str], list[Heard]] = {}
        for record, news in heard:
            by_contact.setdefault(_place_of(news), []).append((record, news))
        outcomes = await asyncio.gather(
            *map(self._in_order, by_contact.values()), return_exceptions=True
        )
        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if errors:
            raise max(errors, key=_weight)

    async def _in_order(self, heard: Sequence[Heard]) -> None:
        for record, news in heard:
            with continued_trace(record, f"self-service {type(news).__name__}"):
                await self._tell(news, datetime.now(UTC))

    async def _tell(self, news: News, now: datetime) -> None:
        if isinstance(news, FlowDue):
            await self._starting.begin(news, now)
        elif isinstance(news, CustomerRecognised):
            await self._going_on.on_customer_recognised(news, now)
        elif isinstance(news, CustomerWrote):
            await self._going_on.on_customer_wrote(news, now)
        elif isinstance(news, KeysPressed):
            await self._going_on.on_keys_pressed(news, now)
        elif isinstance(news, NothingPressed):
            await self._going_on.on_nothing_pressed(news, now)
        elif isinstance(news, RequestRejected):
            await self._going_on.on_request_rejected(news, now)
        elif isinstance(news, WaitEstimated):
            await self._going_on.on_wait_estimated(news, now)
        elif isinstance(news, ContactOver):
            await self._going_on.on_contact_over(news, now)


def _place_of(news: News) -> tuple[str, str]:
    """What must stay in order: a contact; a message may name none, but has its conversation."""
    if isinstance(news, CustomerWrote):
        return news.workspace, news.conversation_id
    return news.workspace, news.contact_id


def _weight(error: BaseException) -> int:
    """What ends the process before what is parked before what is tried again."""
    return 0 if isinstance(error, Unavailable) else 1 if isinstance(error, InvalidMessage) else 2
