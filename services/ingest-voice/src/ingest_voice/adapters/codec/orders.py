"""Records of commands, decisions and policies as orders and entry points."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.message import DecodeError

from chassis.errors import InvalidMessage
from contact_center.v1 import (
    channel_commands_pb2,
    common_pb2,
    policy_pb2,
    routing_events_pb2,
)
from ingest_voice.adapters.codec.facts import SealedText
from ingest_voice.domain import orders
from ingest_voice.domain.effects import Question, Utterance

CHANNEL_COMMANDS = "channel-commands.v1"
ROUTING_EVENTS = "routing-events.v1"
WORKSPACE_POLICIES = "workspace-policies.v1"

_MAX_DIGITS = 32
_LONGEST_WAIT_SECONDS = 120.0
_DEFAULT_WAIT_SECONDS = 5.0
_DEFAULT_CONNECT_SECONDS = 30.0
_SAID_BY_FLOW = frozenset(
    {
        routing_events_pb2.CONTACT_CAUSE_RESOLVED_BY_FLOW,
        routing_events_pb2.CONTACT_CAUSE_MESSAGE_TAKEN,
        routing_events_pb2.CONTACT_CAUSE_CALLBACK_TAKEN,
    }
)
_NOT_ENDS = frozenset(
    {
        routing_events_pb2.OFFER_OUTCOME_UNSPECIFIED,
        routing_events_pb2.OFFER_OUTCOME_ACCEPTED,
        routing_events_pb2.OFFER_OUTCOME_CONNECTED,
    }
)

_Consulting = type[orders.ConsultStarted | orders.ConsultFinished | orders.ConferenceOpened]
_CONSULTS: dict[str, _Consulting] = {
    "consult_started": orders.ConsultStarted,
    "consult_finished": orders.ConsultFinished,
    "conference_opened": orders.ConferenceOpened,
}

Open = Callable[[SealedText, str], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command's envelope; its order needs the text to be opened."""

    workspace: str
    command_id: str
    contact_id: str
    expires_at: datetime | None
    _message: channel_commands_pb2.ChannelCommand

    async def order(self, open_text: Open) -> orders.Order | None:
        """What is to be done; None for what is not meant for a call."""
        message = self._message
        match message.WhichOneof("command"):
            case "say":
                text = await _text(message.say.text, "Say.text", open_text)
                said = Utterance(
                    message_id=message.say.message_id,
                    text=text,
                    is_interruptible=message.say.is_interruptible,
                )
                return orders.Say(contact_id=self.contact_id, utterance=said)
            case "ask":
                text = await _text(message.ask.text, "Ask.text", open_text)
                asked = Utterance(
                    message_id=message.ask.message_id, text=text, question=_question(message.ask)
                )
                return orders.Say(contact_id=self.contact_id, utterance=asked)
            case "play_hold_music":
                return orders.PlayHoldMusic(contact_id=self.contact_id)
            case "end_contact":
                return orders.EndContact(contact_id=self.contact_id)
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    workspace: str
    number: int
    orders: tuple[orders.Order, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePolicy:
    """The numbers of a workspace, the entry points they lead to, and what of lost calls."""

    workspace: str
    entry_points: tuple[tuple[str, str], ...]
    calls_lost_back: bool = False


def command_of(value: bytes) -> Command:
    """Raises InvalidMessage for bytes that are no command."""
    message = channel_commands_pb2.ChannelCommand()
    _parse(message, value)
    if not message.contact_id or not message.workspace:
        raise InvalidMessage("a command without contact or workspace")
    expires = message.expires_at.ToDatetime(UTC) if message.HasField("expires_at") else None
    return Command(
        workspace=message.workspace,
        command_id=message.command_id,
        contact_id=message.contact_id,
        expires_at=expires,
        _message=message,
    )


def step_of(value: bytes) -> Step:
    """Raises InvalidMessage for bytes that are no step."""
    message = routing_events_pb2.RoutingStep()
    _parse(message, value)
    found = [order for decision in message.decisions if (order := order_of(decision)) is not None]
    return Step(workspace=message.workspace, number=message.step_number, orders=tuple(found))


def voice_policy_of(value: bytes) -> VoicePolicy:
    """Raises InvalidMessage for bytes that are no policy."""
    message = policy_pb2.WorkspacePolicy()
    _parse(message, value)
    points = tuple(
        (point.address, point.name)
        for point in message.policy.entry_points
        if point.channel == common_pb2.CHANNEL_VOICE
    )
    return VoicePolicy(
        workspace=message.workspace,
        entry_points=points,
        calls_lost_back=message.policy.callbacks.is_for_lost_calls,
    )


def order_of(decision: routing_events_pb2.Decision) -> orders.Order | None:
    kind = decision.WhichOneof("decision")
    match kind:
        case "visit_opened":
            return orders.Queued(contact_id=decision.visit_opened.contact_id)
        case "contact_connecting":
            connecting = decision.contact_connecting
            return orders.Connecting(
                contact_id=connecting.contact_id,
                offer_id=connecting.offer_id,
                agent_id=connecting.agent_id,
                voice_address=connecting.voice_address,
                connect_seconds=connecting.connect_seconds or _DEFAULT_CONNECT_SECONDS,
                is_customer_dialled=connecting.is_customer_dialled,
            )
        case "offer_ended" if decision.offer_ended.outcome not in _NOT_ENDS:
            ended = decision.offer_ended
            return orders.OfferFailed(contact_id=ended.contact_id, offer_id=ended.offer_id)
        case "contact_held":
            return orders.Held(contact_id=decision.contact_held.contact_id)
        case "contact_resumed":
            return orders.Resumed(contact_id=decision.contact_resumed.contact_id)
        case "contact_transferred":
            moved = decision.contact_transferred
            return orders.Transferred(
                contact_id=moved.contact_id,
                new_contact_id=moved.new_contact_id,
                is_to_flow=bool(moved.flow),
            )
        case "contact_sent_to_flow":
            return orders.SentToFlow(contact_id=decision.contact_sent_to_flow.contact_id)
        case "consult_started" | "consult_finished" | "conference_opened":
            return _of_consult(decision, kind)
        case "wrap_up_started" if not decision.wrap_up_started.is_transfer:
            return orders.WrappedUp(contact_id=decision.wrap_up_started.contact_id)
        case "contact_ended":
            is_by_flow = decision.contact_ended.cause in _SAID_BY_FLOW
            return orders.Ended(contact_id=decision.contact_ended.contact_id, is_by_flow=is_by_flow)
        case _:
            return None


def _of_consult(decision: routing_events_pb2.Decision, kind: str) -> orders.Order:
    said = getattr(decision, kind)
    return _CONSULTS[kind](contact_id=said.contact_id, consult_contact_id=said.consult_contact_id)


def _question(ask: channel_commands_pb2.Ask) -> Question:
    return Question(
        max_digits=min(max(1, ask.max_digits), _MAX_DIGITS),
        terminator=ask.terminator[:1],
        timeout_seconds=_wait(ask.timeout_seconds),
        digit_timeout_seconds=_wait(ask.digit_timeout_seconds),
    )


def _wait(seconds: float) -> float:
    if not seconds > 0:
        return _DEFAULT_WAIT_SECONDS
    return min(seconds, _LONGEST_WAIT_SECONDS)


async def _text(sealed: common_pb2.Sealed, purpose: str, open_text: Open) -> str:
    closed = SealedText(key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext)
    return await open_text(closed, purpose)


def _parse(
    message: (
        channel_commands_pb2.ChannelCommand
        | routing_events_pb2.RoutingStep
        | policy_pb2.WorkspacePolicy
    ),
    value: bytes,
) -> None:
    try:
        message.ParseFromString(value)
    except DecodeError:
        raise InvalidMessage(f"no {type(message).__name__}") from None
