"""What a desk says, as bytes of contact-events.v1."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from desk.adapters.codec.sealed import Sealer, sealed
from desk.adapters.codec.wanted import write_wanted
from desk.domain import facts as f
from desk.domain.commands import Presence

NOTE = "WrapUpFinished.note"
PRESENCES = {
    Presence.OFFLINE: common.PRESENCE_OFFLINE,
    Presence.AVAILABLE: common.PRESENCE_AVAILABLE,
    Presence.BREAK: common.PRESENCE_BREAK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A record's value, and the type that its headers name."""

    type: str
    value: bytes


def fact_record(
    fact: f.Fact,
    *,
    event_id: str,
    workspace: str,
    source: str,
    now: datetime,
    note_sealer: Sealer | None = None,
) -> Written:
    """The fact in its envelope; a note needs the sealer of its contact's key."""
    envelope = events.ContactEvent(event_id=event_id, workspace=workspace, source=source)
    envelope.occurred_at.FromDatetime(now)
    field, fill = _FIELDS[type(fact)]
    body = getattr(envelope, field)
    body.SetInParent()
    if isinstance(fact, _IN_SESSION):
        body.agent_id = fact.session.agent_id
        body.session_number = fact.session.session_number
        body.desk_instance = fact.session.desk_instance
    fill(body, fact)
    if isinstance(fact, f.WrapUpFinished) and fact.note and note_sealer is not None:
        body.note.CopyFrom(sealed(note_sealer(NOTE, fact.note)))
    return Written(type=body.DESCRIPTOR.name, value=envelope.SerializeToString())


def _nothing(body: Any, fact: Any) -> None:
    """The session says it all."""


def _signed_in(body: events.AgentSignedIn, fact: f.SignedIn) -> None:
    body.agent_id = fact.agent_id
    body.session_id = fact.session_id
    body.desk_instance = fact.desk_instance


def _presence(body: events.PresenceChosen, fact: f.PresenceChosen) -> None:
    body.presence = PRESENCES[fact.presence]
    body.reason_code = fact.reason_code
    body.is_next = fact.is_next


def _offer(body: Any, fact: Any) -> None:
    body.offer_id = fact.offer_id


def _offer_rejected(body: events.OfferRejected, fact: f.OfferRejected) -> None:
    body.offer_id = fact.offer_id
    body.reason_code = fact.reason_code


def _contact(body: Any, fact: Any) -> None:
    body.contact_id = fact.contact_id


def _transfer(body: events.TransferRequested, fact: f.TransferRequested) -> None:
    body.contact_id = fact.contact_id
    body.queue = fact.queue
    body.to_agent_id = fact.to_agent_id
    body.flow = fact.flow
    write_wanted(body, fact.wanted)


def _consult(body: events.ConsultRequested, fact: f.ConsultRequested) -> None:
    body.contact_id = fact.contact_id
    body.queue = fact.queue
    body.to_agent_id = fact.to_agent_id
    write_wanted(body, fact.wanted)


def _disconnected(body: events.ContactDisconnected, fact: f.Disconnected) -> None:
    body.contact_id = fact.contact_id
    body.by = events.PARTY_AGENT


def _wrap_up(body: events.WrapUpFinished, fact: f.WrapUpFinished) -> None:
    body.contact_id = fact.contact_id
    body.disposition = fact.disposition


def _first_replied(body: events.AgentFirstReplied, fact: f.FirstReplied) -> None:
    body.contact_id = fact.contact_id
    body.agent_id = fact.agent_id


def _heartbeat(body: events.DeskHeartbeat, fact: f.Heartbeat) -> None:
    body.desk_instance = fact.desk_instance


_IN_SESSION = (
    f.SignedOut,
    f.ConnectionLost,
    f.PresenceChosen,
    f.OfferDelivered,
    f.OfferAccepted,
    f.OfferRejected,
    f.HoldStarted,
    f.HoldEnded,
    f.TransferRequested,
    f.ConsultRequested,
    f.ConsultEnded,
    f.ConferenceStarted,
    f.ConsultTransferRequested,
    f.Disconnected,
    f.WrapUpFinished,
)
_FIELDS: dict[type, tuple[str, Callable[[Any, Any], None]]] = {
    f.SignedIn: ("agent_signed_in", _signed_in),
    f.SignedOut: ("agent_signed_out", _nothing),
    f.ConnectionLost: ("agent_connection_lost", _nothing),
    f.PresenceChosen: ("presence_chosen", _presence),
    f.OfferDelivered: ("offer_delivered", _offer),
    f.OfferAccepted: ("offer_accepted", _offer),
    f.OfferRejected: ("offer_rejected", _offer_rejected),
    f.HoldStarted: ("hold_started", _contact),
    f.HoldEnded: ("hold_ended", _contact),
    f.TransferRequested: ("transfer_requested", _transfer),
    f.ConsultRequested: ("consult_requested", _consult),
    f.ConsultEnded: ("consult_ended", _contact),
    f.ConferenceStarted: ("conference_started", _contact),
    f.ConsultTransferRequested: ("consult_transfer_requested", _contact),
    f.Disconnected: ("contact_disconnected", _disconnected),
    f.WrapUpFinished: ("wrap_up_finished", _wrap_up),
    f.FirstReplied: ("agent_first_replied", _first_replied),
    f.Heartbeat: ("desk_heartbeat", _heartbeat),
}
