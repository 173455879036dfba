"""The contract as a client sees it: the requests it makes, the responses it reads."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc.aio

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as messages
from contact_center.v1 import routing_events_pb2 as routing
from contact_center.v1.agent_service_pb2_grpc import AgentServiceStub
from contact_center_agent.wanted import Wanted

WorkRequest = work.WorkRequest
WorkResponse = work.WorkResponse
CommandResult = work.CommandResult
AgentState = routing.AgentState
MessageShown = work.MessageShown

OK = work.RESULT_CODE_OK
UNKNOWN = work.RESULT_CODE_UNKNOWN
UNAVAILABLE = work.RESULT_CODE_UNAVAILABLE
PRESENCES = {
    "offline": common.PRESENCE_OFFLINE,
    "available": common.PRESENCE_AVAILABLE,
    "break": common.PRESENCE_BREAK,
}


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The stream stands, or it broke and is tried again."""

    is_connected: bool
    address: str
    detail: str = ""


Event = work.WorkResponse | ConnectionChanged


def open_stream(channel: grpc.aio.Channel, metadata: Sequence[tuple[str, str]] = ()) -> Any:
    """The stream of one agent."""
    stub: Any = AgentServiceStub(channel)
    return stub.Work(metadata=metadata)


def kind_of(event: Event) -> str:
    """`connection_changed`, or the name of the response's event."""
    if isinstance(event, ConnectionChanged):
        return "connection_changed"
    return event.WhichOneof("event") or ""


def body_of(event: Event) -> Any:
    """The event itself."""
    if isinstance(event, ConnectionChanged):
        return event
    kind = event.WhichOneof("event")
    return getattr(event, kind) if kind else event


def messages_of(event: Event) -> Sequence[work.MessageShown]:
    """The messages that an event shows."""
    if kind_of(event) == "message_shown":
        return [body_of(event)]
    return list(body_of(event).messages) if kind_of(event) == "conversation_shown" else []


def hello(
    agent_id: str, workspace: str, client_id: str = "", session_number: int = 0, after_step: int = 0
) -> work.WorkRequest:
    """The first request."""
    return work.WorkRequest(
        hello=work.Hello(
            workspace=workspace,
            agent_id=agent_id,
            resume_session_number=session_number,
            resume_after_step=after_step,
            client_id=client_id,
        )
    )


def ping() -> work.WorkRequest:
    """Answered with Pong."""
    return work.WorkRequest(ping=work.Ping())


def new_command(**command: Any) -> work.WorkRequest:
    """A request with a command id of its own: `new_command(accept_offer=AcceptOffer(...))`."""
    return work.WorkRequest(command_id=str(uuid.uuid4()), **command)


def lane_of(request: work.WorkRequest) -> str:
    """What the command is about: its contact, its offer, or the agent."""
    body = getattr(request, request.WhichOneof("command") or "ping")
    return str(getattr(body, "contact_id", "") or getattr(body, "offer_id", ""))


def confirm_offer(offer_id: str) -> work.WorkRequest:
    """The offer is on the screen."""
    return new_command(confirm_offer=work.ConfirmOffer(offer_id=offer_id))


def accept_offer(offer_id: str) -> work.WorkRequest:
    """Take the contact."""
    return new_command(accept_offer=work.AcceptOffer(offer_id=offer_id))


def reject_offer(offer_id: str, reason_code: str) -> work.WorkRequest:
    """Refuse the contact."""
    return new_command(reject_offer=work.RejectOffer(offer_id=offer_id, reason_code=reason_code))


def choose_presence(presence: str, reason_code: str, is_next: bool) -> work.WorkRequest:
    """`presence` is offline, available or break."""
    return new_command(
        choose_presence=work.ChoosePresence(
            presence=PRESENCES[presence], reason_code=reason_code, is_next=is_next
        )
    )


def send_message(contact_id: str, text: str, subject: str) -> work.WorkRequest:
    """Write to the customer."""
    return new_command(
        send_message=work.SendMessage(contact_id=contact_id, text=text, subject=subject)
    )


def hold_contact(contact_id: str) -> work.WorkRequest:
    """Put the customer on hold."""
    return new_command(hold_contact=work.HoldContact(contact_id=contact_id))


def resume_contact(contact_id: str) -> work.WorkRequest:
    """Take the customer off hold."""
    return new_command(resume_contact=work.ResumeContact(contact_id=contact_id))


