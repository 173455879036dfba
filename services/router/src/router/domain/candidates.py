"""Everybody who was looked at for an offer, and why each was dropped; slow, rarely asked for."""

from collections.abc import Iterable
from dataclasses import dataclass

from router.domain.agent import FREE, Agent
from router.domain.contact import Contact
from router.domain.own_lines import may_take
from router.domain.words import ContactState
from router.domain.workspace import Workspace

CHOSEN = "chosen"
ELIGIBLE = "eligible"


@dataclass(frozen=True, slots=True)
class Row:
    """An agent or a contact: chosen, eligible, or the reason why it was dropped."""

    id: str
    verdict: str
    compared: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An offer as its explanation tells it: who was chosen for whom, and what was asked."""

    offer_id: str
    question: str
    contact_id: str
    agent_id: str


class Lists:
    """Takes down who there was to choose from, at the instant of each of these choices."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._choices = {choice.offer_id: choice for choice in choices}
        self.rows: dict[str, list[Row]] = {}

    def watch(self, ws: Workspace) -> None:
        """Look on from now on; an offer takes its id before it changes anything."""
        make = ws.new_id

        def new_id(kind: str) -> str:
            id = make(kind)
            choice = self._choices.get(id)
            if choice is not None:
                self.rows[id] = candidates(ws, choice)
            return id

        vars(ws)["new_id"] = new_id


def candidates(ws: Workspace, choice: Choice) -> list[Row]:
    """Return everybody there is to choose from: the chosen, the eligible, the dropped."""
    if choice.question == "contact_for_agent":
        return contacts_for(ws, choice.agent_id, choice.contact_id)
    return agents_for(ws, choice.contact_id, choice.agent_id)


def agents_for(ws: Workspace, contact_id: str, chosen: str) -> list[Row]:
    """Return a row for each agent of the roster, as they stand for this waiting contact."""
    contact = ws.contacts[contact_id]
    rows = [
        (agent.idle_since, Row(agent.agent_id, _of_agent(ws, contact, agent), _idle(agent, ws.now)))
        for agent in ws.agents.values()
    ]
    return _ordered(rows, chosen)


def contacts_for(ws: Workspace, agent_id: str, chosen: str) -> list[Row]:
    """Return a row for each contact that waits, as it stands for this agent."""
    agent = ws.agents[agent_id]
    rows = [
        (
            _rank(ws, contact, agent),
            Row(contact.contact_id, _of_agent(ws, contact, agent), _place(contact)),
        )
        for contact in ws.contacts.values()
        if contact.state is ContactState.QUEUED
    ]
    return _ordered(rows, chosen)


def _row(ws: Workspace, contact: Contact, agent: Agent) -> Row:
    return Row(contact.contact_id, _of_agent(ws, contact, agent), _place(contact))


def _rank(ws: Workspace, contact: Contact, agent: Agent) -> object:
    preference = agent.preference(contact.queue, contact.channel)
    return preference.priority if preference else 1, ws.market.rank_of(contact.contact_id, ws.now)


def _of_agent(ws: Workspace, contact: Contact, agent: Agent) -> str:
    if contact.queue in ws.market.paused:
        return "queue_paused"
    if contact.asked_by == agent.agent_id:
        return "asks_themselves"
    if contact.preferred_agent_id:
        return _of_the_one(contact, agent)
    bucket = ws.market.bucket_of(contact, ws.agents, ws.queues[contact.queue])
    unfit = bucket.unfit(agent)
    if unfit:
        return unfit
    status = agent.status[agent.kind_of[contact.channel]]
    if status == FREE and bucket.fits[agent.agent_id].delay > ws.now - contact.queued_since:
        return "delay"
    return ELIGIBLE if status == FREE else status


def _of_the_one(contact: Contact, agent: Agent) -> str:
    """The contact waits for one agent alone."""
    if contact.preferred_agent_id != agent.agent_id:
        return "waits_for_another"
    if may_take(agent, contact.channel, contact.over):
        return ELIGIBLE
    kind = agent.kind_of.get(contact.channel)
    return "no_capacity" if kind is None else agent.status[kind]


def _ordered(rows: Iterable[tuple[object, Row]], chosen: str) -> list[Row]:
    """The chosen one, the eligible in their order, the dropped by reason."""
    found = [
        (place, Row(row.id, CHOSEN, row.compared) if row.id == chosen else row)
        for place, row in rows
    ]
    steps = {CHOSEN: 0, ELIGIBLE: 1}

    def order(entry: tuple[object, Row]) -> tuple[object, ...]:
        place, row = entry
        step = steps.get(row.verdict, 2)
        return (step, row.verdict if step == 2 else "", place, row.id)

    return [row for _, row in sorted(found, key=order)]


def _idle(agent: Agent, now: int) -> tuple[tuple[str, str], ...]:
    return (("idle_seconds", f"{(now - agent.idle_since) / 1000:.3f}"),)


def _place(contact: Contact) -> tuple[tuple[str, str], ...]:
    return (("priority", str(contact.priority)), ("queued_since", str(contact.queued_since)))
