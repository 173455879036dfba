"""What this service reads."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chassis.errors import InvalidMessage
from contact_center.v1 import (
    channel_commands_pb2,
    message_events_pb2,
    policy_pb2,
    routing_events_pb2,
)
from ingest_digital.adapters.codec.values import (
    AUTHORS,
    CHANNEL_NAMES,
    attachment_value,
    parse,
    sealed_value,
)
from ingest_digital.domain import chat
from ingest_digital.domain.chat_log import Choice, ShownMessage
from ingest_digital.domain.words import Attachment, Author, Channel, EntryPoint, Position, Sealed

ENDED_BY = {
    routing_events_pb2.CONTACT_CAUSE_COMPLETED: Author.AGENT,
    routing_events_pb2.CONTACT_CAUSE_RESOLVED_BY_FLOW: Author.FLOW,
    routing_events_pb2.CONTACT_CAUSE_MESSAGE_TAKEN: Author.FLOW,
    routing_events_pb2.CONTACT_CAUSE_LEFT_IN_FLOW: Author.CUSTOMER,
    routing_events_pb2.CONTACT_CAUSE_ABANDONED: Author.CUSTOMER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A channel command; one of `end_reason` and `mail` is set, or it is not for us."""

    command_id: str
    workspace: str
    contact_id: str
    conversation_id: str
    source: str
    expires_at: datetime | None
    end_reason: str | None = None
    mail: "MailOrder | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOrder:
    message_id: str
    body: Sealed
    subject: Sealed | None
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    version: int
    entry_points: tuple[EntryPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    workspace: str
    number: int
    decisions: tuple[chat.Decision, ...]

    @property
    def opened(self) -> list[chat.Opened]:
        """Contacts that the step opened."""
        return [each for each in self.decisions if isinstance(each, chat.Opened)]


def shown_message(value: bytes, position: Position) -> tuple[str, str, ShownMessage | None]:
    """Workspace, conversation, and the message if the record is one that a chat may show."""
    event = message_events_pb2.MessageEvent()
    parse(event, value)
    if event.WhichOneof("event") != "message_recorded":
        return event.workspace, event.conversation_id, None
    recorded = event.message_recorded
    author = AUTHORS.get(recorded.author)
    is_internal = recorded.kind == message_events_pb2.MESSAGE_KIND_INTERNAL
    if author is None or is_internal or not recorded.message_id or not recorded.HasField("body"):
        return event.workspace, event.conversation_id, None
    shown = ShownMessage(
        seq=position.offset,
        partition=position.partition,
        message_id=recorded.message_id,
        author=author,
        author_id=recorded.author_id,
        body=sealed_value(recorded.body),
        said_at=event.occurred_at.ToDatetime(UTC),
        choices=tuple(
            Choice(
                value=choice.value,
                label=sealed_value(choice.label) if choice.HasField("label") else None,
            )
            for choice in recorded.choices
        ),
    )
    return event.workspace, event.conversation_id, shown


def step(value: bytes) -> Step:
    found = routing_events_pb2.RoutingStep()
    parse(found, value)
    return Step(
        workspace=found.workspace,
        number=found.step_number,
        decisions=tuple(_decisions(found)),
    )


def policy(value: bytes) -> tuple[str, Policy]:
    found = policy_pb2.WorkspacePolicy()
    parse(found, value)
    points = tuple(
        EntryPoint(
            name=point.name,
            channel=CHANNEL_NAMES.get(point.channel, Channel.OTHER),
            address=point.address,
        )
        for point in found.policy.entry_points
    )
    return found.workspace, Policy(version=found.policy.version, entry_points=points)


def command(value: bytes) -> Command:
    found = channel_commands_pb2.ChannelCommand()
    parse(found, value)
    kind = found.WhichOneof("command")
    if not found.command_id or kind is None:
        raise InvalidMessage("a command without an id or without a known command")
    mail = None
    if kind == "send_mail":
        order = found.send_mail
        if not order.message_id or not order.HasField("body"):
            raise InvalidMessage("SendMail without a message id or a body")
        mail = MailOrder(
            message_id=order.message_id,
            body=sealed_value(order.body),
            subject=sealed_value(order.subject) if order.HasField("subject") else None,
            attachments=tuple(attachment_value(each) for each in order.attachments),
        )
    return Command(
        command_id=found.command_id,
        workspace=found.workspace,
        contact_id=found.contact_id,
        conversation_id=found.conversation_id,
        source=found.source,
        expires_at=found.expires_at.ToDatetime(UTC) if found.HasField("expires_at") else None,
        end_reason=found.end_contact.reason if kind == "end_contact" else None,
        mail=mail,
    )


def _decisions(found: Any) -> Iterator[chat.Decision]:
    for each in found.decisions:
        kind = each.WhichOneof("decision")
        body: Any = getattr(each, kind) if kind else None
        match kind:
            case "contact_opened":
                yield chat.Opened(
                    contact_id=body.contact_id,
                    conversation_id=body.conversation_id,
                    channel=CHANNEL_NAMES.get(body.channel, Channel.OTHER),
                    entry_point=body.entry_point,
                    key_id=body.key_id,
                    is_arrival=body.opened_by == routing_events_pb2.OPENED_BY_ARRIVAL,
                )
            case "message_received":
                yield chat.Received(
                    contact_id=body.contact_id,
                    conversation_id=body.conversation_id,
                    message_id=body.message_id,
                )
            case "visit_opened":
                yield chat.Queued(contact_id=body.contact_id)
            case "wait_estimated" if 0 <= body.low_seconds <= body.high_seconds < math.inf:
                yield chat.Estimated(contact_id=body.contact_id, wait=_wait(found, body))
            case "contact_connected":
                yield chat.Connected(contact_id=body.contact_id, agent_id=body.agent_id)
            case "wrap_up_started" if not body.is_transfer:
                by = AUTHORS.get(body.ended_by, Author.SYSTEM)
                yield chat.Ended(contact_id=body.contact_id, by=by)
            case "contact_ended":
                by = ENDED_BY.get(body.cause, Author.SYSTEM)
                yield chat.Ended(contact_id=body.contact_id, by=by)
            case "record_rejected":
                yield chat.Refused(event_id=found.event_id, because=_because(body.because))


def _wait(found: Any, body: Any) -> chat.Wait:
    return chat.Wait(
        low_seconds=body.low_seconds,
        high_seconds=body.high_seconds,
        told_at=found.stamped_at.ToDatetime(UTC),
    )


def _because(number: int) -> str:
    known = routing_events_pb2.RejectedBecause.DESCRIPTOR.values_by_number.get(number)
    return known.name.removeprefix("REJECTED_BECAUSE_").lower() if known else str(number)
