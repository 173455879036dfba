"""A mail of a customer and the answers to it."""

from typing import Any

from digital_keys import sealed_into
from digital_mail import MAILBOX, a_mail, send
from digital_people import PlayedRouter
from digital_replica import RunningApp
from digital_topics import TopicReader

from chassis.testing import eventually
from contact_center.v1 import channel_commands_pb2, message_events_pb2

SENT = message_events_pb2.DELIVERY_STATUS_SENT
FAILED = message_events_pb2.DELIVERY_STATUS_FAILED
UNKNOWN = message_events_pb2.DELIVERY_STATUS_UNKNOWN


class Thread:
    """A mail of Ann's came in, and an agent answers it."""

    def __init__(self, router: PlayedRouter, topics: TopicReader, arrived: Any) -> None:
        self._router = router
        self._topics = topics
        self.arrived = arrived

    def order(self, text: str = "We found it.", message_id: str = "m-1", subject: str = "") -> Any:
        workspace, key_id = self._router.workspace, self.arrived.key_id
        order = channel_commands_pb2.SendMail(message_id=message_id)
        sealed_into(order.body, workspace, "SendMail.body", key_id, text)
        if subject:
            sealed_into(order.subject, workspace, "SendMail.subject", key_id, subject)
        return order

    async def answer(self, order: Any = None, **more: Any) -> str:
        return await self._router.commands(
            self.arrived.contact_id,
            self.arrived.conversation_id,
            send_mail=order or self.order(),
            **more,
        )

    async def deliveries(self) -> list[tuple[str, int, str]]:
        return [
            (e.delivery_updated.message_id, e.delivery_updated.status, e.delivery_updated.reason)
            for e in await self._topics.content()
            if e.WhichOneof("event") == "delivery_updated"
        ]

    async def result(self, count: int = 1, within: float = 60) -> list[tuple[str, int, str]]:
        async def are_there() -> list[tuple[str, int, str]]:
            found = await self.deliveries()
            return found if len(found) >= count else []

        return await eventually(are_there, within=within, every=0.2)


async def a_thread(app: RunningApp, router: PlayedRouter, topics: TopicReader) -> Thread:
    await eventually(lambda: app.app.policies.mailbox(MAILBOX))
    references = "<zero@customer.test>"
    await send(app, a_mail(Message_ID="<one@customer.test>", References=references))
    (arrived,) = await topics.facts("contact_arrived")
    return Thread(router, topics, arrived)
