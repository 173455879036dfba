"""Records of routing-events.v1 and workspace-policies.v1."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import DecodeError

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import policy_pb2 as policy
from contact_center.v1 import routing_events_pb2 as routing
from desk.domain.agents import (
    AgentView,
    Channel,
    Connection,
    HeldContact,
    LiveOffer,
    State,
)
from desk.domain.events import Choices
from desk.domain.steps import (
    AgentChanged,
    AgentTold,
    CustomerKnown,
    Decision,
    MessageNamed,
    OfferOpened,
    Refused,
    SessionStarted,
    Step,
)

CHANNELS = {
    common.CHANNEL_VOICE: Channel.VOICE,
    common.CHANNEL_VIDEO: Channel.VOICE,
    common.CHANNEL_CHAT: Channel.TEXT,
    common.CHANNEL_IN_APP: Channel.TEXT,
    common.CHANNEL_SMS: Channel.TEXT,
    common.CHANNEL_MESSENGER: Channel.TEXT,
    common.CHANNEL_EMAIL: Channel.EMAIL,
}
STATES = {
    routing.CONTACT_STATE_CONNECTING: State.CONNECTING,
    routing.CONTACT_STATE_CONNECTED: State.CONNECTED,
    routing.CONTACT_STATE_ON_HOLD: State.ON_HOLD,
    routing.CONTACT_STATE_WRAP_UP: State.WRAP_UP,
}
CONNECTIONS = {
    routing.CONNECTION_LOST: Connection.LOST,
    routing.CONNECTION_GONE: Connection.GONE,
}
BECAUSE = "REJECTED_BECAUSE_"


def step_of(record: Record) -> Step:
    """What a desk acts on in the step; decisions that it does not know are left out."""
    message = _parsed(routing.RoutingStep, record)
    if not message.workspace or not message.step_number:
        raise InvalidMessage("a step without workspace or number")
    transfers = {
        decision.contact_transferred.contact_id: decision.contact_transferred.new_contact_id
        for decision in message.decisions
        if decision.HasField("contact_transferred")
    }
    decisions: list[Decision] = []
    for decision in message.decisions:
        found = _decision(decision, message.step_number, transfers)
        decisions += _consulted(decision, message.step_number) if found is None else [found]
    return Step(
        workspace=message.workspace,
        number=message.step_number,
        event_id=message.event_id,
        decisions=tuple(decisions),
        stamped_at=message.stamped_at.ToMilliseconds() / 1000,
    )


def policy_of(record: Record) -> tuple[str, Choices]:
    """The workspace, and what its active policy lets agents choose from."""
    message = _parsed(policy.WorkspacePolicy, record)
    return message.workspace, Choices(
        queues=tuple(queue.name for queue in message.policy.queues),
        dispositions=tuple(message.policy.dispositions),
        break_reasons=tuple(message.policy.break_reasons),
        is_known=True,
    )


def _parsed(kind: Any, record: Record) -> Any:
    try:
        return kind.FromString(record.value)
    except DecodeError:
        raise InvalidMessage(f"no {kind.DESCRIPTOR.name}") from None


def _decision(
    decision: routing.Decision, step_number: int, transfers: Mapping[str, str]
) -> Decision | None:
    kind = decision.WhichOneof("decision")
    read = _READERS.get(kind or "")
    found = read(getattr(decision, kind)) if read and kind else None
    if isinstance(found, AgentChanged | AgentTold):
        shown = found.payload
        assert isinstance(shown, work.WorkResponse)
        shown.step_number = step_number
        # A transfer is told together with the wrap-up that it starts.
        if kind == "wrap_up_started" and shown.contact_changed.contact_id in transfers:
            shown.contact_changed.new_contact_id = transfers[shown.contact_changed.contact_id]
    return found


def _consulted(decision: routing.Decision, step_number: int) -> list[Decision]:
    """What is told of a consult, to the agent who asked and to the one who was asked."""
    told: list[tuple[str, work.WorkResponse]] = []
    match decision.WhichOneof("decision"):
        case "consult_started":
            started = decision.consult_started
            told = [(started.agent_id, work.WorkResponse(consult_started=started))]
        case "consult_finished":
            finished = decision.consult_finished
            shown = work.WorkResponse(consult_finished=finished)
            told = [(finished.agent_id, shown), (finished.consulted_agent_id, shown)]
        case "conference_opened":
            opened = decision.conference_opened
            shown = work.WorkResponse(conference_opened=opened)
            told = [(opened.agent_id, shown), (opened.consulted_agent_id, shown)]
    for _, response in told:
        response.step_number = step_number
    return [AgentTold(agent_id=agent_id, payload=shown) for agent_id, shown in told if agent_id]


def _session_started(body: routing.AgentSessionStarted) -> Decision:
    return SessionStarted(session_id=body.session_id, agent=_agent(body.agent))


def _agent_changed(body: routing.AgentStateChanged) -> Decision:
    shown = work.WorkResponse(agent_state_changed=body)
    return AgentChanged(agent=_agent(body.agent), payload=shown)


def _offer_made(body: routing.OfferMade) -> Decision:
    return OfferOpened(
        offer_id=body.offer_id,
        contact_id=body.contact_id,
        agent_id=body.agent_id,
        session_number=body.session_number,
        customer_id=body.customer_id,
        payload=body,
    )


def _offer_ringing(body: routing.OfferRinging) -> Decision:
    return AgentTold(agent_id=body.agent_id, payload=work.WorkResponse(offer_ringing=body))


def _offer_ended(body: routing.OfferEnded) -> Decision:
    return AgentTold(agent_id=body.agent_id, payload=work.WorkResponse(offer_ended=body))


def _customer_bound(body: routing.CustomerBound) -> Decision:
    return CustomerKnown(contact_id=body.contact_id, customer_id=body.customer_id)


def _message_received(body: routing.MessageReceived) -> Decision:
    return MessageNamed(conversation_id=body.conversation_id, message_id=body.message_id)


def _refused(body: routing.RecordRejected) -> Decision:
    name = routing.RejectedBecause.Name(body.because) if body.because in _REASONS else "UNSPECIFIED"
    return Refused(because=name.removeprefix(BECAUSE), detail=body.detail)


def _told(agent_id: str, changed: work.ContactChanged) -> Decision:
    return AgentTold(agent_id=agent_id, payload=work.WorkResponse(contact_changed=changed))


def _contact(state: "routing.ContactState.ValueType") -> Callable[[Any], Decision]:
    def read(body: Any) -> Decision:
        changed = work.ContactChanged(contact_id=body.contact_id, state=state)
        if isinstance(body, routing.ContactConnected):
            changed.channel = body.channel
        return _told(body.agent_id, changed)

    return read


def _wrap_up_started(body: routing.WrapUpStarted) -> Decision:
    changed = work.ContactChanged(
        contact_id=body.contact_id,
        state=routing.CONTACT_STATE_WRAP_UP,
        ended_by=body.ended_by,
        limit_at=body.limit_at if body.HasField("limit_at") else None,
    )
    return _told(body.agent_id, changed)


def _contact_ended(body: routing.ContactEnded) -> Decision | None:
    if not body.agent_id:
        return None
    changed = work.ContactChanged(
        contact_id=body.contact_id,
        state=routing.CONTACT_STATE_ENDED,
        channel=body.channel,
        conversation_id=body.conversation_id,
        cause=body.cause,
    )
    return _told(body.agent_id, changed)


def _is_asking(held: routing.HeldContact) -> bool:
    """Tell whether a colleague is asked about it in writing; in a conference all write as one."""
    is_written = CHANNELS.get(held.channel, Channel.OTHER).is_written
    return bool(held.consult_contact_id) and is_written and not held.shared_conversation_id


def _asked(held: routing.HeldContact) -> HeldContact:
    """The consult about a contact; its conversation is its own, its key the customer's."""
    return HeldContact(
        contact_id=held.consult_contact_id,
        channel=CHANNELS.get(held.channel, Channel.OTHER),
        state=State.CONNECTED,
        conversation_id=held.consult_contact_id,
        customer_id=held.customer_id,
        key_id=held.key_id,
        is_consult=True,
    )


