"""Each enum value of the contracts beside the domain's word for it."""

from enum import StrEnum
from typing import Any, TypeVar

from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2, routing_events_pb2
from router.domain.queues import AgentOrder
from router.domain.reasons import (
    Because,
    ContactCause,
    OfferOutcome,
    VisitExit,
    WithdrawnBecause,
)
from router.domain.words import (
    Channel,
    Connection,
    ContactState,
    FlowOutcome,
    OpenedBy,
    Party,
    Presence,
    QueuedBy,
)

Word = TypeVar("Word", bound=StrEnum)


class BadField(Exception):
    """A field holds what the contract does not allow; the text holds nothing personal."""


def _numbers(words: type[Word], enum: Any, prefix: str) -> dict[Word, Any]:
    return {word: enum.Value(f"{prefix}_{word.name}") for word in words}


CHANNELS = _numbers(Channel, common_pb2.Channel, "CHANNEL")
PRESENCES = _numbers(Presence, common_pb2.Presence, "PRESENCE")
PARTIES = _numbers(Party, contact_events_pb2.Party, "PARTY")
FLOW_OUTCOMES = _numbers(FlowOutcome, contact_events_pb2.FlowOutcome, "FLOW_OUTCOME")
CONTACT_STATES = _numbers(ContactState, routing_events_pb2.ContactState, "CONTACT_STATE")
OPENED_BY = _numbers(OpenedBy, routing_events_pb2.OpenedBy, "OPENED_BY")
QUEUED_BY = _numbers(QueuedBy, routing_events_pb2.QueuedBy, "QUEUED_BY")
VISIT_EXITS = _numbers(VisitExit, routing_events_pb2.VisitExit, "VISIT_EXIT")
OFFER_OUTCOMES = _numbers(OfferOutcome, routing_events_pb2.OfferOutcome, "OFFER_OUTCOME")
WITHDRAWN = _numbers(WithdrawnBecause, routing_events_pb2.WithdrawnBecause, "WITHDRAWN_BECAUSE")
CAUSES = _numbers(ContactCause, routing_events_pb2.ContactCause, "CONTACT_CAUSE")
CONNECTIONS = _numbers(Connection, routing_events_pb2.Connection, "CONNECTION")
REJECTED = _numbers(Because, routing_events_pb2.RejectedBecause, "REJECTED_BECAUSE")
AGENT_ORDERS = _numbers(AgentOrder, policy_pb2.AgentOrder, "AGENT_ORDER")

CHANNEL_OF = {number: word for word, number in CHANNELS.items()}
PRESENCE_OF = {number: word for word, number in PRESENCES.items()}
PARTY_OF = {number: word for word, number in PARTIES.items()}
FLOW_OUTCOME_OF = {number: word for word, number in FLOW_OUTCOMES.items()}
AGENT_ORDER_OF = {number: word for word, number in AGENT_ORDERS.items()}


def number(numbers: dict[Word, Any], value: Word | None) -> Any:
    """Return the enum's number; unspecified for None."""
    return 0 if value is None else numbers[value]


def word(words: dict[int, Word], number: int, field: str) -> Word:
    """Return the word for an enum's number; BadField when it is unset or unknown."""
    found = words.get(number)
    if found is None:
        raise BadField(f"{field} is {number}, which means nothing")
    return found
