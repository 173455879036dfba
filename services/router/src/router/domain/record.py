"""What goes into the engine and what comes out: one step for each record."""

from typing import NamedTuple

from router.domain import (
    agent_decisions,
    agent_facts,
    consult_decisions,
    contact_decisions,
    contact_facts,
    offer_decisions,
    steering_decisions,
    steering_facts,
    supervisor_facts,
    visit_decisions,
)
from router.domain.said import said

Fact = (
    contact_facts.ContactArrived
    | contact_facts.CustomerMessaged
    | contact_facts.CustomerIdentified
    | contact_facts.QueueRequested
    | contact_facts.FlowFinished
    | contact_facts.CustomerLeft
    | contact_facts.ContactDisconnected
    | contact_facts.ChannelFailed
    | contact_facts.AgentConnected
    | contact_facts.AgentLegFailed
    | contact_facts.AgentFirstReplied
    | contact_facts.CallbackRequested
    | contact_facts.CustomerLegFailed
    | contact_facts.MessageTaken
    | agent_facts.AgentSignedIn
    | agent_facts.AgentSignedOut
    | agent_facts.AgentConnectionLost
    | agent_facts.PresenceChosen
    | agent_facts.OfferDelivered
    | agent_facts.OfferAccepted
    | agent_facts.OfferRejected
    | agent_facts.HoldStarted
    | agent_facts.HoldEnded
    | agent_facts.TransferRequested
    | agent_facts.ConsultRequested
    | agent_facts.ConsultEnded
    | agent_facts.ConferenceStarted
    | agent_facts.ConsultTransferRequested
    | agent_facts.WrapUpFinished
    | agent_facts.DeskHeartbeat
    | steering_facts.PolicyProposed
    | steering_facts.AgentDefined
    | steering_facts.AgentRemoved
    | steering_facts.RosterDeclared
    | steering_facts.EngineVersionActivated
    | steering_facts.ClockTicked
    | steering_facts.Malformed
    | supervisor_facts.AgentAdjusted
    | supervisor_facts.QueuePaused
    | supervisor_facts.PresenceForced
    | supervisor_facts.ContactMoved
    | supervisor_facts.ContactPrioritised
    | supervisor_facts.ContactReassigned
    | supervisor_facts.ContactPulledBack
)
Decision = (
    contact_decisions.ContactOpened
    | contact_decisions.CustomerBound
    | contact_decisions.MessageReceived
    | visit_decisions.VisitOpened
    | visit_decisions.VisitEnded
    | contact_decisions.ContactConnecting
    | contact_decisions.ContactConnected
    | contact_decisions.ContactHeld
    | contact_decisions.ContactResumed
    | contact_decisions.FirstReplyMade
    | contact_decisions.ContactTransferred
    | contact_decisions.WrapUpStarted
    | contact_decisions.ContactEnded
    | visit_decisions.RingOpened
    | visit_decisions.WaitEstimated
    | visit_decisions.ContactSentToFlow
    | contact_decisions.CallbackTaken
    | contact_decisions.CallbackPutOff
    | contact_decisions.TaskTaken
    | consult_decisions.ConsultStarted
    | consult_decisions.ConsultFinished
    | consult_decisions.ConferenceOpened
    | visit_decisions.ContactPrioritySet
    | offer_decisions.OfferMade
    | offer_decisions.OfferRinging
    | offer_decisions.OfferEnded
    | agent_decisions.AgentSessionStarted
    | agent_decisions.AgentStateChanged
    | steering_decisions.RosterChanged
    | steering_decisions.QueueStateChanged
    | steering_decisions.PolicyActivated
    | steering_decisions.PolicyRefused
    | steering_decisions.EngineActivated
    | steering_decisions.RecordRejected
)


@said
class Record:
    """One record of the log; `stamp` is the log's own, in milliseconds."""

    partition: int
    offset: int
    stamp: int
    event_id: str
    event_type: str
    fact: Fact


class Decided(NamedTuple):
    """A decision; `due_at` is set when a timer caused it."""

    decision: Decision
    due_at: int | None


@said
class Step:
    """What the engine says about one record. Times are milliseconds."""

    workspace: str
    step_number: int
    partition: int
    offset: int
    event_id: str
    event_type: str
    stamped_at: int
    engine_time: int
    engine_version: int
    policy_version: int
    decisions: tuple[Decided, ...]