def _agent(state: routing.AgentState) -> AgentView:
    return AgentView(
        agent_id=state.agent_id,
        session_number=state.session_number,
        connection=CONNECTIONS.get(state.connection, Connection.CONNECTED),
        contacts=tuple(
            HeldContact(
                contact_id=held.contact_id,
                channel=CHANNELS.get(held.channel, Channel.OTHER),
                state=STATES.get(held.state, State.OTHER),
                conversation_id=held.shared_conversation_id or held.conversation_id,
                customer_id=held.customer_id,
                key_id=held.key_id,
                is_consult=bool(held.consults_for) and not held.shared_conversation_id,
                speaks_for=held.consults_for if held.shared_conversation_id else "",
            )
            for held in state.contacts
        ),
        asked=tuple(_asked(held) for held in state.contacts if _is_asking(held)),
        offers=tuple(
            LiveOffer(
                offer_id=offer.offer_id,
                contact_id=offer.contact_id,
                customer_id=offer.customer_id,
            )
            for offer in state.offers
        ),
        payload=state,
    )


_REASONS = set(routing.RejectedBecause.values())
_READERS: dict[str, Callable[[Any], Decision | None]] = {
    "agent_session_started": _session_started,
    "agent_state_changed": _agent_changed,
    "offer_made": _offer_made,
    "offer_ringing": _offer_ringing,
    "offer_ended": _offer_ended,
    "customer_bound": _customer_bound,
    "message_received": _message_received,
    "record_rejected": _refused,
    "contact_connecting": _contact(routing.CONTACT_STATE_CONNECTING),
    "contact_connected": _contact(routing.CONTACT_STATE_CONNECTED),
    "contact_held": _contact(routing.CONTACT_STATE_ON_HOLD),
    "contact_resumed": _contact(routing.CONTACT_STATE_CONNECTED),
    "wrap_up_started": _wrap_up_started,
    "contact_ended": _contact_ended,
}
