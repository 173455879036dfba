"""Which function takes which fact."""

from collections.abc import Callable
from typing import Any

from router.domain import (
    adjusting,
    agent_facts,
    answering,
    arrivals,
    callbacks,
    consults,
    contact_facts,
    conversations,
    desks,
    flow,
    pausing,
    sessions,
    steering,
    steering_facts,
    supervision,
    supervisor_facts,
    transfers,
    unsaid,
)
from router.domain.reasons import Refused
from router.domain.workspace import Workspace


def _refuse(ws: Workspace, fact: steering_facts.Malformed) -> None:
    raise Refused(fact.because, fact.detail)


NEEDS_NO_POLICY: dict[type, Callable[[Workspace, Any], None]] = {
    steering_facts.PolicyProposed: steering.policy_proposed,
    steering_facts.EngineVersionActivated: steering.engine_version_activated,
    steering_facts.ClockTicked: unsaid.clock_ticked,
    steering_facts.Malformed: _refuse,
    agent_facts.DeskHeartbeat: desks.desk_heartbeat,
}
HANDLERS: dict[type, Callable[[Workspace, Any], None]] = {
    **NEEDS_NO_POLICY,
    contact_facts.ContactArrived: arrivals.contact_arrived,
    contact_facts.CustomerMessaged: arrivals.customer_messaged,
    contact_facts.CustomerIdentified: arrivals.customer_identified,
    contact_facts.QueueRequested: flow.queue_requested,
    contact_facts.FlowFinished: flow.flow_finished,
    contact_facts.CustomerLeft: flow.customer_left,
    contact_facts.ChannelFailed: flow.channel_failed,
    contact_facts.ContactDisconnected: conversations.contact_disconnected,
    contact_facts.AgentConnected: answering.agent_connected,
    contact_facts.AgentLegFailed: answering.agent_leg_failed,
    contact_facts.AgentFirstReplied: conversations.agent_first_replied,
    agent_facts.AgentSignedIn: sessions.agent_signed_in,
    agent_facts.AgentSignedOut: sessions.agent_signed_out,
    agent_facts.AgentConnectionLost: sessions.agent_connection_lost,
    agent_facts.PresenceChosen: sessions.presence_chosen,
    agent_facts.OfferDelivered: answering.offer_delivered,
    agent_facts.OfferAccepted: answering.offer_accepted,
    agent_facts.OfferRejected: answering.offer_rejected,
    agent_facts.HoldStarted: conversations.hold_started,
    agent_facts.HoldEnded: conversations.hold_ended,
    agent_facts.TransferRequested: transfers.transfer_requested,
    agent_facts.WrapUpFinished: conversations.wrap_up_finished,
    contact_facts.CallbackRequested: callbacks.callback_requested,
    contact_facts.CustomerLegFailed: callbacks.customer_leg_failed,
    contact_facts.MessageTaken: callbacks.message_taken,
    agent_facts.ConsultRequested: consults.consult_requested,
    agent_facts.ConsultEnded: consults.consult_ended,
    agent_facts.ConferenceStarted: consults.conference_started,
    agent_facts.ConsultTransferRequested: consults.consult_transfer_requested,
    supervisor_facts.AgentAdjusted: adjusting.agent_adjusted,
    supervisor_facts.QueuePaused: pausing.queue_paused,
    supervisor_facts.PresenceForced: supervision.presence_forced,
    supervisor_facts.ContactMoved: supervision.contact_moved,
    supervisor_facts.ContactPrioritised: supervision.contact_prioritised,
    supervisor_facts.ContactReassigned: supervision.contact_reassigned,
    supervisor_facts.ContactPulledBack: supervision.contact_pulled_back,
    steering_facts.AgentDefined: steering.agent_defined,
    steering_facts.AgentRemoved: steering.agent_removed,
    steering_facts.RosterDeclared: steering.roster_declared,
}
