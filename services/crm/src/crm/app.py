"""Where crm is put together."""

from pathlib import Path

from chassis.kafka import DeadLetters, GroupConsumer, Producer
from chassis.postgres import Database
from chassis.rpc import AuditTrail, GrpcServer
from chassis.run import Lifecycle
from crm.adapters.audit_sealer import AUDIT_TOPICS, AuditSealer
from crm.adapters.change_feed import ChangeFeed
from crm.adapters.codec.audit import AuditEvent
from crm.adapters.consumer import (
    ARRIVAL_TOPICS,
    STEP_TOPICS,
    TIMELINE_TOPICS,
    Identification,
    ParkedOnce,
    TimelineProjection,
)
from crm.adapters.customer_book import PostgresCustomerBooks
from crm.adapters.customer_directory import CustomerDirectory
from crm.adapters.key_rewrapping import KeyRewrapping
from crm.adapters.key_servicer import KeyServicer
from crm.adapters.key_store import KeyStore
from crm.adapters.master_key import read_master_keys
from crm.adapters.questions import Questions
from crm.adapters.sealed_texts import SealedTexts
from crm.adapters.servicer import CustomerServicer
from crm.adapters.timeline_reader import TimelineReader
from crm.adapters.timeline_store import TimelineStore
from crm.settings import CrmSettings

HERE = Path(__file__).parent
# Nobody waits for the timeline this long, and rows are written together.
GATHER_SECONDS = 0.1
STEPS_GATHER_SECONDS = 0.05
# Below what a greeting takes; most facts are about contacts whose customer is known.
ARRIVALS_GATHER_SECONDS = 0.02
# Inside an installed package, else in the checkout.
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parents[1] / "migrations") if folder.is_dir()
)


def build(settings: CrmSettings, life: Lifecycle) -> None:
    """Construct everything, in the order in which it starts."""
    master_keys = read_master_keys(
        settings.master_key.get_secret_value(),
        settings.older_master_keys.get_secret_value(),
        settings.next_master_key.get_secret_value(),
    )
    database = life.add(Database(settings, "crm", MIGRATIONS))
    keys = life.add(KeyStore(database, master_keys))
    life.add(KeyRewrapping(database, master_keys, settings.rewrap_seconds))
    feed = life.add(ChangeFeed(settings, database))
    producer = life.add(Producer(settings, "crm"))
    dead_letters = DeadLetters(producer, "crm")
    source = f"crm/{settings.instance_id}"
    identification = Identification(PostgresCustomerBooks(database), producer, source)
    # A flow waits for who arrived; a contact that a message or a transfer opened can wait.
    for group, topics, gather_seconds in (
        ("crm", ARRIVAL_TOPICS, ARRIVALS_GATHER_SECONDS),
        ("crm-steps", STEP_TOPICS, STEPS_GATHER_SECONDS),
    ):
        life.add(
            GroupConsumer(
                settings,
                group,
                topics,
                None,
                ParkedOnce(dead_letters),
                handle_batch=identification.handle_batch,
                gather_seconds=gather_seconds,
            )
        )
    projection = TimelineProjection(TimelineStore(database))
    life.add(
        GroupConsumer(
            settings,
            "crm-timeline",
            TIMELINE_TOPICS,
            None,
            dead_letters,
            handle_batch=projection.handle_batch,
            gather_seconds=GATHER_SECONDS,
        )
    )
    sealer = life.add(AuditSealer(settings, database, producer, source))
    life.add(
        GroupConsumer(
            settings,
            "crm-audit",
            AUDIT_TOPICS,
            None,
            dead_letters,
            handle_batch=sealer.handle_batch,
            gather_seconds=GATHER_SECONDS,
        )
    )
    customers = CustomerServicer(
        CustomerDirectory(database, keys),
        TimelineReader(database, SealedTexts(keys)),
        feed,
        Questions(settings),
    )
    servicers = [KeyServicer(keys).served, customers.served]
    life.admin.trail = trail = AuditTrail(producer, "audit-events.v1", AuditEvent, source)
    life.add(GrpcServer(settings, servicers, life.health, trail=trail))
    life.on_drain(feed.close_watches)
