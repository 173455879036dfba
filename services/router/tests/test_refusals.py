"""What cannot be is refused with a typed reason, and no contact, offer or agent moves for it."""

from typing import Any

import pytest

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain import supervisor_facts as v
from router.domain.reasons import Because
from router.domain.snapshot import dump
from router.domain.steering_decisions import RecordRejected
from router.domain.values import NO_NEEDS, Lineage, Needs, Requirement
from router.domain.words import Channel, Party, Presence

from .scenario import Scenario
from .workspaces import START, a_roster_agent

DAY = 86_400_000
BEGINNING = [
    *("agent ana skills=billing", "agent bob skills=sales", "agent cem", "cem signs out"),
    *("contact c1 queue=billing", "arrive c2"),
    *("contact c3 queue=sales channel=chat", "bob accepts c3"),
    *("contact c4 queue=sales skills=vip", "agent dia skills=sales presence=none"),
]


def a_scenario() -> Scenario:
    """Ana is offered c1, c2 is in its flow, bob has c3, c4 waits; cem is gone."""
    scenario = Scenario()
    scenario.run(BEGINNING)
    return scenario


def wants(queue: str = "billing", priority: int = 0, *skills: str) -> c.QueueRequested:
    needs = Needs(tuple(Requirement(skill, 1) for skill in skills)) if skills else NO_NEEDS
    return c.QueueRequested(contact_id="c2", queue=queue, priority=priority, requirements=needs)


def arrives(contact_id: str, entry_point: str = "main") -> c.ContactArrived:
    return c.ContactArrived(
        contact_id=contact_id,
        channel=Channel.VOICE,
        entry_point=entry_point,
        conversation_id="",
        key_id="k",
        lineage=Lineage(),
    )


def transfer(session: Any, **aim: str) -> a.TransferRequested:
    return a.TransferRequested(
        **session, contact_id="c3", requirements=NO_NEEDS, **{"queue": "", **aim}
    )


