"""Everything the engine knows of one workspace: one aggregate, changed in place."""

from collections.abc import Iterator

from router.domain.agent import Agent, Desk
from router.domain.clock import Clock
from router.domain.contact import Contact, EndedContact, EndedOffer, Offer
from router.domain.market import Market
from router.domain.memory import Memory
from router.domain.policy import EntryPoint, Policy, Queue
from router.domain.record import Decided, Decision
from router.domain.timers import Timer, TimerKind, Timers
from router.domain.transitions import check
from router.domain.words import ContactState

MAX_REMEMBERED = 200_000


class Workspace:
    """State, and the decisions of the step in hand."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.step_number = 0
        self.engine_version = 1
        self.clock = Clock()
        self.policy: Policy | None = None
        self.policy_step = 0
        self.policy_stamp = 0
        self.queues: dict[str, Queue] = {}
        self.entry_points: dict[str, EntryPoint] = {}
        self.contacts: dict[str, Contact] = {}
        self.offers: dict[str, Offer] = {}
        self.agents: dict[str, Agent] = {}
        self.desks: dict[str, Desk] = {}
        self.conversations: dict[str, str] = {}
        self.ended_contacts: Memory[EndedContact] = Memory(MAX_REMEMBERED)
        self.ended_offers: Memory[EndedOffer] = Memory(MAX_REMEMBERED)
        self.messages: Memory[str] = Memory(MAX_REMEMBERED)
        self.timers = Timers(self.deadline_of)
        self.market = Market()
        self.now = 0
        self.due_at: int | None = None
        self.decided: list[Decided] = []
        self.changed: dict[str, str] = {}
        self.untold: dict[str, str] = {}
        self.stale: dict[str, None] = {}
        self.freed: dict[str, None] = {}
        self.eligible: dict[str, None] = {}
        self._made = 0

    def begin_step(self) -> None:
        """Start the next step."""
        self.step_number += 1
        self.decided = []
        self._made = 0

    def say(self, decision: Decision) -> None:
        """Decide it."""
        self.decided.append(Decided(decision, self.due_at))

    def new_id(self, kind: str) -> str:
        """Return an id made from the step's number; the same in every replay."""
        self._made += 1
        return f"{kind}-{self.step_number}-{self._made}"

    def use_policy(self, policy: Policy, step_number: int, stamp: int) -> None:
        """These rules count, since that step and stamp of the log."""
        self.policy, self.policy_step, self.policy_stamp = policy, step_number, stamp
        self.queues = {queue.name: queue for queue in policy.queues}
        self.entry_points = {point.name: point for point in policy.entry_points}

    @property
    def rules(self) -> Policy:
        """Return the active policy; contacts and agents exist only under one."""
        assert self.policy is not None
        return self.policy

    def touch(self, agent: Agent, because: str) -> None:
        """Something about the agent changed: it is told once, at the end."""
        self.changed.setdefault(agent.agent_id, because)
        self.stale[agent.agent_id] = None

    def move(self, contact: Contact, on: str, to: ContactState) -> None:
        """Change a contact's state by a row of the table; lines are kept up."""
        check(contact.state, on, to)
        if contact.state is ContactState.QUEUED:
            self.market.leave(contact)
            self.eligible.pop(contact.contact_id, None)
        contact.state = to
        contact.since = self.now
        if to is ContactState.QUEUED:
            self.market.enter(contact, self.agents)
            self.eligible[contact.contact_id] = None

    def give_contact(self, contact: Contact, seconds: float) -> None:
        """Set the contact's deadline."""
        contact.deadline_at = self.now + milliseconds(seconds)
        self.timers.arm(contact.deadline_at, TimerKind.CONTACT, contact.contact_id)

    def let_sleep(self, contact: Contact, seconds: float) -> None:
        """The text thread was heard of just now: disconnect it after so long a silence."""
        sleep_at = self.now + milliseconds(seconds)
        if not contact.sleep_at or sleep_at < contact.sleep_at:
            self.timers.arm(sleep_at, TimerKind.SLEEP, contact.contact_id)
        contact.sleep_at = sleep_at

    def give_offer(self, offer: Offer, seconds: float) -> None:
        """Set the offer's deadline."""
        offer.deadline_at = self.now + milliseconds(seconds)
        self.timers.arm(offer.deadline_at, TimerKind.OFFER, offer.offer_id)

    def deadline_of(self, kind: TimerKind, id: str) -> int:
        """Return what the owner's deadline is now; 0 when there is none."""
        if kind is TimerKind.OFFER:
            offer = self.offers.get(id)
            return 0 if offer is None else offer.deadline_at
        if kind is TimerKind.DESK:
            desk = self.desks.get(id)
            return 0 if desk is None else desk.silent_at
        if kind is TimerKind.GRACE:
            agent = self.agents.get(id)
            return 0 if agent is None else agent.grace_until
        contact = self.contacts.get(id)
        if contact is None:
            return 0
        return contact.sleep_at if kind is TimerKind.SLEEP else contact.deadline_at

    def deadlines(self) -> Iterator[Timer]:
        """Yield every deadline that counts; a state without one yields a timer due at 0."""
        for contact_id, contact in self.contacts.items():
            yield Timer(contact.deadline_at, TimerKind.CONTACT, contact_id)
            if contact.sleep_at:
                yield Timer(contact.sleep_at, TimerKind.SLEEP, contact_id)
        for offer_id, offer in self.offers.items():
            yield Timer(offer.deadline_at, TimerKind.OFFER, offer_id)
        for agent_id, agent in self.agents.items():
            if agent.connection == "lost":
                yield Timer(agent.grace_until, TimerKind.GRACE, agent_id)
        for name, desk in self.desks.items():
            if desk.silent_at:
                yield Timer(desk.silent_at, TimerKind.DESK, name)


def milliseconds(seconds: float) -> int:
    """Return whole milliseconds."""
    return round(seconds * 1000)
