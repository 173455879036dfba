"""How a desk is put together: the only place where things are made."""

import secrets
import time
from dataclasses import dataclass

from chassis.kafka import FollowConsumer, FromStart, FromTime, Producer
from chassis.rpc import AuditTrail, GrpcChannel, GrpcServer
from chassis.run import Lifecycle
from desk.adapters.codec.crm import CrmCalls, KeyCalls
from desk.adapters.consumers import Consumers
from desk.adapters.crm import CrmCustomers
from desk.adapters.keys import Keys
from desk.adapters.log import KafkaLog
from desk.adapters.parts import CaughtUp, HeartbeatPart
from desk.adapters.reading import KeyReading
from desk.adapters.servicer import AgentServicer, AuditEvent, registration
from desk.domain.history import History
from desk.domain.messages import NamedMessages, RecentMessages
from desk.handlers.answers import Answers
from desk.handlers.cards import Cards
from desk.handlers.commands import CommandLimits, Commands
from desk.handlers.conversations import ConversationLimits, Conversations
from desk.handlers.farewells import Farewells
from desk.handlers.following import Following
from desk.handlers.heartbeat import Heartbeats
from desk.handlers.sessions import Sessions
from desk.handlers.signing import Signing, SigningLimits
from desk.handlers.writing import Replies
from desk.settings import DeskSettings

SERVICE = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outside:
    """What reaches the world."""

    producer: Producer
    log: KafkaLog
    keys: Keys
    customers: CrmCustomers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    """What all of the desk shares."""

    desk_instance: str
    sessions: Sessions
    answers: Answers
    farewells: Farewells
    conversations: Conversations
    following: Following


def build(settings: DeskSettings, life: Lifecycle) -> None:
    """Add the parts in the order in which they start: pen, eyes, pulse, then the agents' door."""
    outside = _outside(settings, life)
    inside = _inside(settings, outside)
    _add_followers(settings, life, Consumers(inside.following))
    signing = _signing(settings, outside, inside)
    heartbeats = Heartbeats(
        desk_instance=inside.desk_instance,
        workspace=settings.workspace,
        facts=outside.log,
        sessions=inside.sessions,
        every_seconds=settings.heartbeat_seconds,
    )
    life.add(HeartbeatPart(heartbeats))
    commands = _commands(settings, outside, inside)
    servicer = AgentServicer(signing, commands, write_seconds=settings.stream_write_seconds)
    life.admin.trail = trail = AuditTrail(
        outside.producer, "audit-events.v1", AuditEvent, f"{SERVICE}/{settings.instance_id}"
    )
    life.add(GrpcServer(settings, [registration(servicer)], life.health, trail=trail))
    life.on_drain(lambda: signing.drain(within=settings.drain_timeout_seconds))


def _outside(settings: DeskSettings, life: Lifecycle) -> _Outside:
    timeout = settings.crm_timeout_seconds
    customers_channel = life.add(GrpcChannel(settings, settings.customer_service_address))
    keys_channel = life.add(GrpcChannel(settings, settings.key_service_address))
    keys = Keys(KeyCalls(keys_channel.channel, timeout_seconds=timeout))
    customers = CrmCustomers(
        CrmCalls(customers_channel.channel, timeout_seconds=timeout),
        max_messages=settings.conversation_max_messages,
    )
    producer = life.add(Producer(settings, SERVICE))
    log = KafkaLog(producer, keys, source=f"{SERVICE}/{settings.instance_id}")
    return _Outside(producer=producer, log=log, keys=keys, customers=customers)


def _inside(settings: DeskSettings, outside: _Outside) -> _Inside:
    # A restarted process is another desk: its heartbeats must not vouch for lost streams.
    desk_instance = f"{settings.instance_id}.{secrets.token_hex(4)}"
    sessions = Sessions(max_streams=settings.max_streams)
    answers = Answers()
    farewells = Farewells(outside.log)
    conversations = _conversations(settings, outside)
    following = Following(
        desk_instance=desk_instance,
        sessions=sessions,
        answers=answers,
        history=History(max_agents=settings.resume_max_agents, max_steps=settings.resume_max_steps),
        conversations=conversations,
        cards=Cards(outside.customers, fresh_seconds=settings.card_fresh_seconds),
        farewells=farewells,
    )
    return _Inside(
        desk_instance=desk_instance,
        sessions=sessions,
        answers=answers,
        farewells=farewells,
        conversations=conversations,
        following=following,
    )


def _conversations(settings: DeskSettings, outside: _Outside) -> Conversations:
    return Conversations(
        recent=RecentMessages(
            max_messages=settings.followed_max_messages, max_bytes=settings.followed_max_bytes
        ),
        named=NamedMessages(max_messages=settings.followed_max_messages),
        customers=outside.customers,
        reading=KeyReading(outside.keys),
        limits=ConversationLimits(
            max_messages=settings.conversation_max_messages,
            max_bytes=settings.conversation_max_bytes,
            wait_seconds=settings.conversation_wait_seconds,
        ),
    )


def _add_followers(settings: DeskSettings, life: Lifecycle, consumers: Consumers) -> None:
    back_to = FromTime(int((time.time() - settings.followed_back_seconds) * 1000))
    followers = [
        FollowConsumer(
            settings,
            ["workspace-policies.v1"],
            consumers.on_policy_record,
            FromStart(),
            name="desk-policies",
        ),
        FollowConsumer(
            settings,
            ["message-events.v1"],
            consumers.on_message_record,
            back_to,
            name="desk-messages",
        ),
        FollowConsumer(
            settings, ["routing-events.v1"], consumers.on_routing_record, name="desk-steps"
        ),
    ]
    for follower in followers:
        life.add(follower)
    life.add(CaughtUp(followers, within=settings.start_timeout_seconds))


def _signing(settings: DeskSettings, outside: _Outside, inside: _Inside) -> Signing:
    return Signing(
        desk_instance=inside.desk_instance,
        facts=outside.log,
        sessions=inside.sessions,
        answers=inside.answers,
        farewells=inside.farewells,
        limits=SigningLimits(
            answer_seconds=settings.sign_in_seconds,
            max_outbox_events=settings.outbox_max_events,
            max_outbox_bytes=settings.outbox_max_bytes,
        ),
    )


def _commands(settings: DeskSettings, outside: _Outside, inside: _Inside) -> Commands:
    return Commands(
        desk_instance=inside.desk_instance,
        facts=outside.log,
        answers=inside.answers,
        replies=Replies(facts=outside.log, writing=outside.log),
        conversations=inside.conversations,
        choices=inside.following.choices,
        limits=CommandLimits(
            max_in_flight=settings.max_commands_in_flight,
            answer_seconds=settings.command_seconds,
        ),
    )
