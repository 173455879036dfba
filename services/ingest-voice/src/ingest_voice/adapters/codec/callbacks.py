"""What is kept for callbacks: where customers came from, and who wants to be called."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from google.protobuf.message import DecodeError

from chassis.errors import InvalidMessage
from contact_center.v1 import common_pb2, contact_events_pb2, routing_events_pb2
from ingest_voice.adapters.codec.facts import SealedText
from ingest_voice.adapters.codec.orders import order_of
from ingest_voice.domain.orders import Connecting, Ended, OfferFailed, Order

_PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The number a contact came from, sealed."""

    contact_id: str
    number: SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A contact whose customer is to be called; with a number of its own, or not."""

    contact_id: str
    initial_id: str
    previous_id: str
    key_id: str
    conversation_id: str
    number: SealedText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStep:
    workspace: str
    decided_at: float
    callbacks: tuple[Callback, ...]
    # Dials, and what ends them, in the order of the decisions.
    orders: tuple[Order, ...]


def origin_of(value: bytes, workspace: str) -> Origin | None:
    """The origin of an arrival with a phone number; None for every other fact."""
    event = contact_events_pb2.ContactEvent()
    _parse(event, value)
    if event.workspace != workspace or not event.HasField("contact_arrived"):
        return None
    number = _number(event.contact_arrived.addresses)
    if number is None:
        return None
    return Origin(contact_id=event.contact_arrived.contact_id, number=number)


def callbacks_of(value: bytes) -> CallbackStep:
    """What a step says of callbacks."""
    step = routing_events_pb2.RoutingStep()
    _parse(step, value)
    said = {
        d.callback_taken.new_contact_id: d.callback_taken.addresses
        for d in step.decisions
        if d.HasField("callback_taken")
    }
    opened = [d.contact_opened for d in step.decisions if d.HasField("contact_opened")]
    return CallbackStep(
        workspace=step.workspace,
        decided_at=step.stamped_at.seconds + step.stamped_at.nanos / 1e9,
        callbacks=tuple(_callback(o, said[o.contact_id]) for o in opened if o.contact_id in said),
        orders=tuple(o for d in step.decisions if _concerns_dials(o := order_of(d))),
    )


def _callback(
    opened: routing_events_pb2.ContactOpened, addresses: Iterable[common_pb2.AddressToken]
) -> Callback:
    return Callback(
        contact_id=opened.contact_id,
        initial_id=opened.lineage.initial_id,
        previous_id=opened.lineage.previous_id,
        key_id=opened.key_id,
        conversation_id=opened.conversation_id or opened.contact_id,
        number=_number(addresses),
    )


def _concerns_dials(order: Order | None) -> TypeGuard[Order]:
    if isinstance(order, Connecting):
        return order.is_customer_dialled
    return isinstance(order, OfferFailed | Ended)


def _number(addresses: Iterable[common_pb2.AddressToken]) -> SealedText | None:
    for address in addresses:
        if address.kind == _PHONE and address.HasField("address"):
            sealed = address.address
            return SealedText(
                key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext
            )
    return None


def _parse(
    message: contact_events_pb2.ContactEvent | routing_events_pb2.RoutingStep, value: bytes
) -> None:
    try:
        message.ParseFromString(value)
    except DecodeError:
        raise InvalidMessage(f"no {type(message).__name__}") from None
