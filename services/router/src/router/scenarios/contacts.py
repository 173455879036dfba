"""What customers, flows and channels do in a scenario."""

from typing import Any

from router.domain import contact_facts as c
from router.domain.policy import Policy
from router.domain.values import Lineage, Position
from router.domain.words import Channel, FlowOutcome, Party
from router.scenarios.text import NotUnderstood, attributes_in, needs_in, nothing_left, seconds

TEXT = (Channel.CHAT, Channel.IN_APP, Channel.SMS, Channel.MESSENGER, Channel.EMAIL)


class ContactCommands:
    """Mixed into the scenario, which says facts and knows the names of contacts."""

    contacts: dict[str, str]
    names: dict[str, str]
    offers: dict[tuple[str, str], str]
    channels: dict[str, Channel]
    messages: int
    policy: Policy
    log: Any
    say: Any
    quietly: Any

    def on_contact(self, name: str, *, queue: str, channel: str = "voice", **o: str) -> None:
        """`contact c1 queue=billing channel=chat priority=2 skills=german:2 tier=gold`."""
        self.on_arrive(name, channel=channel, is_quiet=True)
        self.contact_wants(name, queue, **o)

    def on_arrive(
        self, name: str, *, channel: str = "voice", at: str = "", is_quiet: bool = False, **o: str
    ) -> None:
        """`arrive c1 channel=chat at=web tier=gold`."""
        if channel not in set(Channel):
            raise NotUnderstood(f"{channel!r} is no channel")
        self.contacts[name] = self.names[name] = name
        self.channels[name] = Channel(channel)
        fact = c.ContactArrived(
            contact_id=name,
            channel=self.channels[name],
            entry_point=at or self.entry_point(self.channels[name]),
            conversation_id=f"on-{name}",
            key_id=f"key-{name}",
            lineage=Lineage(),
            attributes=attributes_in(o, self.policy),
        )
        nothing_left("arrive", o)
        (self.quietly if is_quiet else self.say)(fact)

    def contact_wants(
        self, name: str, queue: str, *, priority: str = "0", prefers: str = "", **o: str
    ) -> None:
        """`c1 wants billing priority=3 skills=german:2 prefers=ana tier=gold`."""
        fact = c.QueueRequested(
            contact_id=self.contacts[name],
            queue=queue,
            priority=int(priority),
            requirements=needs_in(o),
            attributes=attributes_in(o, self.policy),
            preferred_agent_id=prefers,
        )
        nothing_left("wants", o)
        self.say(fact)

    def contact_flow(self, name: str, outcome: str) -> None:
        self.say(c.FlowFinished(contact_id=self.contacts[name], outcome=FlowOutcome(outcome)))

    def contact_leaves(self, name: str, what: str = "", queue: str = "") -> None:
        """`c1 leaves`, or `c1 leaves message` (of which a task is made, in that queue)."""
        if what == "message":
            self.say(c.MessageTaken(contact_id=self.contacts[name], queue=queue))
        else:
            self.say(c.CustomerLeft(contact_id=self.contacts[name]))

    def contact_asks(self, name: str, what: str = "callback", **o: str) -> None:
        """`c1 asks callback`, `c1 asks callback in=2h`."""
        if what != "callback":
            raise NotUnderstood(f"{name} asks {what!r}; what can be asked for is callback")
        after = o.pop("in", "")
        at = self.log.stamp + round(seconds(after) * 1000) if after else 0
        nothing_left("asks", o)
        self.say(c.CallbackRequested(contact_id=self.contacts[name], scheduled_at=at))

    def contact_unreached(self, name: str, *reason: str) -> None:
        """`c1 unreached busy`: the dialled customer did not answer."""
        offer_id = self.offers[name, self.last_offered(name)]
        self.say(
            c.CustomerLegFailed(
                contact_id=self.contacts[name], offer_id=offer_id, reason=" ".join(reason)
            )
        )

    def contact_fails(self, name: str) -> None:
        self.say(c.ChannelFailed(contact_id=self.contacts[name], reason="crash"))

    def contact_ends(self, name: str) -> None:
        self.say(self.disconnected(name, Party.CUSTOMER, "", (0, "")))

    def contact_is(
        self, name: str, customer: str, *, tier: str = "", last: str = "", contacts: str = "0"
    ) -> None:
        """`c1 is customer7 tier=gold last=ana contacts=3`."""
        self.say(
            c.CustomerIdentified(
                contact_id=self.contacts[name],
                customer_id=customer,
                is_new=False,
                tier=tier,
                last_agent_id=last,
                contact_count=int(contacts),
            )
        )

    def contact_writes(self, name: str, message: str) -> None:
        self.messages += 1
        new = f"{name}+{message}"
        channel = self.channels.get(name, Channel.CHAT)
        self.say(
            c.CustomerMessaged(
                contact_id=self.contacts[name],
                conversation_id=f"on-{name.partition('.')[0].partition('+')[0]}",
                message_id=message,
                position=Position(partition=0, offset=self.messages),
                new_contact_id=new,
                channel=channel if channel in TEXT else Channel.CHAT,
                entry_point=self.entry_point(Channel.CHAT),
                key_id=f"key-{new}",
                addresses=(),
            )
        )
        self.contacts.setdefault(new, new)

    def contact_leg(self, name: str, what: str, *reason: str) -> None:
        agent = self.last_offered(name)
        given = {
            "contact_id": self.contacts[name],
            "offer_id": self.offers[name, agent],
            "agent_id": agent,
        }
        if what == "answers":
            self.say(c.AgentConnected(**given))
        else:
            self.say(c.AgentLegFailed(**given, reason=" ".join(reason)))

    def disconnected(self, name: str, by: Party, agent: str, session: tuple[int, str]) -> Any:
        return c.ContactDisconnected(
            contact_id=self.contacts[name],
            by=by,
            agent_id=agent,
            session_number=session[0],
            desk_instance=session[1],
        )

    def last_offered(self, name: str) -> str:
        """Return the agent to whom the contact was offered last."""
        agents = [agent for contact, agent in self.offers if contact == name]
        if not agents:
            raise NotUnderstood(f"{name} was offered to nobody")
        return agents[-1]

    def entry_point(self, channel: Channel) -> str:
        """Return the first entry point of the channel, or of all."""
        points = self.policy.entry_points
        fitting = [point.name for point in points if point.channel is channel]
        return next(iter(fitting), points[0].name if points else "none")
