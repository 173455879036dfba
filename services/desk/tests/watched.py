"""The terminal's view, told by hand and read as text."""

from datetime import UTC, datetime
from typing import Any

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import routing_events_pb2 as routing
from desk.terminal import panes
from desk.terminal.cells import Rows
from desk.terminal.reader import Reader
from desk.terminal.view import View

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Watched:
    """A view that is told events at a time of the test's own."""

    def __init__(self) -> None:
        self.clock = 100.0
        self.view = View(agent_id="ana")
        self.reader = Reader(self.view, clock=lambda: self.clock, now=lambda: NOON)
        self.agent = routing.AgentState(agent_id="ana", presence=common.PRESENCE_AVAILABLE)

    def told(self, **event: Any) -> None:
        self.reader.apply(work.WorkResponse(**event))

    def snapshot(self, *, is_resumed: bool = False) -> None:
        self.told(
            snapshot=work.Snapshot(
                agent=self.agent,
                is_resumed=is_resumed,
                queues=["support", "billing"],
                dispositions=["solved", "spam"],
                break_reasons=["lunch"],
            )
        )

    def offer(self, channel: Any = common.CHANNEL_CHAT) -> None:
        made = routing.OfferMade(
            offer_id="o1", contact_id="c1", queue="support", channel=channel, ring_seconds=20
        )
        self.told(offer_shown=work.OfferShown(offer=made))

    def hold(self, contact_id: str, channel: Any = common.CHANNEL_CHAT, **more: Any) -> Any:
        held = self.agent.contacts.add(
            contact_id=contact_id,
            channel=channel,
            queue="support",
            state=more.get("state", routing.CONTACT_STATE_CONNECTED),
        )
        self.changed()
        return held

    def changed(self) -> None:
        self.told(agent_state_changed=routing.AgentStateChanged(agent=self.agent))

    def said(self, contact_id: str, text: str, message_id: str = "m1", **more: Any) -> None:
        shown = work.MessageShown(
            contact_id=contact_id,
            message_id=message_id,
            author=events.PARTY_CUSTOMER,
            text=text,
            is_readable=True,
            **more,
        )
        self.told(message_shown=shown)

    def hands(self) -> str:
        return shown(panes.hands(self.view, 40, self.clock))

    def talk(self, height: int = 20) -> str:
        return shown(panes.transcript(self.view, 60, height, 0))


def shown(rows: Rows) -> str:
    return "\n".join("".join(text for _, text in row).rstrip() for row in rows)
