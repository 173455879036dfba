"""Everything the engine knows of one workspace: one aggregate, changed in place."""

from collections.abc import Iterable, Iterator

from router.domain.agent import Agent
from router.domain.capacity import Breakers, breakers_of
from router.domain.clock import Clock
from router.domain.contact import Contact, EndedContact, EndedOffer, Offer
from router.domain.deadline_of import date_of, deadline_of, deadlines
from router.domain.desk import Desk
from router.domain.expected_wait import WaitEstimator
from router.domain.hours import Schedule
from router.domain.market import Market
from router.domain.memory import Memory
from router.domain.policy import EntryPoint, Policy
from router.domain.queues import Queue
from router.domain.record import Decided, Decision
from router.domain.setting_deadlines import WithDeadlines
from router.domain.timers import Timer, Timers
from router.domain.transitions import QUEUED, check
from router.domain.versions import BEHAVIOURS
from router.domain.words import ContactState

MAX_REMEMBERED = 200_000


class Workspace(WithDeadlines):
    """State, and the decisions of the step in hand."""

    rules: Policy
    """The active policy; contacts and agents exist only under one."""

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
        self.schedules: dict[str, Schedule] = {}
        self.channel_priorities: dict[str, int] = {}
        self.breakers: Breakers = {}
        self.contacts: dict[str, Contact] = {}
        self.offers: dict[str, Offer] = {}
        self.unsaid: dict[str, None] = {}
        """Offers whose time runs only once their step was said."""
        self.agents: dict[str, Agent] = {}
        self.desks: dict[str, Desk] = {}
        self.conversations: dict[str, str] = {}
        self.ended_contacts: Memory[EndedContact] = Memory(MAX_REMEMBERED)
        self.ended_offers: Memory[EndedOffer] = Memory(MAX_REMEMBERED)
        self.messages: Memory[str] = Memory(MAX_REMEMBERED)
        self.estimators: dict[str, WaitEstimator] = {}
        self.turns = 0
        """How many offers were made."""
        self.timers = Timers(lambda kind, id: deadline_of(self, kind, id))
        self.dates = Timers(lambda kind, id: date_of(self, id))
        """Of callbacks: by the log's stamps."""
        self.market = Market()
        self.now = 0
        self.due_at: int | None = None
        self.decided: list[Decided] = []
        self.changed: dict[str, str] = {}
        self.untold: dict[str, str] = {}
        self.stale: dict[str, None] = {}
        self.freed: dict[str, None] = {}
        self.eligible: dict[str, None] = {}
        self.entered: dict[str, None] = {}
        self.parted: dict[str, None] = {}
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
        self.policy = self.rules = policy
        self.policy_step, self.policy_stamp = step_number, stamp
        self.queues = {queue.name: queue for queue in policy.queues}
        self.entry_points = {point.name: point for point in policy.entry_points}
        self.schedules = {schedule.name: schedule for schedule in policy.schedules}
        self.channel_priorities = {c.channel: c.priority for c in policy.channel_priorities}
        self.breakers = breakers_of(policy.interrupts)

    def use_version(self, version: int) -> None:
        """The engine behaves as this version: all lines are made anew."""
        self.engine_version = version
        for contact in self.contacts.values():
            contact.told = None
        waiting = [c for c in self.contacts.values() if c.state is ContactState.QUEUED]
        for contact in waiting:
            self.market.leave(contact.contact_id)
        self.market.standings.use(BEHAVIOURS[version].agent_key)
        if not BEHAVIOURS[version].is_said_first:
            self.unsaid.clear()
            for offer in self.offers.values():
                offer.unsaid_step = 0
        for contact in waiting:
            self.line_up(contact)

    def touch(self, agent: Agent, because: str) -> None:
        """Something about the agent changed: it is told once, at the end."""
        self.changed.setdefault(agent.agent_id, because)
        self.stale[agent.agent_id] = None

    def move(self, contact: Contact, on: str, to: ContactState) -> None:
        """Change a contact's state by a row of the table; lines are kept up."""
        check(contact.state, on, to)
        if contact.state is QUEUED:
            self.market.leave(contact.contact_id)
            self.eligible.pop(contact.contact_id, None)
        contact.state, contact.since = to, self.now
        contact.told = contact.shown = None
        if to is QUEUED:
            self.line_up(contact)

    def line_up(self, contact: Contact) -> None:
        """The contact is in line now; it is looked at before the step ends."""
        self.market.enter(contact, self.queues[contact.queue])
        self.eligible[contact.contact_id] = None

    def delays(self, queue: str) -> Iterable[int]:
        """Return after which waits (ms) more agents may get what waits in the queue."""
        return self.market.roster.delays.get(queue, ())

    def deadlines(self) -> Iterator[Timer]:
        """Yield every deadline that counts; a state without one yields a timer due at 0."""
        return deadlines(self)
