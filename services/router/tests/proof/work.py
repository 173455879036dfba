"""What a crowd's agents and supervisors do."""

import random
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import supervisor_facts as v
from router.domain.engine import Engine
from router.domain.words import Channel, Party, Presence
from router.domain.workspace import Workspace

from .rules import QUEUES, Rules

FIELDS = ("team", "skills", "languages", "brands", "queues", "capacities", "preferences")
PRESENCES = [*Presence, Presence.AVAILABLE, Presence.AVAILABLE, Presence.AVAILABLE]


class Work:
    """Mixed into the crowd."""

    chance: random.Random
    engine: Engine
    rules: Rules
    made: int
    old_offers: list[tuple[str, str]]

    @property
    def ws(self) -> Workspace:
        return self.engine.workspace

    def answer(self) -> Any:
        """Somebody does something about an offer, live or old."""
        if not self.ws.offers:
            return self.agent_fact()
        offer = self.chance.choice(list(self.ws.offers.values()))
        self.old_offers.append((offer.offer_id, offer.agent_id))
        offer_id, agent_id = offer.offer_id, offer.agent_id
        if self.chance.random() < 0.06:
            offer_id, agent_id = self.chance.choice(self.old_offers[-100:])
        session = self.session(agent_id)
        given = {"contact_id": offer.contact_id, "offer_id": offer_id}
        if offer.is_accepted:
            contact = self.ws.contacts[offer.contact_id]
            if contact.is_callback and self.chance.random() < 0.4:
                why = self.chance.choice(("busy", "no_answer", "no_number"))
                return c.CustomerLegFailed(**given, reason=why)
            if self.chance.random() < 0.15:
                return c.AgentLegFailed(**given, agent_id=agent_id, reason="busy")
            return c.AgentConnected(**given, agent_id=agent_id)
        if not offer.rings_until and self.chance.random() < 0.8:
            return a.OfferDelivered(**session, offer_id=offer_id)
        if self.chance.random() < 0.15:
            return a.OfferRejected(**session, offer_id=offer_id, reason_code="")
        return a.OfferAccepted(**session, offer_id=offer_id)

    def work(self) -> Any:
        """An agent goes on with a contact in hand."""
        contact_id = self.contact("connected", "on_hold", "wrap_up")
        session = self.session(self.holder(contact_id))
        contact = self.ws.contacts.get(contact_id)
        given = {**session, "contact_id": contact_id}
        if contact is not None and contact.state == "wrap_up" and self.chance.random() < 0.8:
            return a.WrapUpFinished(**given, disposition="solved", note=None)
        match self.chance.randint(0, 9):
            case 0 | 1:
                return a.HoldStarted(**given)
            case 2:
                return a.HoldEnded(**given)
            case 3 | 4:
                return self._transfer(given)
            case 5:
                return c.AgentFirstReplied(contact_id=contact_id, agent_id=session["agent_id"])
        by_agent = self.chance.random() < 0.5
        if not by_agent:
            given["agent_id"] = ""
        return c.ContactDisconnected(**given, by=Party.AGENT if by_agent else Party.CUSTOMER)

    def _transfer(self, given: dict[str, Any]) -> Any:
        aim = self.chance.choice(["queue", "queue", "agent", "flow"])
        return a.TransferRequested(
            **given,
            queue=self.chance.choice([*QUEUES, "nowhere"]) if aim == "queue" else "",
            to_agent_id=self.name() if aim == "agent" else "",
            flow="survey" if aim == "flow" else "",
            requirements=self.rules.needs(0.2),
            attributes=self.rules.attributes(),
        )

    def consult(self) -> Any:
        """An agent asks another, or something becomes of it."""
        consults = [x for x in self.ws.contacts.values() if x.consults_for]
        if not consults or self.chance.random() < 0.4:
            contact_id = self.contact("connected", "on_hold")
            to_agent = self.chance.random() < 0.5
            return a.ConsultRequested(
                **self.session(self.holder(contact_id)),
                contact_id=contact_id,
                queue="" if to_agent else self.chance.choice(QUEUES),
                to_agent_id=self.name() if to_agent else "",
                requirements=self.rules.needs(0.2),
                attributes=self.rules.attributes(),
            )
        consult = self.chance.choice(consults)
        who = consult.asked_by
        kind = self.chance.choice(
            [a.ConsultEnded, a.ConferenceStarted, a.ConferenceStarted, a.ConsultTransferRequested]
        )
        if consult.agent_id and self.chance.random() < 0.2:
            who = consult.agent_id
        return kind(**self.session(who), contact_id=consult.contact_id)

    def agent_fact(self) -> Any:
        """An agent comes, goes, or chooses a presence."""
        name = self.name()
        agent = self.ws.agents.get(name)
        if agent is None or agent.connection == "gone" or self.chance.random() < 0.05:
            self.made += 1
            desk = self.chance.choice(["desk1", "desk2", "desk3"])
            return a.AgentSignedIn(agent_id=name, session_id=f"s{self.made}", desk_instance=desk)
        session = self.session(name)
        if agent.presence != "available" or self.chance.random() < 0.3:
            return a.PresenceChosen(
                **session,
                presence=self.chance.choice(PRESENCES),
                reason_code="lunch",
                is_next=self.chance.random() < 0.2,
            )
        if self.chance.random() < 0.15:
            return a.AgentSignedOut(**session)
        return a.AgentConnectionLost(**session)

    def supervise(self) -> Any:
        """A supervisor steps in."""
        contact_id = self.contact("queued", "offered", "connecting", "connected", "on_hold")
        queue = self.chance.choice(QUEUES)
        match self.chance.randint(0, 9):
            case 0 | 1:
                return self._adjust()
            case 2:
                return v.QueuePaused(
                    queue=queue,
                    is_paused=self.chance.random() < 0.4,
                    expires_seconds=self.chance.choice([0.0, 5.0, 20.0]),
                )
            case 3:
                presence = self.chance.choice(PRESENCES)
                return v.PresenceForced(
                    agent_id=self.name(), presence=presence, reason_code="lunch"
                )
            case 4 | 5:
                return v.ContactMoved(contact_id=contact_id, queue=queue)
            case 6:
                priority = self.chance.choice([-1, 0, 3, 7])
                return v.ContactPrioritised(contact_id=contact_id, priority=priority)
            case 7 | 8:
                return v.ContactReassigned(contact_id=contact_id, agent_id=self.name())
        return v.ContactPulledBack(contact_id=contact_id)

    def _adjust(self) -> Any:
        count = self.chance.choice([0, 1, 2])
        return v.AgentAdjusted(
            agent=self.rules.agent(self.name()),
            fields=tuple(self.chance.sample(FIELDS, count)),
            expires_seconds=self.chance.choice([0.0, 5.0, 60.0]),
        )

    def name(self) -> str:
        return self.chance.choice(self.rules.names)

    def holder(self, contact_id: str) -> str:
        contact = self.ws.contacts.get(contact_id)
        return contact.agent_id if contact and contact.agent_id else self.name()

    def contact(self, *states: str, channels: tuple[Channel, ...] = ()) -> str:
        contacts = self.ws.contacts
        fitting = list(contacts)
        if states and self.chance.random() < 0.95:
            fitting = [id for id in fitting if contacts[id].state in states] or fitting
        if channels:
            fitting = [id for id in fitting if contacts[id].channel in channels]
        return self.chance.choice(fitting) if fitting else f"c{self.chance.randint(1, 50)}"

    def session(self, name: str) -> dict[str, Any]:
        agent = self.ws.agents.get(name)
        number = agent.session_number if agent else 1
        if self.chance.random() < 0.03:
            number -= 1
        desk = agent.desk_instance if agent else "desk1"
        return {"agent_id": name, "session_number": max(number, 0), "desk_instance": desk}
