"""A crowd on the topics: customers who come, and agents who answer what they are offered."""

import asyncio
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer

from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2, routing_events_pb2
from router.adapters.codec.policies import policy_to
from router.adapters.codec.roster import roster_agent_to

from .on_kafka import OUTPUT, Kafka
from .workspaces import a_policy, a_roster_agent

AGENTS = ("ana", "bob", "cem")
E_ = contact_events_pb2


class People:
    """`work` goes on until cancelled; a repeated step is answered again, which must do no harm."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self.sessions: dict[str, int] = {}
        self.arrived: list[str] = []
        self.is_working = True

    async def begin(self, **changes: Any) -> None:
        policy = policy_to(a_policy(**changes))
        await self.kafka.say(policy_proposed=E_.PolicyProposed(policy=policy))
        for name in AGENTS:
            agent = roster_agent_to(a_roster_agent(name, "billing", "sales"))
            await self.kafka.say(agent_defined=E_.AgentDefined(agent=agent))
            await self.sign_in(name)

    async def sign_in(self, name: str) -> None:
        fact = E_.AgentSignedIn(agent_id=name, session_id=str(uuid4()), desk_instance="desk1")
        await self.kafka.say(agent_signed_in=fact)

    async def arrive(self, queue: str = "billing") -> str:
        contact_id = str(uuid4())
        self.arrived.append(contact_id)
        await self.kafka.say(
            contact_arrived=E_.ContactArrived(
                contact_id=contact_id,
                channel=common_pb2.CHANNEL_CHAT,
                entry_point="web",
                conversation_id=f"on-{contact_id}",
            )
        )
        await self.kafka.say(queue_requested=E_.QueueRequested(contact_id=contact_id, queue=queue))
        return contact_id

    async def heartbeats(self) -> None:
        while self.is_working:
            await self.kafka.say(desk_heartbeat=E_.DeskHeartbeat(desk_instance="desk1"))
            await asyncio.sleep(0.5)

    async def work(self) -> None:
        consumer = AIOKafkaConsumer(
            self.kafka.prefix + OUTPUT,
            bootstrap_servers=self.kafka.bootstrap_servers,
            auto_offset_reset="earliest",
            group_id=None,
        )
        await consumer.start()
        try:
            async for record in consumer:
                step = routing_events_pb2.RoutingStep.FromString(record.value)
                for decision in step.decisions:
                    await self.answer(decision)
        finally:
            await consumer.stop()

    def stop(self) -> None:
        """Say nothing any more."""
        self.is_working = False

    async def answer(self, decision: Any) -> None:
        if not self.is_working:
            return
        kind = decision.WhichOneof("decision")
        body = getattr(decision, kind)
        if kind == "agent_session_started":
            self.sessions[body.agent.agent_id] = body.agent.session_number
            await self.kafka.say(
                presence_chosen=E_.PresenceChosen(
                    **self.of(body.agent.agent_id), presence=common_pb2.PRESENCE_AVAILABLE
                )
            )
        elif kind == "agent_state_changed" and body.agent.connection == 3:
            await self.sign_in(body.agent.agent_id)
        elif kind == "offer_made":
            given = self.of(body.agent_id) | {"offer_id": body.offer_id}
            await self.kafka.say(offer_delivered=E_.OfferDelivered(**given))
            await self.kafka.say(offer_accepted=E_.OfferAccepted(**given))
        elif kind == "contact_connected":
            fact = E_.ContactDisconnected(contact_id=body.contact_id, by=E_.PARTY_CUSTOMER)
            await self.kafka.say(contact_disconnected=fact)
        elif kind == "wrap_up_started":
            given = self.of(body.agent_id) | {"contact_id": body.contact_id}
            fact = E_.WrapUpFinished(**given, disposition="solved")
            await self.kafka.say(wrap_up_finished=fact)

    def of(self, name: str) -> dict[str, Any]:
        number = self.sessions.get(name, 0)
        return {"agent_id": name, "session_number": number, "desk_instance": "desk1"}


def a_policy_message(**changes: Any) -> policy_pb2.Policy:
    return policy_to(a_policy(**changes))
