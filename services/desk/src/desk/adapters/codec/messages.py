"""What is said: message-events.v1, the mail effect of channel-commands.v1, and the stream."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from google.protobuf.message import DecodeError

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import channel_commands_pb2 as commands
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import customer_service_pb2 as customers
from contact_center.v1 import message_events_pb2 as messages
from desk.adapters.codec.facts import Written
from desk.adapters.codec.sealed import Sealer, opened, sealed
from desk.domain.messages import Delivery, Message, SealedMessage

BODY = "MessageRecorded.body"
SUBJECT = "MessageRecorded.subject"
FILE_NAME = "Attachment.file_name"
MAIL_BODY = "SendMail.body"
MAIL_SUBJECT = "SendMail.subject"
OVERHEAD_BYTES = 512


def said(record: Record) -> SealedMessage | Delivery | None:
    """A message or what became of one; None for what an agent is not shown."""
    try:
        event = messages.MessageEvent.FromString(record.value)
    except DecodeError:
        raise InvalidMessage("no MessageEvent") from None
    kind = event.WhichOneof("event")
    if kind == "message_recorded":
        recorded = event.message_recorded
        if not recorded.message_id or not event.conversation_id:
            raise InvalidMessage("a message without id or conversation")
        return SealedMessage(
            workspace=event.workspace,
            conversation_id=event.conversation_id,
            contact_id=recorded.contact_id,
            message_id=recorded.message_id,
            size_bytes=len(record.value) + OVERHEAD_BYTES,
            payload=event,
        )
    if kind == "delivery_updated":
        return Delivery(
            workspace=event.workspace,
            conversation_id=event.conversation_id,
            contact_id=event.delivery_updated.contact_id,
            payload=event.delivery_updated,
        )
    return None


def key_ids(message: SealedMessage) -> set[str]:
    """The keys that are needed to show the message."""
    recorded = cast(messages.MessageEvent, message.payload).message_recorded
    values = [recorded.body, recorded.subject, *(a.file_name for a in recorded.attachments)]
    return {value.key_id for value in values if value.key_id}


def opened_message(message: SealedMessage, contact_id: str, keys: Mapping[str, bytes]) -> Message:
    """The message in clear; InvalidMessage when it does not open with these keys."""
    event = cast(messages.MessageEvent, message.payload)
    recorded = event.message_recorded
    shown = _shell(event, contact_id)
    shown.is_readable = True

    def text(value: common.Sealed, purpose: str) -> str:
        if not value.key_id:
            return ""
        return opened(value, keys[value.key_id], event.workspace, purpose)

    shown.text = text(recorded.body, BODY)
    shown.subject = text(recorded.subject, SUBJECT)
    for attachment in recorded.attachments:
        shown.attachments.add(
            sha256=attachment.sha256,
            file_name=text(attachment.file_name, FILE_NAME),
            content_type=attachment.content_type,
            size_bytes=attachment.size_bytes,
        )
    return _message(shown)


def unreadable_message(message: SealedMessage, contact_id: str) -> Message:
    """That something was said, and by whom, without what."""
    return _message(_shell(cast(messages.MessageEvent, message.payload), contact_id))


def told_message(told: customers.TimelineMessage) -> Message:
    """A message as crm tells it."""
    shown = work.MessageShown(
        contact_id=told.contact_id,
        message_id=told.message_id,
        author=told.author,
        author_id=told.author_id,
        kind=told.kind,
        text=told.text,
        subject=told.subject,
        is_readable=told.is_readable,
    )
    shown.said_at.CopyFrom(told.said_at)
    for attachment in told.attachments:
        shown.attachments.add(
            sha256=attachment.sha256,
            file_name=attachment.file_name,
            content_type=attachment.content_type,
            size_bytes=attachment.size_bytes,
        )
    return _message(shown)


def agent_message_record(
    *,
    event_id: str,
    message_id: str,
    workspace: str,
    conversation_id: str,
    contact_id: str,
    agent_id: str,
    text: str,
    subject: str,
    seal: Sealer,
    source: str,
    now: datetime,
    is_internal: bool = False,
) -> Written:
    """What the agent wrote, for the conversation; what is internal no customer is shown."""
    event = messages.MessageEvent(
        event_id=event_id, workspace=workspace, conversation_id=conversation_id, source=source
    )
    event.occurred_at.FromDatetime(now)
    recorded = event.message_recorded
    recorded.message_id = message_id
    recorded.contact_id = contact_id
    recorded.author = events.PARTY_AGENT
    recorded.author_id = agent_id
    recorded.kind = messages.MESSAGE_KIND_INTERNAL if is_internal else messages.MESSAGE_KIND_TEXT
    recorded.body.CopyFrom(sealed(seal(BODY, text)))
    if subject:
        recorded.subject.CopyFrom(sealed(seal(SUBJECT, subject)))
    return Written(type="MessageRecorded", value=event.SerializeToString())


def send_mail_record(
    *,
    message_id: str,
    workspace: str,
    conversation_id: str,
    contact_id: str,
    text: str,
    subject: str,
    seal: Sealer,
    source: str,
    now: datetime,
    expires_after: timedelta,
) -> Written:
    """The effect that sends it; its id is the message's."""
    command = commands.ChannelCommand(
        command_id=message_id,
        workspace=workspace,
        contact_id=contact_id,
        conversation_id=conversation_id,
        source=source,
    )
    command.issued_at.FromDatetime(now)
    command.expires_at.FromDatetime(now + expires_after)
    command.send_mail.message_id = message_id
    command.send_mail.body.CopyFrom(sealed(seal(MAIL_BODY, text)))
    if subject:
        command.send_mail.subject.CopyFrom(sealed(seal(MAIL_SUBJECT, subject)))
    return Written(type="SendMail", value=command.SerializeToString())


def _shell(event: messages.MessageEvent, contact_id: str) -> work.MessageShown:
    recorded = event.message_recorded
    shown = work.MessageShown(
        contact_id=contact_id,
        message_id=recorded.message_id,
        author=recorded.author,
        author_id=recorded.author_id,
        kind=recorded.kind,
        is_readable=False,
    )
    shown.said_at.CopyFrom(event.occurred_at)
    return shown


def _message(shown: work.MessageShown) -> Message:
    return Message(
        message_id=shown.message_id,
        size_bytes=shown.ByteSize() + OVERHEAD_BYTES,
        payload=shown,
    )