def transfer_contact(
    contact_id: str,
    queue: str = "",
    to_agent_id: str = "",
    flow: str = "",
    wanted: Wanted | None = None,
) -> work.WorkRequest:
    """Send the customer to a queue, an agent or a flow."""
    transfer = work.TransferContact(
        contact_id=contact_id, queue=queue, to_agent_id=to_agent_id, flow=flow
    )
    if wanted is not None:
        transfer.needs.CopyFrom(wanted.needs)
        transfer.attributes.extend(wanted.as_attributes())
    return new_command(transfer_contact=transfer)


def consult_colleague(
    contact_id: str, queue: str = "", to_agent_id: str = "", wanted: Wanted | None = None
) -> work.WorkRequest:
    """Ask an agent, or whoever a queue has."""
    consult = work.ConsultColleague(contact_id=contact_id, queue=queue, to_agent_id=to_agent_id)
    if wanted is not None:
        consult.needs.CopyFrom(wanted.needs)
        consult.attributes.extend(wanted.as_attributes())
    return new_command(consult_colleague=consult)


def end_consult(consult_id: str) -> work.WorkRequest:
    """Leave the consult."""
    return new_command(end_consult=work.EndConsult(contact_id=consult_id))


def start_conference(consult_id: str) -> work.WorkRequest:
    """Speak together, the customer too."""
    return new_command(start_conference=work.StartConference(contact_id=consult_id))


def transfer_to_consulted(consult_id: str) -> work.WorkRequest:
    """Leave the customer to whoever was asked."""
    return new_command(transfer_to_consulted=work.TransferToConsulted(contact_id=consult_id))


def consult_of(state: AgentState | None, contact_id: str) -> str:
    """The consult about the customer's contact; the id itself when that is a consult, or none."""
    held = () if state is None else state.contacts
    return (
        next((c.consult_contact_id for c in held if c.contact_id == contact_id), "") or contact_id
    )


def end_contact(contact_id: str) -> work.WorkRequest:
    """Hang up, or close the chat."""
    return new_command(end_contact=work.EndContactByAgent(contact_id=contact_id))


def complete_contact(contact_id: str, disposition: str, note: str) -> work.WorkRequest:
    """The last word on the contact."""
    return new_command(
        complete_contact=work.CompleteContact(
            contact_id=contact_id, disposition=disposition, note=note
        )
    )


def read_conversation(contact_id: str) -> work.WorkRequest:
    """Show the whole conversation again."""
    return new_command(read_conversation=work.ReadConversation(contact_id=contact_id))


def sign_out() -> work.WorkRequest:
    """Leave by word."""
    return new_command(sign_out=work.SignOut())


def result(command_id: str, code: str, detail: str) -> work.CommandResult:
    """A result that the client itself has to give; `code` is UNKNOWN or UNAVAILABLE."""
    value = work.ResultCode.Value(f"RESULT_CODE_{code}")
    return work.CommandResult(command_id=command_id, code=value, detail=detail)


def name_of(enum: str, value: int) -> str:
    """The name of an enum's value without its prefix: `name_of("Channel", 3)` is CHAT."""
    kind, prefix = _ENUMS[enum]
    found = kind.DESCRIPTOR.values_by_number.get(value)
    return found.name.removeprefix(prefix) if found else str(value)


_ENUMS: dict[str, tuple[Any, str]] = {
    "Channel": (common.Channel, "CHANNEL_"),
    "Presence": (common.Presence, "PRESENCE_"),
    "Party": (events.Party, "PARTY_"),
    "MessageKind": (messages.MessageKind, "MESSAGE_KIND_"),
    "DeliveryStatus": (messages.DeliveryStatus, "DELIVERY_STATUS_"),
    "ContactState": (routing.ContactState, "CONTACT_STATE_"),
    "ContactCause": (routing.ContactCause, "CONTACT_CAUSE_"),
    "OfferOutcome": (routing.OfferOutcome, "OFFER_OUTCOME_"),
    "WithdrawnBecause": (routing.WithdrawnBecause, "WITHDRAWN_BECAUSE_"),
    "RejectedBecause": (routing.RejectedBecause, "REJECTED_BECAUSE_"),
    "ResultCode": (work.ResultCode, "RESULT_CODE_"),
}
