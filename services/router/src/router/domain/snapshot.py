"""The engine's state as plain values and back; what it does afterwards is the same, to the byte."""

from dataclasses import asdict, fields
from typing import Any

from router.domain.agent import Agent, Desk
from router.domain.capacity import DEFAULT, effective
from router.domain.contact import Contact, EndedContact, EndedOffer, Offer
from router.domain.plain import from_plain, policy_from, roster_agent_from, to_plain
from router.domain.reasons import ContactCause, OfferOutcome
from router.domain.values import Lineage, Needs
from router.domain.words import Channel, Connection, ContactState, Presence
from router.domain.workspace import Workspace

CONTACT_FIELDS = tuple(field.name for field in fields(Contact))
OFFER_FIELDS = tuple(field.name for field in fields(Offer))
DERIVED = ("defined", "skills", "slots", "kinds", "kind_of", "status")
"""Of an agent: what follows from the roster and from what is in hand."""
AGENT_FIELDS = tuple(field.name for field in fields(Agent) if field.name not in DERIVED)


def dump(ws: Workspace) -> dict[str, Any]:
    """Return everything that later steps depend on, as lists, dicts, text and numbers."""
    return {
        "name": ws.name,
        "step_number": ws.step_number,
        "engine_version": ws.engine_version,
        "clock": [ws.clock.now, ws.clock.last_stamp],
        "policy": to_plain(ws.policy),
        "policy_since": [ws.policy_step, ws.policy_stamp],
        "contacts": [_contact(contact) for contact in ws.contacts.values()],
        "offers": [[getattr(offer, n) for n in OFFER_FIELDS] for offer in ws.offers.values()],
        "agents": [
            [to_plain(agent.defined), {n: _plain(getattr(agent, n)) for n in AGENT_FIELDS}]
            for agent in ws.agents.values()
        ],
        "desks": [[name, desk.silent_at, list(desk.agents)] for name, desk in ws.desks.items()],
        "conversations": ws.conversations,
        "ended_contacts": [
            [id, at, e.cause, e.initial_id, e.customer_id, e.agent_id, e.disposition]
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
    ws.engine_version = data["engine_version"]
    ws.clock.now, ws.clock.last_stamp = data["clock"]
    if data["policy"] is not None:
        ws.use_policy(policy_from(data["policy"]), *data["policy_since"])
    for row in data["contacts"]:
        contact = _contact_from(row)
        ws.contacts[contact.contact_id] = contact
    for row in data["offers"]:
        offer = Offer(**dict(zip(OFFER_FIELDS, row, strict=True)))
        offer.channel = Channel(offer.channel)
        ws.offers[offer.offer_id] = offer
    for name, silent_at, agents in data["desks"]:
        ws.desks[name] = Desk(silent_at, dict.fromkeys(agents))
    ws.conversations = dict(data["conversations"])
    for id, at, cause, *rest in data["ended_contacts"]:
        ws.ended_contacts.put_back(id, at, EndedContact(ContactCause(cause), *rest))
    for id, at, outcome, *rest in data["ended_offers"]:
        ws.ended_offers.put_back(id, at, EndedOffer(OfferOutcome(outcome), *rest))
    for id, at, contact_id in data["messages"]:
        ws.messages.put_back(id, at, contact_id)
    _place(ws, data["agents"])
    return ws


def _place(ws: Workspace, agents: list[Any]) -> None:
    """Put agents and waiting contacts into the market, and arm every timer."""
    for defined, values in agents:
        agent = _agent_from(ws, defined, values)
        ws.agents[agent.agent_id] = agent
        ws.market.enrol(agent)
    for contact in ws.contacts.values():
        if contact.state is ContactState.QUEUED:
            ws.market.enter(contact, ws.agents)
    ws.timers.restore(ws.deadlines())


def _agent_from(ws: Workspace, defined: dict[str, Any], values: dict[str, Any]) -> Agent:
    agent = Agent(defined=roster_agent_from(defined))
    agent.define(agent.defined, effective(agent.defined.capacities, ws.rules.capacities, DEFAULT))
    for name, value in values.items():
        setattr(agent, name, value)
    agent.former_sessions = tuple(agent.former_sessions)
    agent.presence = Presence(agent.presence)
    agent.next_presence = Presence(agent.next_presence) if agent.next_presence else None
    agent.connection = Connection(agent.connection)
    agent.contacts, agent.offers = dict.fromkeys(agent.contacts), dict.fromkeys(agent.offers)
    for contact_id in agent.contacts:
        agent.slots.take(ws.contacts[contact_id].channel)
    for offer_id in agent.offers:
        agent.slots.take(ws.offers[offer_id].channel)
    return agent


def _contact(contact: Contact) -> list[Any]:
    row = [getattr(contact, name) for name in CONTACT_FIELDS]
    row[CONTACT_FIELDS.index("lineage")] = asdict(contact.lineage)
    row[CONTACT_FIELDS.index("requirements")] = to_plain(contact.requirements)
    return row


def _contact_from(row: list[Any]) -> Contact:
    values = dict(zip(CONTACT_FIELDS, row, strict=True))
    lineage = values["lineage"]
    values["lineage"] = Lineage(**(lineage | {"related_ids": tuple(lineage["related_ids"])}))
    values["requirements"] = from_plain(Needs, values["requirements"])
    values["channel"] = Channel(values["channel"])
    values["state"] = ContactState(values["state"])
    return Contact(**values)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, dict | tuple) else value
