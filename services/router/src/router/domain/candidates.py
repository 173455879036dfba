"""Everybody who was looked at for an offer, and why each was dropped; slow, rarely asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from router.domain.agent import FREE, Agent
from router.domain.contact import Contact
from router.domain.explaining import compared_agent, compared_contact
from router.domain.own_lines import may_take
from router.domain.words import ContactState
from router.domain.workspace import Workspace

CHOSEN = "chosen"
ELIGIBLE = "eligible"

Place = tuple[Any, ...]
"""What is compared, lower first."""


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
    """Return a row for each agent of the roster; only the one, when it waits for one alone."""
    contact = ws.contacts[contact_id]
    if contact.preferred_agent_id:
        until = (("alone_until", str(contact.preferred_until)),)
        return [Row(chosen, CHOSEN, until)]
    bucket = ws.market.bucket_of(contact, ws.queues[contact.queue])
    offered = {ws.offers[offer_id].agent_id for offer_id in contact.offers}
    rows: list[tuple[Place, Row]] = []
    for agent in ws.agents.values():
        fit = bucket.fit_of(agent)
        verdict = "offered" if agent.agent_id in offered else verdict_on(ws, contact, agent)
        if fit is None:
            rows.append(((), Row(agent.agent_id, verdict, ())))
        else:
            place: Place = (fit.ring, *ws.market.standings.key_of(fit, bucket.order))
            rows.append((place, Row(agent.agent_id, verdict, compared_agent(fit, bucket, ws.now))))
    return _ordered(rows, chosen)


def contacts_for(ws: Workspace, agent_id: str, chosen: str) -> list[Row]:
    """Return a row for each contact that waits, as it stands for this agent."""
    agent = ws.agents[agent_id]
    rows: list[tuple[Place, Row]] = []
    for contact in ws.contacts.values():
        if contact.state is not ContactState.QUEUED:
            continue
        wanted, _ = agent.wish(contact.queue, contact.channel)
        rank = ws.market.rank_of(contact.contact_id, ws.now)
        compared = compared_contact(contact, -rank[0], wanted)
        row = Row(contact.contact_id, verdict_on(ws, contact, agent), compared)
        rows.append(((wanted, *rank), row))
    return _ordered(rows, chosen)


def verdict_on(ws: Workspace, contact: Contact, agent: Agent) -> str:
    """Say whether the agent could have the contact now, or why not."""
    verdict = _fitness(ws, contact, agent)
    if verdict == ELIGIBLE and contact.queue in ws.market.paused:
        return "queue_paused"
    if verdict == ELIGIBLE and contact.asked_by == agent.agent_id:
        return "asks_themselves"
    return verdict


def _fitness(ws: Workspace, contact: Contact, agent: Agent) -> str:
    if contact.preferred_agent_id:
        return _of_the_one(contact, agent)
    bucket = ws.market.bucket_of(contact, ws.queues[contact.queue])
    fit = bucket.fit_of(agent)
    if fit is None:
        return bucket.unfit(agent)
    status = agent.status[agent.kind_of[contact.channel]]
    if status == FREE and fit.delay > ws.now - contact.queued_since:
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


def _ordered(rows: list[tuple[Place, Row]], chosen: str) -> list[Row]:
    """The chosen one, the eligible in their order, the dropped by reason."""
    steps = {CHOSEN: 0, ELIGIBLE: 1}

    def order(entry: tuple[Place, Row]) -> tuple[Any, ...]:
        place, row = entry
        step = steps.get(row.verdict, len(steps))
        if step == len(steps):
            return (step, row.verdict, row.id)
        return (step, "", *place)

    rows = [(p, Row(r.id, CHOSEN, r.compared) if r.id == chosen else r) for p, r in rows]
    return [row for _, row in sorted(rows, key=order)]
