"""Which decision of the domain is which of the contract's, and what fills it in.

A message that is given to a constructor is copied, once for each level of nesting: it is filled
where it stands instead.
"""

from collections.abc import Callable
from typing import Any

from router.adapters.codec import agents, contacts, offers, steered, visits
from router.domain import agent_decisions as a
from router.domain import consult_decisions
from router.domain import contact_decisions as c
from router.domain import offer_decisions as o
from router.domain import steering_decisions as s
from router.domain import visit_decisions as v

WRITERS: dict[type, tuple[str, Callable[[Any, Any], None]]] = {
    c.ContactOpened: ("contact_opened", contacts.contact_opened),
    c.CustomerBound: ("customer_bound", contacts.customer_bound),
    c.MessageReceived: ("message_received", contacts.message_received),
    c.ContactConnecting: ("contact_connecting", contacts.contact_connecting),
    c.ContactConnected: ("contact_connected", contacts.contact_connected),
    c.ContactHeld: ("contact_held", contacts.contact_held),
    c.ContactResumed: ("contact_resumed", contacts.contact_resumed),
    c.FirstReplyMade: ("first_reply_made", contacts.first_reply_made),
    c.ContactTransferred: ("contact_transferred", contacts.contact_transferred),
    c.WrapUpStarted: ("wrap_up_started", contacts.wrap_up_started),
    c.ContactEnded: ("contact_ended", contacts.contact_ended),
    v.ContactSentToFlow: ("contact_sent_to_flow", contacts.contact_sent_to_flow),
    c.CallbackTaken: ("callback_taken", contacts.callback_taken),
    c.CallbackPutOff: ("callback_put_off", contacts.callback_put_off),
    c.TaskTaken: ("task_taken", contacts.task_taken),
    consult_decisions.ConsultStarted: ("consult_started", contacts.consult_started),
    consult_decisions.ConsultFinished: ("consult_finished", contacts.consult_finished),
    consult_decisions.ConferenceOpened: ("conference_opened", contacts.conference_opened),
    v.ContactPrioritySet: ("contact_priority_set", contacts.contact_priority_set),
    v.VisitOpened: ("visit_opened", visits.visit_opened),
    v.VisitEnded: ("visit_ended", visits.visit_ended),
    v.RingOpened: ("ring_opened", visits.ring_opened),
    v.WaitEstimated: ("wait_estimated", visits.wait_estimated),
    o.OfferMade: ("offer_made", offers.offer_made),
    o.OfferRinging: ("offer_ringing", offers.offer_ringing),
    o.OfferEnded: ("offer_ended", offers.offer_ended),
    a.AgentSessionStarted: ("agent_session_started", agents.session_started),
    a.AgentStateChanged: ("agent_state_changed", agents.state_changed),
    s.RosterChanged: ("roster_changed", steered.roster_changed),
    s.QueueStateChanged: ("queue_state_changed", steered.queue_state_changed),
    s.PolicyActivated: ("policy_activated", steered.policy_activated),
    s.PolicyRefused: ("policy_refused", steered.policy_refused),
    s.EngineActivated: ("engine_activated", steered.engine_activated),
    s.RecordRejected: ("record_rejected", steered.record_rejected),
}
