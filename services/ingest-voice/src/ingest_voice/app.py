"""Where the phone service is put together."""

import asyncio
import math
from pathlib import Path

from chassis.kafka import FollowConsumer, FromStart, GroupConsumer, Producer
from chassis.postgres import Database
from chassis.rpc import GrpcChannel
from chassis.run import Lifecycle
from chassis.sealing import KeyCache
from ingest_voice import metrics
from ingest_voice.adapters.callback_feed import CallbackFeed, NotParked
from ingest_voice.adapters.callback_office import CallbackOffice
from ingest_voice.adapters.codec.facts import CONTACT_EVENTS
from ingest_voice.adapters.codec.orders import CHANNEL_COMMANDS, ROUTING_EVENTS, WORKSPACE_POLICIES
from ingest_voice.adapters.consumers import Commands, Decisions
from ingest_voice.adapters.dial_book import DialBook
from ingest_voice.adapters.directory import PolicyDirectory
from ingest_voice.adapters.engine_baresip import BaresipEngine, EngineOptions
from ingest_voice.adapters.journal import FileJournal
from ingest_voice.adapters.key_service import KeyService
from ingest_voice.adapters.last_step import LastStep
from ingest_voice.adapters.lost_calls import LostCalls
from ingest_voice.adapters.outbox import KafkaOutbox
from ingest_voice.adapters.phone_numbers import PhoneNumbers
from ingest_voice.adapters.recordings import SealedRecordings
from ingest_voice.adapters.speech import SpokenPrompts
from ingest_voice.adapters.synthesis import hold_music
from ingest_voice.adapters.telephone_exchange import EngineFailed, Failure, TelephoneExchange
from ingest_voice.adapters.untold_recordings import UntoldRecordings
from ingest_voice.adapters.vault import Vault
from ingest_voice.domain.orders import Order
from ingest_voice.handlers.callbacks import Callbacks, NoTrunk
from ingest_voice.handlers.calls import Calls, Limits
from ingest_voice.handlers.effects import Effects
from ingest_voice.handlers.intake import Intake
from ingest_voice.settings import Settings

HERE = Path(__file__).parent
# Inside an installed package, else in the checkout.
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parents[1] / "migrations") if folder.is_dir()
)
# Below what anybody hears; most steps are about other channels.
GATHER_SECONDS = 0.02


def build(settings: Settings, life: Lifecycle) -> None:
    """Construct everything, in the order in which it starts."""
    failure = life.add(Failure())
    cache = life.add(_keys(settings, life))
    vault = Vault(settings.workspace, cache, settings.address_token_secret.get_secret_value())
    producer = life.add(Producer(settings, "ingest-voice"))
    journal = life.add(FileJournal(settings.data_dir / "journal"))
    source = f"ingest-voice/{settings.instance_id}"
    office = _office(settings, life, vault, journal) if settings.trunk_address else None
    outbox = life.add(KafkaOutbox(producer, vault, settings.workspace, source))
    untold = life.add(UntoldRecordings(settings.data_dir, outbox))
    recordings = life.add(
        SealedRecordings(settings.data_dir, vault, settings.workspace, untold, failure.fail)
    )
    speech = life.add(SpokenPrompts(settings.speech_voice, settings.speech_words_per_minute))
    directory = PolicyDirectory(settings.workspace, settings.default_region)
    engine = BaresipEngine(_engine_options(settings, failure))
    intake = Intake(
        directory=directory,
        phone_book=PhoneNumbers(settings.default_region),
        keys=vault,
        journal=journal,
        outbox=outbox,
        instance=settings.instance_id,
    )
    effects = Effects(engine, speech, outbox, recordings, settings.records_calls, office)
    calls = Calls(intake, effects, journal, vault, Limits(settings.max_calls), failure.fail)
    last_step = life.add(LastStep(settings.data_dir / "journal" / "last_step"))
    lost = LostCalls(
        settings,
        settings.workspace,
        journal,
        last_step,
        outbox,
        lambda: office is not None and directory.calls_lost_back,
    )
    carry_out = calls.on_order if office else NoTrunk(calls, outbox).on_order

    def on_order(order: Order, command_id: str) -> None:
        lost.on_order(order)
        carry_out(order, command_id)

    decisions = Decisions(settings.workspace, on_order, last_step.note)
    followers = _followers(settings, life, vault, calls, decisions, directory)

    async def can_listen() -> None:
        async with asyncio.timeout(settings.start_timeout_seconds):
            await asyncio.gather(*(follower.caught_up() for follower in followers))

    life.add(
        TelephoneExchange(
            engine,
            calls,
            lost,
            can_listen=can_listen,
            key_stock=lambda: cache.stock,
        )
    )
    if office is not None:
        callbacks = Callbacks(office, calls, vault, outbox)
        office.serve(callbacks)
        _feed(settings, life, CallbackFeed(settings.workspace, office, callbacks, calls))
    life.on_drain(calls.drain)


def _office(
    settings: Settings, life: Lifecycle, vault: Vault, journal: FileJournal
) -> CallbackOffice:
    """Stopped after the outbox, which has the last results."""
    database = Database(settings, "ingest_voice", MIGRATIONS)
    book = DialBook(
        database, vault, settings.workspace, settings.trunk_address, lambda: journal.holder
    )
    return life.add(CallbackOffice(database, book, lambda: journal.lost))


def _feed(settings: Settings, life: Lifecycle, feed: CallbackFeed) -> None:
    life.add(
        GroupConsumer(
            settings,
            "ingest-voice",
            [CONTACT_EVENTS, ROUTING_EVENTS],
            feed.on_record,
            NotParked(),
            gather_seconds=GATHER_SECONDS,
            # Calls must not end because Postgres is away.
            patience_seconds=math.inf,
        )
    )


def _keys(settings: Settings, life: Lifecycle) -> KeyCache:
    channel = life.add(GrpcChannel(settings, settings.key_service_address))
    service = KeyService(channel, settings.workspace)
    return KeyCache(service.fetch, service.lease, batch=settings.leased_keys)


def _engine_options(settings: Settings, failure: Failure) -> EngineOptions:
    return EngineOptions(
        host=settings.sip_host,
        port=settings.sip_port,
        rtp_ports=settings.rtp_ports,
        rtp_timeout_seconds=settings.rtp_timeout_seconds,
        folder=settings.data_dir / "sip",
        music=hold_music(),
        on_late=metrics.MEDIA_LATENESS.observe,
        on_failure=lambda why: failure.fail(EngineFailed(why)),
    )


def _followers(
    settings: Settings,
    life: Lifecycle,
    vault: Vault,
    calls: Calls,
    decisions: Decisions,
    directory: PolicyDirectory,
) -> tuple[FollowConsumer, ...]:
    """Every replica reads everything from now on, and the policies from their start."""
    commands = life.add(Commands(settings.workspace, vault, calls.holds, calls.on_order))
    calls.when_ours(commands.now_ours)
    return (
        life.add(
            FollowConsumer(
                settings,
                [WORKSPACE_POLICIES],
                directory.on_policy,
                FromStart(),
                name="ingest-voice-policies",
            )
        ),
        life.add(
            FollowConsumer(
                settings, [CHANNEL_COMMANDS], commands.on_command, name="ingest-voice-commands"
            )
        ),
        life.add(
            FollowConsumer(
                settings,
                [ROUTING_EVENTS],
                decisions.on_step,
                name="ingest-voice-decisions",
                gather_seconds=GATHER_SECONDS,
            )
        ),
    )
