"""The engine: one record in, one step out."""

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
    sessions,
    steering,
    steering_facts,
    supervision,
    supervisor_facts,
    transfers,
    unsaid,
)
from router.domain.deadlines import fire
from router.domain.ending_consults import end_parted
from router.domain.matching import settle
from router.domain.reasons import Because, Refused
from router.domain.record import Record, Step
from router.domain.steering_decisions import RecordRejected
from router.domain.timers import Timer
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
    supervisor_facts.QueuePaused: supervision.queue_paused,
    supervisor_facts.PresenceForced: supervision.presence_forced,
    supervisor_facts.ContactMoved: supervision.contact_moved,
    supervisor_facts.ContactPrioritised: supervision.contact_prioritised,
    supervisor_facts.ContactReassigned: supervision.contact_reassigned,
    supervisor_facts.ContactPulledBack: supervision.contact_pulled_back,
    steering_facts.AgentDefined: steering.agent_defined,
    steering_facts.AgentRemoved: steering.agent_removed,
    steering_facts.RosterDeclared: steering.roster_declared,
}


class Engine:
    """The routing of one workspace: same records, same steps, byte for byte."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def apply(self, record: Record) -> Step:
        """Fire what is due, in order, then apply the record; every record makes one step."""
        ws = self.workspace
        ws.begin_step()
        stamp, clock, timers = record.stamp, ws.clock, ws.timers
        engine_time = clock.move(stamp, clock.is_on_time(stamp) or timers.next_due() is not None)
        while (timer := timers.pop_due(engine_time)) is not None:
            self._fire(timer)
            self._fire_due(ws.now)
            settle(ws)
        ws.due_at, ws.now = None, engine_time
        self._take(record)
        end_parted(ws)
        self._fire_due(engine_time)
        ws.due_at = None
        settle(ws)
        timers.compact(ws.deadlines, len(ws.contacts) + len(ws.offers) + len(ws.agents))
        return Step(
            workspace=ws.name,
            step_number=ws.step_number,
            partition=record.partition,
            offset=record.offset,
            event_id=record.event_id,
            event_type=record.event_type,
            stamped_at=stamp,
            engine_time=engine_time,
            engine_version=ws.engine_version,
            policy_version=0 if ws.policy is None else ws.policy.version,
            decisions=tuple(ws.decided),
        )

    def next_due(self) -> int | None:
        """Return the engine time of the earliest timer, if any is pending."""
        return self.workspace.timers.next_due()

    def _fire_due(self, now: int) -> None:
        """Fire what else is due at this instant, before anybody is brought together."""
        while (timer := self.workspace.timers.pop_due(now)) is not None:
            self._fire(timer)

    def _fire(self, timer: Timer) -> None:
        ws = self.workspace
        ws.now = ws.due_at = timer.due
        fire(ws, timer)
        end_parted(ws)

    def _take(self, record: Record) -> None:
        ws, kind = self.workspace, type(record.fact)
        try:
            if ws.policy is None and kind not in NEEDS_NO_POLICY:
                raise Refused(Because.NO_POLICY, "no policy is active yet")
            HANDLERS[kind](ws, record.fact)
        except Refused as refused:
            ws.say(
                RecordRejected(
                    because=refused.because,
                    detail=refused.detail,
                    contact_id=refused.contact_id,
                    agent_id=refused.agent_id,
                    offer_id=refused.offer_id,
                )
            )
