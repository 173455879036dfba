"""Where self-service is put together."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.errors import Unavailable
from chassis.kafka import DeadLetters, FollowConsumer, FromStart, GroupConsumer, Producer
from chassis.kafka.handling import HandleBatch
from chassis.part import Part
from chassis.postgres import Database
from chassis.rpc import GrpcChannel
from chassis.run import Lifecycle
from chassis.sealing import address_token
from self_service.adapters.agreement import Agreement
from self_service.adapters.arrivals import Arrivals
from self_service.adapters.consumers import (
    CONTACT_EVENTS,
    MESSAGE_EVENTS,
    ROUTING_EVENTS,
    Listener,
)
from self_service.adapters.flow_folder import FlowFolder
from self_service.adapters.keys import Keys
from self_service.adapters.outbox import KafkaOutbox
from self_service.adapters.policies import FollowedPolicies
from self_service.adapters.sealer import Sealer
from self_service.adapters.store import StateStore
from self_service.adapters.timekeeper import Timekeeper
from self_service.handlers.fallback import Fallback
from self_service.handlers.going_on import GoingOn
from self_service.handlers.settled import Settled
from self_service.handlers.starting import Starting
from self_service.settings import SelfServiceSettings

SERVICE = "self-service"
HERE = Path(__file__).parent
# Inside an installed package, else in the checkout.
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parents[1] / "migrations") if folder.is_dir()
)
# Longer than a dead member keeps its partitions: then what was answered meanwhile is read.
GRACE_BEYOND_SESSION_SECONDS = 2.0
# An answer waits no longer for an arrival that a crashed process left unfinished.
ARRIVALS_SECONDS = 30.0
# Arrivals and answers are taken at once; that a contact is over may come later.
GATHER_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Connections:
    """What leads outside."""

    database: Database
    producer: Producer
    keys: Keys
    policies: FollowedPolicies


def build(settings: SelfServiceSettings, life: Lifecycle) -> None:
    """Construct everything, in the order in which it starts."""
    outside = _connections(settings, life)
    sealer = Sealer(outside.keys)
    states = StateStore(outside.database, sealer, settings.database_pool_size)
    flows = life.add(
        FlowFolder(
            settings.flows_dir, states.load_version, every_seconds=settings.flow_check_seconds
        )
    )
    agreement = Agreement(flows, outside.policies)
    flows.on_change = outside.policies.on_change = agreement.look
    secret = settings.address_token_secret.get_secret_value()
    outbox = KafkaOutbox(
        outside.producer,
        sealer,
        f"{SERVICE}/{settings.instance_id}",
        partial(address_token, secret, "phone"),
    )
    fallback = Fallback(outside.policies, outbox, settings.fallback_queue)
    settled = Settled()
    starting = Starting(flows, outside.policies, states, outbox, fallback, settled)
    arrivals = Arrivals(ARRIVALS_SECONDS)
    going_on = GoingOn(flows, states, outbox, sealer, starting, fallback, settled, arrivals)
    _follow_policies(settings, life, outside.policies)
    dead_letters = DeadLetters(outside.producer, SERVICE)
    arrivals.consumer = _listen(settings, life, Listener(starting, going_on), dead_letters)
    life.add(
        Timekeeper(
            states,
            going_on,
            every_seconds=settings.deadline_check_seconds,
            grace_seconds=settings.kafka_session_timeout_seconds + GRACE_BEYOND_SESSION_SECONDS,
        )
    )


def _connections(settings: SelfServiceSettings, life: Lifecycle) -> Connections:
    database = life.add(Database(settings, "self_service", MIGRATIONS))
    producer = life.add(Producer(settings, SERVICE))
    channel = life.add(GrpcChannel(settings, settings.key_service_address))
    keys = Keys(channel, settings.key_timeout_seconds)
    life.add(keys.cache)
    return Connections(database, producer, keys, FollowedPolicies())


def _follow_policies(
    settings: SelfServiceSettings, life: Lifecycle, policies: FollowedPolicies
) -> None:
    topics = ["workspace-policies.v1"]
    follower = FollowConsumer(settings, topics, policies.handle, FromStart(), name="policies")
    life.add(follower)
    life.add(_CaughtUp(follower, settings.start_timeout_seconds))


def _listen(
    settings: SelfServiceSettings, life: Lifecycle, listener: Listener, dead_letters: DeadLetters
) -> GroupConsumer:
    """A consumer for each topic: what waits in one must not hold up the others.

    Returns that of arrivals, the last.
    """
    consumers: list[tuple[str, str, HandleBatch]] = [
        (f"{SERVICE}-messages", MESSAGE_EVENTS, listener.on_message_events),
        (f"{SERVICE}-steps", ROUTING_EVENTS, listener.on_steps),
        (SERVICE, CONTACT_EVENTS, listener.on_contact_events),
    ]
    for group, topic, handle_batch in consumers:
        consumer = life.add(
            GroupConsumer(
                settings,
                group,
                [topic],
                None,
                dead_letters,
                handle_batch=handle_batch,
                gather_seconds=GATHER_SECONDS if topic == ROUTING_EVENTS else 0.0,
                patience_seconds=settings.patience_seconds,
            )
        )
    return consumer


class _CaughtUp(Part):
    """No contact is looked at before the policies are known."""

    def __init__(self, follower: FollowConsumer, within_seconds: float) -> None:
        self._follower = follower
        self._within_seconds = within_seconds

    async def start(self) -> None:
        try:
            async with asyncio.timeout(self._within_seconds):
                await self._follower.caught_up()
        except TimeoutError as error:
            raise Unavailable("the policies could not be read in time") from error