REFUSED = {
    "another's offer": (
        lambda of, offer: a.OfferAccepted(**of("bob"), offer_id=offer),
        Because.NOT_YOUR_CONTACT,
    ),
    "an offer that never was": (
        lambda of, offer: a.OfferRejected(**of("ana"), offer_id="none", reason_code=""),
        Because.UNKNOWN_OFFER,
    ),
    "another's contact": (
        lambda of, offer: a.HoldStarted(**of("ana"), contact_id="c3"),
        Because.NOT_YOUR_CONTACT,
    ),
    "a contact that never was": (
        lambda of, offer: c.CustomerLeft(contact_id="c9"),
        Because.UNKNOWN_CONTACT,
    ),
    "a contact that is known": (lambda of, offer: arrives("c1"), Because.REPEATED),
    "a contact without name": (lambda of, offer: arrives(""), Because.INVALID_FIELD),
    "an entry point that is not": (
        lambda of, offer: arrives("c9", "nowhere"),
        Because.UNKNOWN_ENTRY_POINT,
    ),
    "a queue that is not": (lambda of, offer: wants("nowhere"), Because.UNKNOWN_QUEUE),
    "a priority beyond all": (lambda of, offer: wants("billing", 1_001), Because.INVALID_FIELD),
    "a priority below all": (lambda of, offer: wants("billing", -1_001), Because.INVALID_FIELD),
    "a skill that is not": (lambda of, offer: wants("billing", 0, "magic"), Because.UNKNOWN_SKILL),
    "a language that is not": (
        lambda of, offer: wants("billing", 0, "language:xx"),
        Because.UNKNOWN_SKILL,
    ),
    "a brand that is not": (
        lambda of, offer: wants("billing", 0, "brand:xx"),
        Because.UNKNOWN_SKILL,
    ),
    "a leg that is not dialled yet": (
        lambda of, offer: c.AgentConnected(contact_id="c1", offer_id=offer, agent_id="ana"),
        Because.NOT_IN_THIS_STATE,
    ),
    "a leg of another contact": (
        lambda of, offer: c.AgentConnected(contact_id="c4", offer_id=offer, agent_id="ana"),
        Because.INVALID_FIELD,
    ),
    "a leg of an agent who is not": (
        lambda of, offer: c.AgentConnected(contact_id="c1", offer_id=offer, agent_id="eve"),
        Because.UNKNOWN_AGENT,
    ),
    "a failed leg of an agent who is not": (
        lambda of, offer: c.AgentLegFailed(
            contact_id="c1", offer_id=offer, agent_id="eve", reason="busy"
        ),
        Because.UNKNOWN_AGENT,
    ),
    "a customer who is not dialled": (
        lambda of, offer: c.CustomerLegFailed(contact_id="c1", offer_id=offer, reason="busy"),
        Because.NOT_IN_THIS_STATE,
    ),
    "an agent who is not": (
        lambda of, offer: a.AgentSignedIn(agent_id="eve", session_id="s", desk_instance="d"),
        Because.UNKNOWN_AGENT,
    ),
    "an older session": (
        lambda of, offer: a.AgentSignedOut(**{**of("ana"), "session_number": 1}),
        Because.STALE_SESSION,
    ),
    "who is gone": (
        lambda of, offer: a.PresenceChosen(
            **of("cem"), presence=Presence.AVAILABLE, reason_code="", is_next=False
        ),
        Because.STALE_SESSION,
    ),
    "a transfer to oneself": (
        lambda of, offer: transfer(of("bob"), to_agent_id="bob"),
        Because.INVALID_FIELD,
    ),
    "a transfer to nowhere": (lambda of, offer: transfer(of("bob")), Because.UNKNOWN_QUEUE),
    "a transfer to nobody": (
        lambda of, offer: transfer(of("bob"), to_agent_id="eve"),
        Because.UNKNOWN_AGENT,
    ),
    "a conference of none": (
        lambda of, offer: a.ConferenceStarted(**of("bob"), contact_id="c3"),
        Because.NO_CONSULT,
    ),
    "the end of no consult": (
        lambda of, offer: a.ConsultEnded(**of("bob"), contact_id="c3"),
        Because.NO_CONSULT,
    ),
    "the end of what is not connected": (
        lambda of, offer: c.ContactDisconnected(
            contact_id="c4", by=Party.CUSTOMER, agent_id="", session_number=0, desk_instance=""
        ),
        Because.NOT_IN_THIS_STATE,
    ),
    "a reply to what is not one's own": (
        lambda of, offer: c.AgentFirstReplied(contact_id="c3", agent_id="ana"),
        Because.NOT_YOUR_CONTACT,
    ),
    "a customer without name": (
        lambda of, offer: c.CustomerIdentified(
            contact_id="c1",
            customer_id="",
            is_new=False,
            tier="",
            last_agent_id="",
            contact_count=0,
        ),
        Because.INVALID_FIELD,
    ),
    "a roster of nobody": (lambda of, offer: s.RosterDeclared(agent_ids=()), Because.INVALID_FIELD),
    "the roster as it is": (
        lambda of, offer: s.RosterDeclared(agent_ids=("ana", "bob", "cem", "dia")),
        Because.REPEATED,
    ),
    "to whom is gone": (
        lambda of, offer: v.ContactReassigned(contact_id="c4", agent_id="cem"),
        Because.NOT_IN_THIS_STATE,
    ),
    "to whom has it": (
        lambda of, offer: v.ContactReassigned(contact_id="c3", agent_id="bob"),
        Because.REPEATED,
    ),
    "out of the flow": (
        lambda of, offer: v.ContactMoved(contact_id="c2", queue="billing"),
        Because.NOT_IN_THIS_STATE,
    ),
    "back to where it is": (
        lambda of, offer: v.ContactPulledBack(contact_id="c4"),
        Because.REPEATED,
    ),
    "the priority it has": (
        lambda of, offer: v.ContactPrioritised(contact_id="c4", priority=0),
        Because.REPEATED,
    ),
    "the presence of who is gone": (
        lambda of, offer: v.PresenceForced(
            agent_id="cem", presence=Presence.AVAILABLE, reason_code=""
        ),
        Because.NOT_IN_THIS_STATE,
    ),
    "the presence as it is": (
        lambda of, offer: v.PresenceForced(
            agent_id="ana", presence=Presence.AVAILABLE, reason_code=""
        ),
        Because.REPEATED,
    ),
    "back from no adjustment": (
        lambda of, offer: v.AgentAdjusted(agent=a_roster_agent("ana"), fields=()),
        Because.REPEATED,
    ),
    "the end of no hold": (
        lambda of, offer: a.HoldEnded(**of("bob"), contact_id="c3"),
        Because.REPEATED,
    ),
    "an adjustment to a skill that is not": (
        lambda of, offer: v.AgentAdjusted(agent=a_roster_agent("ana", "magic"), fields=("skills",)),
        Because.UNKNOWN_SKILL,
    ),
    "a callback in the far future": (
        lambda of, offer: c.CallbackRequested(contact_id="c1", scheduled_at=START + 31 * DAY),
        Because.INVALID_FIELD,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused_with_a_typed_reason_and_nothing_moves(what):
    make, because = REFUSED[what]
    scenario = a_scenario()
    before = moved(scenario)
    fact = make(scenario.session, scenario.offers["c1", "ana"])
    step = scenario.say(fact)
    decisions = [one.decision for one in step.decisions]

    assert [type(one) for one in decisions] == [RecordRejected]
    assert decisions[0].because is because
    assert names_in(decisions[0]) & names_in(fact) or not names_in(fact)
    assert moved(scenario) == before


def names_in(said: Any) -> set[str]:
    """Return which contact, offer and agents it is about."""
    names = ("contact_id", "offer_id", "agent_id", "to_agent_id")
    both = (said, getattr(said, "agent", None))
    found = {getattr(one, name, "") for one in both for name in names}
    return found - {""}


def moved(scenario: Scenario) -> list[Any]:
    """Return what a refused word must leave alone."""
    state = dump(scenario.log.engine.workspace)
    return [state[part] for part in ("contacts", "offers", "agents", "paused")]
