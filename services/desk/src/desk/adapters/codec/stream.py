"""The agent's stream: requests in, responses out."""

from typing import Any

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import routing_events_pb2 as routing
from desk.adapters.codec.wanted import wanted_from
from desk.domain import commands as c
from desk.domain import events as e
from desk.domain.results import Code

PRESENCES = {
    common.PRESENCE_OFFLINE: c.Presence.OFFLINE,
    common.PRESENCE_AVAILABLE: c.Presence.AVAILABLE,
    common.PRESENCE_BREAK: c.Presence.BREAK,
}
CODES = {
    Code.OK: work.RESULT_CODE_OK,
    Code.REJECTED: work.RESULT_CODE_REJECTED,
    Code.INVALID: work.RESULT_CODE_INVALID,
    Code.UNKNOWN: work.RESULT_CODE_UNKNOWN,
    Code.UNAVAILABLE: work.RESULT_CODE_UNAVAILABLE,
}
BECAUSE = dict(routing.RejectedBecause.items())


def command_of(request: work.WorkRequest) -> c.Command | None:
    """The command; None for Hello, Ping and what this version does not know."""
    match request.WhichOneof("command"):
        case "choose_presence":
            chosen = request.choose_presence
            return c.ChoosePresence(
                presence=PRESENCES.get(chosen.presence, c.Presence.UNSPECIFIED),
                reason_code=chosen.reason_code,
                is_next=chosen.is_next,
            )
        case "confirm_offer":
            return c.ConfirmOffer(offer_id=request.confirm_offer.offer_id)
        case "accept_offer":
            return c.AcceptOffer(offer_id=request.accept_offer.offer_id)
        case "reject_offer":
            rejected = request.reject_offer
            return c.RejectOffer(offer_id=rejected.offer_id, reason_code=rejected.reason_code)
        case "send_message":
            send = request.send_message
            return c.SendMessage(contact_id=send.contact_id, text=send.text, subject=send.subject)
        case _:
            return _about_contact(request)


def response_of(event: e.Event) -> work.WorkResponse:
    """The event as the stream carries it."""
    match event:
        case e.StepTold(payload=work.WorkResponse() as told):
            return told
        case e.SnapshotShown():
            return _snapshot(event)
        case e.OfferShown(step_number=number, offer=routing.OfferMade() as offer, card=card):
            response = work.WorkResponse(step_number=number)
            response.offer_shown.offer.CopyFrom(offer)
            _fill_card(response.offer_shown, card)
            return response
        case e.CustomerShown(contact_id=contact_id, card=card):
            response = work.WorkResponse()
            response.customer_shown.contact_id = contact_id
            response.customer_shown.is_late = card is None
            _fill_card(response.customer_shown, card)
            return response
        case e.CommandEnded():
            return _command_result(event)
        case e.Pong():
            return work.WorkResponse(pong=work.Pong())
        case e.SessionReplaced():
            return work.WorkResponse(session_replaced=work.SessionReplaced())
        case _:
            return _content(event)


def _about_contact(request: work.WorkRequest) -> c.Command | None:
    match request.WhichOneof("command"):
        case "hold_contact":
            return c.HoldContact(contact_id=request.hold_contact.contact_id)
        case "resume_contact":
            return c.ResumeContact(contact_id=request.resume_contact.contact_id)
        case "transfer_contact":
            transfer = request.transfer_contact
            return c.TransferContact(
                contact_id=transfer.contact_id,
                queue=transfer.queue,
                to_agent_id=transfer.to_agent_id,
                flow=transfer.flow,
                wanted=wanted_from(transfer.needs, transfer.attributes),
            )
        case "end_contact":
            return c.EndContact(contact_id=request.end_contact.contact_id)
        case "complete_contact":
            complete = request.complete_contact
            return c.CompleteContact(
                contact_id=complete.contact_id,
                disposition=complete.disposition,
                note=complete.note,
            )
        case "read_conversation":
            return c.ReadConversation(contact_id=request.read_conversation.contact_id)
        case "sign_out":
            return c.SignOut()
        case _:
            return _about_consult(request)


def _about_consult(request: work.WorkRequest) -> c.Command | None:
    match request.WhichOneof("command"):
        case "consult_colleague":
            consult = request.consult_colleague
            return c.ConsultColleague(
                contact_id=consult.contact_id,
                queue=consult.queue,
                to_agent_id=consult.to_agent_id,
                wanted=wanted_from(consult.needs, consult.attributes),
            )
        case "end_consult":
            return c.EndConsult(contact_id=request.end_consult.contact_id)
        case "start_conference":
            return c.StartConference(contact_id=request.start_conference.contact_id)
        case "transfer_to_consulted":
            return c.TransferToConsulted(contact_id=request.transfer_to_consulted.contact_id)
        case _:
            return None


def _snapshot(event: e.SnapshotShown) -> work.WorkResponse:
    choices = event.choices
    response = work.WorkResponse(step_number=event.step_number)
    snapshot = response.snapshot
    if isinstance(event.agent, routing.AgentState):
        snapshot.agent.CopyFrom(event.agent)
    snapshot.is_resumed = event.is_resumed
    snapshot.queues.extend(choices.queues)
    snapshot.dispositions.extend(choices.dispositions)
    snapshot.break_reasons.extend(choices.break_reasons)
    return response


def _content(event: e.Event) -> work.WorkResponse:
    response = work.WorkResponse()
    match event:
        case e.MessageShown(contact_id=contact_id, message=message):
            response.message_shown.CopyFrom(_shown(message.payload))
            response.message_shown.contact_id = contact_id
        case e.ConversationShown(contact_id=contact_id, messages=messages):
            shown = response.conversation_shown
            shown.contact_id = contact_id
            shown.messages.extend(_shown(message.payload) for message in messages)
            shown.is_complete = event.is_complete
        case e.DeliveryShown(payload=payload):
            response.delivery_updated.CopyFrom(payload)  # type: ignore[arg-type]
        case _:
            raise ValueError(f"{type(event).__name__} has no place on the stream")
    return response


def _shown(payload: object) -> work.MessageShown:
    assert isinstance(payload, work.MessageShown)
    return payload


def _fill_card(target: Any, card: e.Card | None) -> None:
    if card is not None:
        target.customer.CopyFrom(card.customer)
        target.last_contacts.extend(card.last_contacts)


def _command_result(event: e.CommandEnded) -> work.WorkResponse:
    result = event.result
    name = f"REJECTED_BECAUSE_{result.because or 'UNSPECIFIED'}"
    because = BECAUSE.get(name, routing.REJECTED_BECAUSE_UNSPECIFIED)
    response = work.WorkResponse()
    response.command_result.command_id = event.command_id
    response.command_result.code = CODES[result.code]
    response.command_result.because = because
    response.command_result.detail = result.detail
    return response
