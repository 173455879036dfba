"""The engine's state as plain values and back; what it does afterwards is the same, to the byte."""

from dataclasses import fields
from typing import Any

from router.domain.agent import Agent
from router.domain.contact import EndedContact, EndedOffer
from router.domain.deadline_of import dates
from router.domain.desk import Desk
from router.domain.expected_wait import WaitEstimator
from router.domain.filling import fill
from router.domain.plain import policy_from, roster_agent_from, to_plain
from router.domain.reasons import ContactCause, OfferOutcome
from router.domain.rows import CONTACTS, OFFERS
from router.domain.words import Connection, ContactState, Presence
from router.domain.workspace import Workspace

ROSTER = ("defined", "roster", "adjustment")
AGENT_FIELDS = tuple(f.name for f in fields(Agent) if f.init and f.name not in ROSTER)
"""What does not follow from the roster and from what is in hand."""


def dump(ws: Workspace) -> dict[str, Any]:
    """Return everything that later steps depend on, as lists, dicts, text and numbers."""
    return {
        "name": ws.name,
        "step_number": ws.step_number,
        "engine_version": ws.engine_version,
        "turns": ws.turns,
        "clock": [ws.clock.now, ws.clock.last_stamp],
        "policy": None if ws.policy is None else to_plain(ws.policy),
        "policy_since": [ws.policy_step, ws.policy_stamp],
        "contacts": [CONTACTS.row(contact) for contact in ws.contacts.values()],
        "offers": [OFFERS.row(offer) for offer in ws.offers.values()],
        "agents": [_agent(agent) for agent in ws.agents.values()],
        "desks": [[name, desk.silent_at, list(desk.agents)] for name, desk in ws.desks.items()],
        "conversations": ws.conversations,
        "paused": ws.market.paused,
        "estimators": {queue: found.dump() for queue, found in ws.estimators.items()},
        "ended_contacts": [
            [
                id,
                at,
                e.cause,
                e.initial_id,
                e.customer_id,
                e.agent_id,
                e.disposition,
                e.places,
                e.ended_at,
            ]
            for id, at, e in ws.ended_contacts.items()
        ],
        "ended_offers": [
            [id, at, e.outcome, e.agent_id, e.contact_id] for id, at, e in ws.ended_offers.items()
        ],
        "messages": [[id, at, contact_id] for id, at, contact_id in ws.messages.items()],
    }


def load(data: dict[str, Any]) -> Workspace:
    """Return the workspace as it was dumped; what can be derived is derived again."""
    ws = Workspace(data["name"])
    ws.step_number = data["step_number"]
    ws.use_version(data["engine_version"])
    ws.turns = data["turns"]
    ws.clock.now, ws.clock.last_stamp = data["clock"]
    if data["policy"] is not None:
        ws.use_policy(policy_from(data["policy"]), *data["policy_since"])
    for row in data["contacts"]:
        contact = CONTACTS.record(row)
        ws.contacts[contact.contact_id] = contact
    for row in data["offers"]:
        offer = OFFERS.record(row)
        ws.offers[offer.offer_id] = offer
        if offer.unsaid_step:
            ws.unsaid[offer.offer_id] = None
    for name, silent_at, agents in data["desks"]:
        ws.desks[name] = Desk(silent_at, dict.fromkeys(agents))
    ws.conversations = dict(data["conversations"])
    ws.market.paused = dict(data["paused"])
    ws.estimators = {q: WaitEstimator.load(found) for q, found in data["estimators"].items()}
    for id, at, cause, initial_id, customer_id, agent_id, disposition, places, ended_at in data[
        "ended_contacts"
    ]:
        kept = EndedContact(
            ContactCause(cause),
            initial_id,
            customer_id,
            agent_id,
            disposition,
            tuple((queue, since) for queue, since in places),
            ended_at,
        )
        ws.ended_contacts.put_back(id, at, kept)
    for id, at, outcome, *rest in data["ended_offers"]:
        ws.ended_offers.put_back(id, at, EndedOffer(OfferOutcome(outcome), *rest))
    for id, at, contact_id in data["messages"]:
        ws.messages.put_back(id, at, contact_id)
    _place(ws, data["agents"])
    return ws


def _place(ws: Workspace, agents: list[Any]) -> None:
    """Put agents and waiting contacts into the market, and arm every timer."""
    for words, values in agents:
        agent = _agent_from(ws, words, values)
        ws.agents[agent.agent_id] = agent
        ws.market.enrol(agent)
        # Who has room is no news: nothing was let go since the step before.
        agent.slots.is_changed = agent.slots.is_eased = False
        agent.reason_seen = agent.reason_of(agent.barrier_seen, agent.status)
    for contact in ws.contacts.values():
        if contact.state is ContactState.QUEUED:
            ws.market.enter(contact, ws.queues[contact.queue])
    ws.timers.restore(ws.deadlines())
    ws.dates.restore(dates(ws))


def _agent(agent: Agent) -> list[Any]:
    words = [to_plain(said) for said in (agent.defined, agent.roster, agent.adjustment)]
    return [words, {name: _plain(getattr(agent, name)) for name in AGENT_FIELDS}]


def _agent_from(ws: Workspace, words: list[Any], values: dict[str, Any]) -> Agent:
    agent = Agent(defined=roster_agent_from(words[0]))
    agent.define(agent.defined, ws.rules, ws.breakers)
    for name, value in values.items():
        setattr(agent, name, value)
    agent.roster, agent.adjustment = (said and roster_agent_from(said) for said in words[1:])
    agent.former_sessions = tuple(agent.former_sessions)
    agent.adjusted_fields = tuple(agent.adjusted_fields)
    agent.presence = Presence(agent.presence)
    agent.next_presence = Presence(agent.next_presence) if agent.next_presence else None
    agent.connection = Connection(agent.connection)
    agent.contacts = {id: ws.contacts[id] for id in agent.contacts}
    agent.offers = {id: ws.offers[id] for id in agent.offers}
    fill(agent)
    return agent


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, dict | tuple) else value
