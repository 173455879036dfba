"""Effects as the bytes of the contracts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.sealing import SealedBytes
from contact_center.v1 import channel_commands_pb2 as commands
from contact_center.v1 import common_pb2
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import message_events_pb2 as messages
from self_service.adapters.codec.values import sealed_message
from self_service.domain.effects import (
    AskAloud,
    CloseChannel,
    Finish,
    PlayMusic,
    RequestCallback,
    RequestQueue,
    Speak,
    Write,
)
from self_service.domain.flow import Setting
from self_service.domain.state import Contact

# How long a command means anything: a prompt that comes late is worse than none.
PROMPT_SECONDS = 60
CLOSE_SECONDS = 600

OUTCOMES: dict[str, events.FlowOutcome.ValueType] = {
    "resolved": events.FLOW_OUTCOME_RESOLVED,
    "message_taken": events.FLOW_OUTCOME_MESSAGE_TAKEN,
}
Told = Write | Speak | AskAloud
Command = Speak | AskAloud | PlayMusic | CloseChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An event's bytes with its id and type."""

    event_id: str
    type: str
    value: bytes


def queue_requested(
    workspace: str, contact_id: str, request: RequestQueue, source: str, now: datetime
) -> Written:
    requested = events.QueueRequested(
        contact_id=contact_id,
        queue=request.queue,
        priority=request.priority,
        requirements=[
            common_pb2.Requirement(skill=skill.name, level=skill.level) for skill in request.skills
        ],
        attributes=[_attribute(setting) for setting in request.attributes],
        is_customer_unknown=request.is_customer_unknown,
    )
    event = _event(workspace, request.effect_id, source, now)
    event.queue_requested.CopyFrom(requested)
    return _written(event, "QueueRequested")


@dataclass(frozen=True, slots=True)
class SealedNumber:
    """Where to call, sealed with the contact's key, and its token."""

    token: str
    number: SealedBytes


def callback_requested(
    contact: Contact,
    request: RequestCallback,
    where: SealedNumber | None,
    source: str,
    now: datetime,
) -> Written:
    event = _event(contact.workspace, request.effect_id, source, now)
    requested = event.callback_requested
    requested.contact_id = contact.contact_id
    if request.at is not None:
        requested.scheduled_at.FromDatetime(request.at)
    if where is not None:
        requested.addresses.add(
            kind="phone", token=where.token, address=sealed_message(where.number)
        )
    return _written(event, "CallbackRequested")


def flow_finished(contact: Contact, finish: Finish, source: str, now: datetime) -> Written:
    event = _event(contact.workspace, finish.effect_id, source, now)
    event.flow_finished.contact_id = contact.contact_id
    event.flow_finished.outcome = OUTCOMES[finish.outcome]
    return _written(event, "FlowFinished")


def message_recorded(
    contact: Contact,
    flow_name: str,
    told: Told,
    body: SealedBytes,
    labels: list[SealedBytes],
    source: str,
    now: datetime,
) -> Written:
    """What the flow said, for the transcript and for chat windows."""
    event = messages.MessageEvent(
        event_id=told.effect_id,
        workspace=contact.workspace,
        conversation_id=contact.conversation_id,
        source=source,
    )
    event.occurred_at.FromDatetime(now)
    recorded = event.message_recorded
    recorded.message_id = told.effect_id
    recorded.contact_id = contact.contact_id
    recorded.author = events.PARTY_FLOW
    recorded.author_id = flow_name
    recorded.kind = _kind(told)
    recorded.body.CopyFrom(sealed_message(body))
    if isinstance(told, Write):
        for option, label in zip(told.options, labels, strict=True):
            recorded.choices.add(value=option.value, label=sealed_message(label))
    return Written(event_id=told.effect_id, type="MessageRecorded", value=event.SerializeToString())


def channel_command(
    contact: Contact, asked: Command, text: SealedBytes | None, source: str, now: datetime
) -> Written:
    """What the channel shall do; `text` is what is spoken, if it is."""
    lasts = CLOSE_SECONDS if isinstance(asked, CloseChannel) else PROMPT_SECONDS
    command = commands.ChannelCommand(
        command_id=asked.effect_id,
        workspace=contact.workspace,
        contact_id=contact.contact_id,
        conversation_id=contact.conversation_id,
        source=source,
    )
    command.issued_at.FromDatetime(now)
    command.expires_at.FromDatetime(now + timedelta(seconds=lasts))
    if isinstance(asked, PlayMusic):
        command.play_hold_music.SetInParent()
    elif isinstance(asked, CloseChannel):
        command.end_contact.reason = "flow_finished"
    else:
        _fill_prompt(command, asked, text)
    kind = command.WhichOneof("command") or ""
    type_name = "".join(word.title() for word in kind.split("_"))
    return Written(event_id=asked.effect_id, type=type_name, value=command.SerializeToString())


def _fill_prompt(
    command: commands.ChannelCommand, asked: Speak | AskAloud, text: SealedBytes | None
) -> None:
    assert text is not None
    if isinstance(asked, Speak):
        command.say.message_id = asked.effect_id
        command.say.text.CopyFrom(sealed_message(text))
        command.say.is_interruptible = asked.is_interruptible
        return
    command.ask.message_id = asked.effect_id
    command.ask.text.CopyFrom(sealed_message(text))
    command.ask.max_digits = asked.max_digits
    command.ask.terminator = asked.terminator
    command.ask.timeout_seconds = asked.timeout_seconds
    command.ask.digit_timeout_seconds = asked.digit_timeout_seconds


def _kind(told: Told) -> messages.MessageKind.ValueType:
    if not isinstance(told, Write):
        return messages.MESSAGE_KIND_PROMPT
    return messages.MESSAGE_KIND_NOTICE if told.is_notice else messages.MESSAGE_KIND_TEXT


def _attribute(setting: Setting) -> common_pb2.Attribute:
    if setting.is_number:
        return common_pb2.Attribute(name=setting.name, number=float(setting.template))
    return common_pb2.Attribute(name=setting.name, enum_value=setting.template)


def _event(workspace: str, event_id: str, source: str, now: datetime) -> events.ContactEvent:
    event = events.ContactEvent(event_id=event_id, workspace=workspace, source=source)
    event.occurred_at.FromDatetime(now)
    return event


def _written(event: events.ContactEvent, type_name: str) -> Written:
    return Written(event_id=event.event_id, type=type_name, value=event.SerializeToString())
