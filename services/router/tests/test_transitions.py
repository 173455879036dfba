"""The contact table of the domain: what each event does in each state, and nothing else."""

from typing import Any

import pytest

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain.contact import Contact
from router.domain.reasons import Because
from router.domain.steering_decisions import RecordRejected
from router.domain.values import NO_NEEDS
from router.domain.words import ContactState, FlowOutcome, Party

from .scenario import Scenario

STATES = [state for state in ContactState if state is not ContactState.ENDED]
WAYS = {
    "in_flow": [],
    "queued": ["c1 wants billing"],
    "offered": ["agent ana skills=billing", "c1 wants billing"],
    "connecting": ["agent ana skills=billing", "c1 wants billing", "ana accepts c1"],
}
WAYS["connected"] = [*WAYS["connecting"], "c1 leg answers"]
WAYS["on_hold"] = [*WAYS["connected"], "ana holds c1"]
WAYS["wrap_up"] = [*WAYS["connected"], "c1 ends"]

# Event: the state it finds → the state it leads to. Everything else is refused.
TABLE = {
    "QueueRequested": {"in_flow": "queued"},
    "FlowFinished": {"in_flow": "ended"},
    "CustomerLeft": dict.fromkeys(("in_flow", "queued", "offered", "connecting"), "ended"),
    "OfferDelivered": {},
    "OfferAccepted": {"offered": "connecting"},
    "OfferRejected": {"offered": "offered"},  # back in the queue, and offered again: ana is alone
    "AgentConnected": {"connecting": "connected"},
    "AgentLegFailed": {"connecting": "offered"},
    "HoldStarted": {"connected": "on_hold"},
    "HoldEnded": {"on_hold": "connected"},
    "TransferRequested": {"connected": "wrap_up", "on_hold": "wrap_up"},
    "ContactDisconnected": {"connected": "wrap_up", "on_hold": "wrap_up"},
    "WrapUpFinished": {"wrap_up": "ended"},
    "CallbackRequested": {"queued": "ended", "offered": "ended"},
    "MessageTaken": {"queued": "ended"},
    "ChannelFailed": {
        **dict.fromkeys(("in_flow", "queued", "offered", "connecting"), "ended"),
        # In wrap-up the agent's work goes on, and the contact ends failed.
        **dict.fromkeys(("connected", "on_hold", "wrap_up"), "wrap_up"),
    },
    "AgentFirstReplied": {"connected": "connected", "on_hold": "on_hold"},
    "CustomerIdentified": {state: str(state) for state in STATES},
    "Deadline": {
        **dict.fromkeys(("in_flow", "queued", "offered", "connecting", "wrap_up"), "ended"),
        **dict.fromkeys(("connected", "on_hold"), "wrap_up"),
    },
    "AgentGone": {
        **dict.fromkeys(("connected", "on_hold", "offered", "connecting"), "queued"),
        "wrap_up": "wrap_up",
    },
}


@pytest.mark.parametrize(
    "event", [event for event in TABLE if event not in ("Deadline", "AgentGone")]
)
@pytest.mark.parametrize("state", STATES)
def test_an_event_does_in_a_state_what_the_table_says(state, event):
    scenario = _in(state)
    ws = scenario.log.engine.workspace
    step = scenario.log.say(_fact(event, scenario))
    refusals = [d.decision for d in step.decisions if isinstance(d.decision, RecordRejected)]
    now = ws.contacts.get("c1", ContactState.ENDED)

    if state in TABLE[event]:
        assert not refusals
        assert (now.state if isinstance(now, Contact) else now) == TABLE[event][state]
    else:
        assert len(refusals) == 1 and refusals[0].because is not Because.NOT_UNDERSTOOD
        assert isinstance(now, Contact) and now.state == state


@pytest.mark.parametrize("state", TABLE["Deadline"])
def test_each_state_ends_at_its_deadline(state):
    scenario = _in(state)
    ws = scenario.log.engine.workspace
    # The agent answers nobody else; only this contact's own limit is looked at.
    ws.contacts["c1"].deadline_at = ws.now + 1
    ws.timers.restore(ws.deadlines())
    scenario.log.wait(10)

    now = ws.contacts.get("c1")
    assert (now.state if now else "ended") == TABLE["Deadline"][state]


@pytest.mark.parametrize("state", TABLE["AgentGone"])
def test_a_contact_whose_agent_is_gone_waits_again(state):
    scenario = _in(state)
    scenario.agent_signs("ana", "out")

    assert scenario.log.engine.workspace.contacts["c1"].state == TABLE["AgentGone"][state]


def _in(state: str) -> Scenario:
    scenario = Scenario()
    for command in ["arrive c1", *WAYS[state]]:
        scenario.obey(command)
    assert scenario.log.engine.workspace.contacts["c1"].state == state
    return scenario


def _fact(event: str, scenario: Scenario) -> Any:
    session = (
        scenario.session("ana")
        if "ana" in scenario.sessions
        else {"agent_id": "ana", "session_number": 1, "desk_instance": "desk1"}
    )
    contact = {"contact_id": "c1"}
    offer = {"offer_id": scenario.offers.get(("c1", "ana"), "none")}
    leg = contact | offer | {"agent_id": "ana"}
    said = {
        "QueueRequested": lambda: c.QueueRequested(
            **contact, queue="billing", priority=0, requirements=NO_NEEDS
        ),
        "FlowFinished": lambda: c.FlowFinished(**contact, outcome=FlowOutcome.RESOLVED),
        "CustomerLeft": lambda: c.CustomerLeft(**contact),
        "OfferDelivered": lambda: a.OfferDelivered(**session, **offer),
        "OfferAccepted": lambda: a.OfferAccepted(**session, **offer),
        "OfferRejected": lambda: a.OfferRejected(**session, **offer, reason_code=""),
        "AgentConnected": lambda: c.AgentConnected(**leg),
        "AgentLegFailed": lambda: c.AgentLegFailed(**leg, reason="busy"),
        "HoldStarted": lambda: a.HoldStarted(**session, **contact),
        "HoldEnded": lambda: a.HoldEnded(**session, **contact),
        "TransferRequested": lambda: a.TransferRequested(
            **session, **contact, queue="sales", requirements=NO_NEEDS
        ),
        "ContactDisconnected": lambda: c.ContactDisconnected(
            **contact, by=Party.CUSTOMER, agent_id="", session_number=0, desk_instance=""
        ),
        "WrapUpFinished": lambda: a.WrapUpFinished(
            **session, **contact, disposition="solved", note=None
        ),
        "CallbackRequested": lambda: c.CallbackRequested(**contact),
        "MessageTaken": lambda: c.MessageTaken(**contact),
        "ChannelFailed": lambda: c.ChannelFailed(**contact, reason="crash"),
        "AgentFirstReplied": lambda: c.AgentFirstReplied(**contact, agent_id="ana"),
        "CustomerIdentified": lambda: c.CustomerIdentified(
            **contact,
            customer_id="customer7",
            is_new=False,
            tier="",
            last_agent_id="",
            contact_count=0,
        ),
    }
    return said[event]()
