"""A day of the log: where it begins, and what is said in it, with what each word answers."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from router.domain.agent_facts import AgentSignedOut, PresenceChosen
from router.domain.contact_facts import CustomerMessaged
from router.domain.engine import Engine
from router.domain.policy import Policy
from router.domain.record import Record
from router.domain.snapshot import dump, load
from router.domain.steering_decisions import PolicyActivated, RecordRejected
from router.domain.words import Presence
from router.domain.workspace import Workspace
from router.simulation.stages import KIND_OF_STATE, Kind, Moment, Place, Stage, Stages, Turn

CUSTOMER_ACTS = frozenset(
    {
        *("QueueRequested", "FlowFinished", "CustomerLeft", "CallbackRequested", "MessageTaken"),
        *("CustomerMessaged", "AgentFirstReplied"),
    }
)
"""Words about a contact that follow from how far it is; an agent's words do too."""
NOTHING: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A record of the log. `at` is its stamp, or the latest one before it."""

    index: int
    record: Record
    at: int
    answers: Stage | None
    contact: str
    """What both worlds call the contact that it names."""
    is_of_session: bool
    """The agent's session was the current one."""
    is_of_holder: bool
    """The agent had the contact in hand, or the offer."""
    leaves: frozenset[Kind]
    """In which stages contacts are that the agent has in hand, who signs out."""
    is_policy_taken: bool = False
    """The policy that it proposes became active."""
    is_refused: bool = False


@dataclass(slots=True)
class Seen:
    """A stage of the log: when, the words that answered it, and how it ended."""

    began: int
    place: Place
    ended: int | None = None
    by: Any = None
    words: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class Day:
    """What a span of the log tells. `state` is the workspace before it, as JSON."""

    state: str
    begin: int
    end: int
    words: list[Word] = field(default_factory=list)
    seen: dict[Stage, Seen] = field(default_factory=dict)
    policies: list[Policy] = field(default_factory=list)
    """All that were active in it, the one before it first."""

    def workspace(self) -> Workspace:
        """Return the workspace as it was when the day began; each time a new one."""
        return load(json.loads(self.state))

    @property
    def length(self) -> int:
        """Milliseconds."""
        return self.end - self.begin


def observe(
    before: Workspace,
    records: Iterable[Record],
    begin: int,
    end: int,
    heard: Callable[[Moment], None] = lambda moment: None,
) -> Day:
    """Replay the records up to the span's end and note what each answers; `heard` gets every step.

    `before` is the state that all earlier records lead to; it is left as it is.
    """
    day = Day(json.dumps(dump(before)), begin, end)
    observer = _Observer(day)
    for record in records:
        if max(observer.now, record.stamp) >= end:
            break
        heard(observer.take(record))
    return day


class _Observer:
    def __init__(self, day: Day) -> None:
        self.day = day
        self.engine = Engine(day.workspace())
        self.ws = self.engine.workspace
        self.stages = Stages(self.ws)
        self.now = day.begin
        for stage in (*self.stages.current.values(), *self.stages.offers.values()):
            self._begin(stage, self._since(stage))
        for stage in self.stages.silent.values():
            self._begin(stage, day.begin)
        if self.ws.policy is not None:
            day.policies.append(self.ws.policy)

    def take(self, record: Record) -> Moment:
        self.now = max(self.now, record.stamp)
        fact = record.fact
        answers = self._answers(fact)
        agent = self.ws.agents.get(getattr(fact, "agent_id", ""))
        session = getattr(fact, "session_number", None)
        contact = self.ws.contacts.get(getattr(fact, "contact_id", ""))
        holder = contact.agent_id if contact is not None else ""
        if answers is not None and answers.agent:
            holder = answers.agent
        leaves = NOTHING
        if isinstance(fact, AgentSignedOut):
            leaves = in_hand(self.ws, fact.agent_id)
        step = self.engine.apply(record)
        active = [d for d in step.decisions if isinstance(d.decision, PolicyActivated)]
        if active and self.ws.policy is not None:
            self.day.policies.append(self.ws.policy)
        word = Word(
            index=len(self.day.words),
            record=record,
            at=self.now,
            answers=answers,
            contact=self.stages.name(getattr(fact, "contact_id", "")),
            is_of_session=agent is not None and session == agent.session_number,
            is_of_holder=agent is not None and agent.agent_id == holder,
            leaves=leaves,
            is_policy_taken=bool(active),
            is_refused=any(isinstance(d.decision, RecordRejected) for d in step.decisions),
        )
        self.day.words.append(word)
        if answers is not None:
            self.day.seen[answers].words.append(word)
        for turn in self.stages.follow(step, fact):
            self._turn(turn)
        return Moment(step, self.now, fact, self.stages.name)

    def _turn(self, turn: Turn) -> None:
        if turn.is_begin:
            self._begin(turn.stage, self.now)
            return
        seen = self.day.seen.get(turn.stage)
        if seen is not None and seen.ended is None:
            seen.ended, seen.by = self.now, turn.decision

    def _begin(self, stage: Stage, at: int) -> None:
        self.day.seen[stage] = Seen(at, self.stages.place(stage.contact))

    def _since(self, stage: Stage) -> int:
        """Return since when a stage is there that began before the day."""
        contact = self.ws.contacts.get(self.stages.id_of(stage.contact))
        if contact is None:
            return self.day.begin
        since = contact.queued_since if stage.kind is Kind.WAIT else contact.since
        return min(since, self.day.begin)

    def _answers(self, fact: Any) -> Stage | None:
        """Return the stage that the fact follows from; None when it comes by itself."""
        offer_id = getattr(fact, "offer_id", "")
        if offer_id:
            return self.stages.offers.get(offer_id)
        if isinstance(fact, PresenceChosen) and fact.presence is Presence.AVAILABLE:
            agent = self.ws.agents.get(fact.agent_id)
            is_back = agent is not None and agent.presence is Presence.AVAILABLE
            return self.stages.silent.get(fact.agent_id) if is_back else None
        contact_id = getattr(fact, "contact_id", "")
        if isinstance(fact, CustomerMessaged):
            contact_id = self._spoken_of(fact)
        if contact_id and (type(fact).__name__ in CUSTOMER_ACTS or hasattr(fact, "session_number")):
            return self.stages.current.get(contact_id)
        return None

    def _spoken_of(self, fact: CustomerMessaged) -> str:
        for contact_id in (fact.contact_id, self.ws.conversations.get(fact.conversation_id, "")):
            stage = self.stages.current.get(contact_id)
            if stage is not None and stage.kind is not Kind.WRAP_UP:
                return contact_id
        return ""


def in_hand(ws: Workspace, agent_id: str) -> frozenset[Kind]:
    """Return in which stages the contacts are that the agent has in hand."""
    agent = ws.agents.get(agent_id)
    states = () if agent is None else [contact.state for contact in agent.contacts.values()]
    return frozenset(KIND_OF_STATE.get(state, Kind.TALK) for state in states)
